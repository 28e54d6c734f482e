import type { types } from 'mediasoup';
import type { DeliveredStream } from './delivered-stream.ts';
import { findWithheld } from './layers/share-bandwidth.ts';

/** What the worker needs to settle after a change, which is no shortage. */
const SETTLE_MS = 1_000;
/** While it goes on without any change there is less and less reason to look. */
const MAX_INTERVAL_MS = 8_000;

export interface BandwidthWatchOptions {
  readonly transport: types.WebRtcTransport;
  /** All subscriptions of the participant, the oldest first. */
  readonly streams: () => Iterable<DeliveredStream>;
  /** Hears what went wrong in the background. */
  readonly tellFault: (error: unknown) => void;
}

/**
 * Decides which videos wait while a subscriber's line does not carry all that it
 * wants. The worker only lowers layers, and gives everybody some before anybody
 * has many; this makes the less important go without, so that the more important
 * keep theirs. It costs nothing as long as everybody has what they want.
 */
export class BandwidthWatch {
  readonly #options: BandwidthWatchOptions;
  readonly #short = new Set<DeliveredStream>();
  readonly #withheld = new Set<DeliveredStream>();
  #timer: NodeJS.Timeout | undefined;
  #intervalMs = SETTLE_MS;
  #dueAt = 0;
  #isLooking = false;
  #isClosed = false;

  constructor(options: BandwidthWatchOptions) {
    this.#options = options;
  }

  /** A subscription gets another part of what it wants, or wants something else. */
  note(stream: DeliveredStream): void {
    const wasShort = this.#short.has(stream);
    if (stream.isShort) this.#short.add(stream);
    else this.#short.delete(stream);
    const waits = stream.isWithheld && stream.isClaiming;
    if (waits) this.#withheld.add(stream);
    else this.#withheld.delete(stream);
    if (stream.isShort && !wasShort) this.#lookSoon();
    else if (waits) this.#schedule();
  }

  /** A subscription may take the place of another, or have to make room for it. */
  reconsider(stream: DeliveredStream): void {
    if (stream.isClaiming && this.#withheld.size > 0) this.#lookSoon();
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#short.clear();
    this.#withheld.clear();
  }

  #lookSoon(): void {
    this.#intervalMs = SETTLE_MS;
    if (this.#dueAt - performance.now() > SETTLE_MS) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isClosed || this.#isLooking || this.#timer !== undefined) return;
    if (this.#short.size === 0 && this.#withheld.size === 0) return;
    this.#dueAt = performance.now() + this.#intervalMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, this.#intervalMs);
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    this.#isLooking = true;
    this.#intervalMs = Math.min(MAX_INTERVAL_MS, this.#intervalMs * 2);
    try {
      await this.#share();
    } catch (error) {
      if (!this.#isClosed) this.#options.tellFault(error);
    }
    this.#isLooking = false;
    this.#schedule();
  }

  async #share(): Promise<void> {
    const [stats] = await this.#options.transport.getStats();
    const available = stats?.availableOutgoingBitrate ?? 0;
    const claiming = [...this.#options.streams()].filter((stream) => stream.isClaiming);
    const claims = await Promise.all(claiming.map((stream) => stream.claim()));
    if (this.#isClosed) return;
    // Without an estimate nothing is known to be too much.
    const withheld = available === 0 ? new Set() : findWithheld(available, claims);
    const changed = claiming.filter((stream) => stream.isWithheld !== withheld.has(stream));
    if (changed.length === 0) return;
    this.#intervalMs = SETTLE_MS;
    const lowest = Math.max(
      0,
      ...changed.filter((one) => withheld.has(one)).map(({ priority }) => priority),
    );
    await Promise.all(changed.map((stream) => stream.setWithheld(withheld.has(stream))));
    const robbed = [...this.#short].filter(({ priority }) => lowest > 0 && priority > lowest);
    await Promise.all(robbed.map((stream) => stream.renew()));
  }
}
