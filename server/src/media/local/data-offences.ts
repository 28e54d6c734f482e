import { type Clock, systemClock } from '../../kernel/clock.ts';

/** How offences of one kind are taken. */
export interface OffenceSpec {
  /** So many pass without a wait. */
  readonly free: number;
  /** The wait after the first that does not; each further one doubles it. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** All are forgotten so long after the last. More than the longest wait. */
  readonly forgottenMs: number;
}

/** What a participant did that harms others, and how long it waits for that before it may go on. */
export class Offences {
  readonly #spec: OffenceSpec;
  readonly #clock: Clock;
  #count = 0;
  #lastAt = 0;

  /** @param clock Tests bring their own. */
  constructor(spec: OffenceSpec, clock: Clock = systemClock) {
    this.#spec = spec;
    this.#clock = clock;
  }

  /** Those that are not forgotten. */
  get count(): number {
    return this.#clock() - this.#lastAt < this.#spec.forgottenMs ? this.#count : 0;
  }

  add(): void {
    this.#count = this.count + 1;
    this.#lastAt = this.#clock();
  }

  /** In milliseconds; 0 where it may go on. */
  waitMs(): number {
    const { free, firstWaitMs, longestWaitMs } = this.#spec;
    const counting = this.count - free;
    if (counting <= 0) return 0;
    const waitMs = Math.min(firstWaitMs * 2 ** (counting - 1), longestWaitMs);
    return Math.max(0, this.#lastAt + waitMs - this.#clock());
  }
}
