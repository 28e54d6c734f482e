import { SerialQueue } from '../../kernel/serial-queue.ts';

/** One serial queue for each key, for as long as there is work under the key. */
export class KeyedQueue {
  readonly #queues = new Map<string, SerialQueue>();

  /** How many tasks wait or run under this key. */
  size(key: string): number {
    return this.#queues.get(key)?.size ?? 0;
  }

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? new SerialQueue();
    this.#queues.set(key, queue);
    try {
      return await queue.run(task);
    } finally {
      if (queue.size === 0 && this.#queues.get(key) === queue) {
        this.#queues.delete(key);
      }
    }
  }
}
