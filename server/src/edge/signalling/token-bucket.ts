import type { Clock } from '../../kernel/clock.ts';

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

  /** Takes a token. @returns milliseconds until there is one: 0 where one was taken. */
  take(): number {
    const { capacity, refillPerSecond } = this.#spec;
    const now = this.#clock();
    const elapsedMs = Math.max(0, now - this.#filledAt);
    this.#tokens = Math.min(capacity, this.#tokens + (elapsedMs * refillPerSecond) / 1_000);
    this.#filledAt = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) * 1_000) / refillPerSecond);
  }
}
