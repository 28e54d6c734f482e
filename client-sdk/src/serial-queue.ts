/**
 * Runs tasks one after the other, in the order in which they came. A task that
 * fails rejects its own promise, and the next one runs all the same.
 */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T> | T): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(ignoreFailure);
    return result;
  }
}

/** The caller of `run` has the failure; the queue itself only needs to go on. */
function ignoreFailure(): undefined {
  return undefined;
}
