import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';

/** How long messages are counted here before the others hear of them. */
const REPORT_INTERVAL_MS = 1_000;

/**
 * Counts messages of a person in a room for all processes.
 *
 * @throws AppError `rate_limited` when they were too many; `unavailable`.
 */
export type CountMessages = (userId: string, roomId: string, messages: number) => Promise<void>;

/**
 * The pace of a person in a room over all their sockets, in whatever process: a new
 * socket is no new start. A socket's own pace is checked at once; this one is
 * looked up at most once a second, so that no message waits for Redis. Without
 * Redis only the socket's own pace counts.
 */
export class SharedPace {
  readonly #count: (messages: number) => Promise<void>;
  readonly #clock: Clock;
  #unreported = 0;
  #reportedAt: number;
  #blockedUntil = 0;

  constructor(count: (messages: number) => Promise<void>, clock: Clock) {
    this.#count = count;
    this.#clock = clock;
    this.#reportedAt = clock();
  }

  /** Counts one message. @returns 0, or the milliseconds to wait. */
  take(): number {
    const now = this.#clock();
    this.#unreported += 1;
    if (now - this.#reportedAt >= REPORT_INTERVAL_MS) {
      this.#reportedAt = now;
      const messages = this.#unreported;
      this.#unreported = 0;
      void this.#report(messages);
    }
    return Math.max(0, this.#blockedUntil - now);
  }

  /** Never rejects: that Redis is away, its store says. */
  async #report(messages: number): Promise<void> {
    try {
      await this.#count(messages);
    } catch (error) {
      if (error instanceof AppError && error.code === 'rate_limited') {
        this.#blockedUntil = this.#clock() + (error.retryAfterMs ?? REPORT_INTERVAL_MS);
      }
    }
  }
}
