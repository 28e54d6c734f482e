import { randomUUID } from 'node:crypto';
import { AppError } from '../../kernel/app-error.ts';
import { withDeadline } from '../../kernel/deadline.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Turns } from './turns.ts';

/** Something that is done again and again, for all replicas by one of them. */
export interface Job {
  /** Unique; goes into logs and into the key of its turn. */
  readonly name: string;
  /** Time from one run to the next, to within a fifth. Milliseconds. */
  readonly intervalMs: number;
  /**
   * Does it once. The next run waits for this one, however long it takes.
   *
   * @returns what was done, for the log; undefined where there was nothing to do.
   */
  run(): Promise<object | undefined>;
}

export interface HousekeepingOptions {
  readonly jobs: readonly Job[];
  readonly turns: Turns;
  readonly logger: Logger;
}

/** Looks at the clock this often within an interval. */
const LOOKS_PER_INTERVAL = 5;
const CLOSE_TIMEOUT_MS = 5_000;

/**
 * Runs jobs on a schedule, each by one replica at a time. Whoever takes a job's
 * turn first runs it; the turn lasts for the job's interval, so the others let it
 * be until the next one is due, and is kept for as long as the job runs. A
 * replica that dies leaves a turn that ends by itself.
 */
export class Housekeeping {
  readonly #turns: Turns;
  readonly #logger: Logger;
  readonly #holder = randomUUID();
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #underWay = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor({ jobs, turns, logger }: HousekeepingOptions) {
    this.#turns = turns;
    this.#logger = logger;
    this.#timers = jobs.map((job) => {
      const timer = setInterval(
        () => void this.#look(job),
        Math.ceil(job.intervalMs / LOOKS_PER_INTERVAL),
      );
      timer.unref();
      return timer;
    });
  }

  /** Begins nothing more, and waits up to 5 s for the jobs under way. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) {
      clearInterval(timer);
    }
    await withDeadline(Promise.all(this.#underWay.values()), CLOSE_TIMEOUT_MS, 'the housekeeping');
  }

  /** Never rejects: what does not work now is tried with the next look. */
  async #look(job: Job): Promise<void> {
    const { name, intervalMs } = job;
    try {
      if (this.#underWay.has(name)) {
        const isMine = await this.#turns.keep(name, this.#holder, intervalMs);
        if (!isMine && this.#underWay.has(name)) {
          this.#logger.warn({ job: name }, 'a job runs on, but its turn is lost');
        }
      } else if (await this.#turns.take(name, this.#holder, intervalMs)) {
        this.#begin(job);
      }
    } catch (error) {
      this.#logger.warn({ err: error, job: name }, 'the turn of a job is unknown');
    }
  }

  #begin(job: Job): void {
    if (this.#isClosed || this.#underWay.has(job.name)) {
      return;
    }
    const run = this.#run(job).finally(() => this.#underWay.delete(job.name));
    this.#underWay.set(job.name, run);
  }

  /** Never rejects. */
  async #run({ name, run }: Job): Promise<void> {
    try {
      const done = await run();
      if (done !== undefined) {
        this.#logger.info({ job: name, ...done }, 'a job is done');
      }
    } catch (error) {
      const isAway = error instanceof AppError && error.code === 'unavailable';
      this.#logger[isAway ? 'warn' : 'error']({ err: error, job: name }, 'a job failed');
    }
  }
}
