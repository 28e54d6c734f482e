import { AppError } from './app-error.ts';

/** What a {@link WaitingLine} allows. */
export interface WaitingLineSpec {
  /** Tasks that run at the same time; at least 1. */
  readonly atOnce: number;
  /** Tasks that may wait for their turn. */
  readonly waiting: number;
}

/** Runs a few tasks at a time, in the order in which they came, and lets only so many wait. */
export class WaitingLine {
  readonly #spec: WaitingLineSpec;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(spec: WaitingLineSpec) {
    this.#spec = spec;
  }

  /** @throws AppError `rate_limited` when too many wait already; else what the task throws. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#spec.atOnce) {
      this.#running += 1;
    } else {
      await this.#wait();
    }
    try {
      return await task();
    } finally {
      // Whoever waits takes the place over: it is never free in between.
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#running -= 1;
      } else {
        next();
      }
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#spec.waiting) {
      throw new AppError('rate_limited', undefined, { retryAfterMs: 1_000 });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
