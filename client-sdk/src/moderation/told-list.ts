import { BalaiError } from '../errors.ts';
import { reportFault } from '../report-fault.ts';

/** A list that the server tells as it changes, and that is asked for where it may have changed before. */
export class ToldList<T> {
  readonly #changed: (items: readonly T[]) => void;
  #items: readonly T[] = [];
  /** Raised by all that is told: an answer from before that is of no use. */
  #told = 0;

  constructor(changed: (items: readonly T[]) => void) {
    this.#changed = changed;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  /** So it is now. */
  tell(items: readonly T[]): void {
    this.#told += 1;
    if (items.length === 0 && this.#items.length === 0) return;
    this.#items = items;
    this.#changed(items);
  }

  /** Asks how it is. Never rejects: what one does not get stays as it was. */
  async ask(request: () => Promise<readonly T[]>): Promise<void> {
    this.#told += 1;
    const told = this.#told;
    const answer = await request().catch((error: unknown) => {
      // It is no fault to be refused, or to be out of the room by then.
      if (!(error instanceof BalaiError)) reportFault('the server answered something else', error);
      return undefined;
    });
    if (answer !== undefined && told === this.#told) this.tell(answer);
  }
}
