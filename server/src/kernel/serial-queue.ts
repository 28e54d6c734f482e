/**
 * Runs tasks one after the other, in the order in which they came. A task that
 * fails rejects its own promise and the next one runs all the same.
 */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #size = 0;

  /** How many tasks wait or run. */
  get size(): number {
    return this.#size;
  }

  run<T>(task: () => Promise<T> | T): Promise<T> {
    this.#size += 1;
    const result = this.#tail.then(task).finally(() => {
      this.#size -= 1;
    });
    this.#tail = result.catch(ignoreFailure);
    return result;
  }
}

/** The caller of `run` has the failure; the queue itself only needs to go on. */
function ignoreFailure(): undefined {
  return undefined;
}
