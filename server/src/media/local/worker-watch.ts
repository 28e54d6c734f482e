/** How often the worker is asked, while it answers. */
const INTERVAL_MS = 500;
/** A worker on a machine that is busy answers within this, in looks; one that does not hangs. */
const PATIENCE = 10;

/** What is watched, and what is done about it. */
export interface WatchedWorker {
  /** Anything that it answers at once. May reject. */
  readonly ask: () => Promise<unknown>;
  /** It has not answered for some 5 s. Called once. */
  readonly onHanging: () => void;
}

/**
 * Notices a worker that lives and does nothing any more. Looks are counted and not seconds: when
 * this process stood still itself, the answer of the worker may be there and unread.
 */
export class WorkerWatch {
  readonly #worker: WatchedWorker;
  readonly #timer: NodeJS.Timeout;
  /** Looks since the question that is not answered yet; undefined: there is none. */
  #unanswered: number | undefined;

  constructor(worker: WatchedWorker) {
    this.#worker = worker;
    this.#timer = setInterval(() => this.look(), INTERVAL_MS).unref();
  }

  /** Once. */
  look(): void {
    if (this.#unanswered === undefined) {
      this.#ask();
      return;
    }
    this.#unanswered += 1;
    if (this.#unanswered < PATIENCE) return;
    this.close();
    this.#worker.onHanging();
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#timer);
  }

  #ask(): void {
    this.#unanswered = 0;
    const answered = () => {
      this.#unanswered = undefined;
    };
    // A refusal is an answer; one that comes of its end is told of by the worker itself.
    this.#worker.ask().then(answered, answered);
  }
}
