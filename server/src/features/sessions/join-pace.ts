import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';

/** Joins of one person in one room within a window. */
const JOINS_PER_WINDOW = 20;
const WINDOW_MS = 10_000;

/**
 * Keeps one token from joining over and over: each join ends the stay before
 * it, and everybody in the room hears of both.
 */
export class JoinPace {
  readonly #clock: Clock;
  #windowEndsAt = 0;
  readonly #joins = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws AppError `rate_limited`. */
  take(key: string): void {
    const now = this.#clock();
    if (now >= this.#windowEndsAt) {
      // One window for everybody: it costs no timer, and forgetting is one step.
      this.#joins.clear();
      this.#windowEndsAt = now + WINDOW_MS;
    }
    const joins = this.#joins.get(key) ?? 0;
    if (joins >= JOINS_PER_WINDOW) {
      throw new AppError('rate_limited', undefined, { retryAfterMs: this.#windowEndsAt - now });
    }
    this.#joins.set(key, joins + 1);
  }
}
