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
/** While a job runs, its turn outlives pauses of the process that are shorter than this. */
const RUNNING_TURN_MS = 30_000;

/**
 * Runs jobs on a schedule, each by one replica at a time. Whoever takes a job's
 * turn first runs it, and keeps the turn while the job runs; afterwards the turn
 * lasts until the next run is due, so the others let the job be. A replica that
 * dies in the middle leaves a turn that ends by itself.
 */
export class Housekeeping {
  readonly #turns: Turns;
  readonly #logger: Logger;
  readonly #holder = randomUUID();
  readonly #timers: readonly NodeJS.Timeout[];
  /** Jobs that run now. */
  readonly #running = new Set<string>();
  /** Jobs that run, or hand their turn on. */
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
    const { name } = job;
    try {
      if (this.#running.has(name)) {
        const isMine = await this.#turns.keep(name, this.#holder, runningTurnMs(job));
        if (!isMine && this.#running.has(name)) {
          this.#logger.warn({ job: name }, 'a job runs on, but its turn is lost');
        }
      } else if (
        !this.#underWay.has(name) &&
        (await this.#turns.take(name, this.#holder, runningTurnMs(job)))
      ) {
        this.#begin(job);
      }
    } catch (error) {
      this.#logger.warn({ err: error, job: name }, 'the turn of a job is unknown');
    }
  }

  #begin(job: Job): void {
    const { name } = job;
    // What is closed only hands its turn on.
    const run = (this.#isClosed ? this.#handOn(name, 0) : this.#run(job)).finally(() =>
      this.#underWay.delete(name),
    );
    this.#underWay.set(name, run);
  }

  /** Never rejects. */
  async #run({ name, intervalMs, run }: Job): Promise<void> {
    const startedAt = performance.now();
    this.#running.add(name);
    try {
      const done = await run();
      if (done !== undefined) {
        this.#logger.info({ job: name, ...done }, 'a job is done');
      }
    } catch (error) {
      this.#complain(error, name, 'a job failed');
    } finally {
      // Before the turn is handed on: a look must not make it long again.
      this.#running.delete(name);
    }
    await this.#handOn(name, intervalMs - (performance.now() - startedAt));
  }

  /** Never rejects. */
  async #handOn(name: string, inMs: number): Promise<void> {
    try {
      await this.#turns.keep(name, this.#holder, Math.max(1, Math.ceil(inMs)));
    } catch (error) {
      this.#complain(error, name, 'the turn of a job was not given back; it ends by itself');
    }
  }

  #complain(error: unknown, job: string, message: string): void {
    const isAway = error instanceof AppError && error.code === 'unavailable';
    this.#logger[isAway ? 'warn' : 'error']({ err: error, job }, message);
  }
}

function runningTurnMs({ intervalMs }: Job): number {
  return Math.max(intervalMs, RUNNING_TURN_MS);
}
