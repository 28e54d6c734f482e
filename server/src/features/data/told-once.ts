import type { Stay } from '../sessions/stay.ts';

/** How many ids of one participant are remembered. */
const REMEMBERED = 128;

/**
 * Tells what a participant asks for from what it asks for again, by the ids that it chose: also
 * with another process, with which their stay goes on.
 */
export class ToldOnce {
  readonly #kind: string;

  /** @param kind Ids of one kind are told apart. */
  constructor(kind: string) {
    this.#kind = kind;
  }

  /** Whether the participant came with this id before. Does not count as coming with it. */
  knows(stay: Stay, id: string): boolean {
    return stay.told.get(this.#kind)?.includes(id) ?? false;
  }

  /** Whether the participant comes with this id for the first time. */
  isNew(stay: Stay, id: string): boolean {
    const ids = stay.told.get(this.#kind) ?? [];
    stay.told.set(this.#kind, ids);
    if (ids.includes(id)) {
      return false;
    }
    ids.push(id);
    if (ids.length > REMEMBERED) {
      ids.shift();
    }
    return true;
  }
}
