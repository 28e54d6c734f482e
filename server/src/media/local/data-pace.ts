import { LIMITS } from '@balai/protocol';
import { type Clock, systemClock } from '../../kernel/clock.ts';

const MIB = 1024 * 1024;
/**
 * What one participant may send reliably, counted once for each receiver: the worker makes a copy
 * for each of them. Few receivers count for this many: each message passes through this process too.
 */
const RELIABLE = { burst: 16 * MIB, perSecond: 16 * MIB, leastReceivers: 2 };
/** The same for what is lossy, of which nobody waits for more. */
const LOSSY = {
  burst: 16 * LIMITS.dataLossyBytesPerSecond,
  perSecond: 16 * LIMITS.dataLossyBytesPerSecond,
  leastReceivers: 16,
};
/** What is lossy and arrives, passed on or not: more than clients keep to, for clocks that differ. */
const ARRIVING = {
  burst: 4 * LIMITS.dataLossyBytesPerSecond,
  perSecond: 1.5 * LIMITS.dataLossyBytesPerSecond,
};

/** A steady rate with bursts, which a single spending may overdraw. Costs no timer. */
class Budget {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #clock: Clock;
  #spent = 0;
  #at: number;

  constructor({ burst, perSecond }: { burst: number; perSecond: number }, clock: Clock) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#at = clock();
  }

  spend(amount: number): void {
    this.#spent = this.#spentNow() + amount;
    this.#at = this.#clock();
  }

  /** Until less is spent than a burst. */
  waitMs(): number {
    return Math.ceil((Math.max(0, this.#spentNow() - this.#burst) * 1_000) / this.#perSecond);
  }

  #spentNow(): number {
    const elapsedMs = Math.max(0, this.#clock() - this.#at);
    return Math.max(0, this.#spent - (elapsedMs * this.#perSecond) / 1_000);
  }
}

/**
 * How fast one participant may send data, over all the channels that it opens one after the
 * other (SPEC 10.15). Costs are bytes, and what messages count for beside them.
 */
export class DataPace {
  readonly #reliable: Budget;
  readonly #lossy: Budget;
  readonly #arriving: Budget;

  /** @param clock Tests bring their own. */
  constructor(clock: Clock = systemClock) {
    this.#reliable = new Budget(RELIABLE, clock);
    this.#lossy = new Budget(LOSSY, clock);
    this.#arriving = new Budget(ARRIVING, clock);
  }

  /** A reliable message was passed on to so many. */
  spendReliable(cost: number, receivers: number): void {
    this.#reliable.spend(cost * Math.max(receivers, RELIABLE.leastReceivers));
  }

  /** Until the participant may send more reliably, in milliseconds. */
  reliableWaitMs(): number {
    return this.#reliable.waitMs();
  }

  /** What to do with a lossy message that arrives: a flood is not only dropped. */
  judgeLossy(cost: number): 'pass' | 'drop' | 'flood' {
    this.#arriving.spend(cost);
    if (this.#arriving.waitMs() > 0) return 'flood';
    return this.#lossy.waitMs() > 0 ? 'drop' : 'pass';
  }

  /** A lossy message was passed on to so many. */
  spendLossy(cost: number, receivers: number): void {
    this.#lossy.spend(cost * Math.max(receivers, LOSSY.leastReceivers));
  }
}
