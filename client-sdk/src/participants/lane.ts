import { SerialQueue } from '../serial-queue.ts';

interface Waiting<W, R> {
  wish: W;
  done: Promise<R>;
}

/**
 * What is asked of one source (the camera, say), in the order in which it was
 * asked. Of several wishes that wait with nothing else between them only the
 * last is carried out, and all who wished get its outcome: a button pressed
 * twenty times ends as the twentieth press says, without twenty negotiations.
 */
export class Lane<W, R> {
  readonly #queue = new SerialQueue();
  readonly #fulfil: (wish: W) => Promise<R>;
  #waiting: Waiting<W, R> | undefined;

  constructor(fulfil: (wish: W) => Promise<R>) {
    this.#fulfil = fulfil;
  }

  wish(wish: W): Promise<R> {
    if (this.#waiting) {
      this.#waiting.wish = wish;
      return this.#waiting.done;
    }
    const done: Promise<R> = this.#queue.run(() => {
      const latest = this.#waiting === waiting ? this.#take(waiting) : waiting.wish;
      return this.#fulfil(latest);
    });
    const waiting: Waiting<W, R> = { wish, done };
    this.#waiting = waiting;
    return done;
  }

  /** Does something else in its turn. Wishes before it are not mixed with wishes after it. */
  run<T>(task: () => Promise<T>): Promise<T> {
    this.#waiting = undefined;
    return this.#queue.run(task);
  }

  #take(waiting: Waiting<W, R>): W {
    this.#waiting = undefined;
    return waiting.wish;
  }
}
