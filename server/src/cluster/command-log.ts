import type { CommandAnswer } from './wire.ts';

/**
 * The answers to the commands of one replica, until it has them: a command that comes again
 * over another socket is answered, not done again.
 */
export class CommandLog {
  readonly #answers = new Map<number, Promise<CommandAnswer>>();

  get size(): number {
    return this.#answers.size;
  }

  /** Forgets the answers to commands up to this id. */
  settle(id: number): void {
    // Commands come in the order of their ids.
    for (const known of this.#answers.keys()) {
      if (known > id) return;
      this.#answers.delete(known);
    }
  }

  /** @param run Must not reject. */
  once(id: number, run: () => Promise<CommandAnswer>): Promise<CommandAnswer> {
    const known = this.#answers.get(id);
    if (known !== undefined) return known;
    const answer = run();
    this.#answers.set(id, answer);
    return answer;
  }
}
