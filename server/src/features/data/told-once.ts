import type { Stay } from '../sessions/stay.ts';

/** How many ids of one participant are remembered. */
const REMEMBERED = 128;

/** Tells what a participant asks for from what it asks for again, by the ids that it chose. */
export class ToldOnce {
  readonly #ids = new WeakMap<Stay, string[]>();

  /** Whether the participant came with this id before. Does not count as coming with it. */
  knows(stay: Stay, id: string): boolean {
    return this.#ids.get(stay)?.includes(id) ?? false;
  }

  /** Whether the participant comes with this id for the first time. */
  isNew(stay: Stay, id: string): boolean {
    const ids = this.#ids.get(stay) ?? [];
    this.#ids.set(stay, ids);
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
