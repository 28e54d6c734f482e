import type { Clock } from './clock.ts';

/** How many at once, and how many in the long run. */
export interface TokenBucketSpec {
  /** Tokens of a full bucket, as it is in the beginning. */
  readonly capacity: number;
  readonly refillPerSecond: number;
}

/** Allows bursts, and a steady rate after them. Costs no timer. */
export class TokenBucket {
  readonly #spec: TokenBucketSpec;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  constructor(spec: TokenBucketSpec, clock: Clock) {
    this.#spec = spec;
    this.#clock = clock;
    this.#tokens = spec.capacity;
    this.#filledAt = clock();
  }

  /**
   * Takes tokens, all or none.
   *
   * @param count At most the capacity.
   * @returns milliseconds until there are so many: 0 where they were taken.
   */
  take(count = 1): number {
    const { capacity, refillPerSecond } = this.#spec;
    const now = this.#clock();
    const elapsedMs = Math.max(0, now - this.#filledAt);
    this.#tokens = Math.min(capacity, this.#tokens + (elapsedMs * refillPerSecond) / 1_000);
    this.#filledAt = now;
    if (this.#tokens >= count) {
      this.#tokens -= count;
      return 0;
    }
    return Math.ceil(((count - this.#tokens) * 1_000) / refillPerSecond);
  }
}
