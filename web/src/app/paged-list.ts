import { type Failure, toFailure } from './failure.ts';
import { Store } from './store.ts';

/** One page, as the REST API answers it. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A list, as far as it is here. */
export interface ListState<T> {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly items: readonly T[];
  /** Asks for the next page; null when all is here. */
  readonly nextCursor: string | null;
  readonly failure: Failure | null;
}

/** A list of the REST API that comes page by page. Failures become part of its state. */
export class PagedList<T extends { readonly id: string }> {
  readonly state: Store<ListState<T>>;
  readonly #fetchPage: (cursor: string | null) => Promise<Page<T>>;
  /** Raised by each new load: what an older one brings is of no use then. */
  #loads = 0;

  constructor(fetchPage: (cursor: string | null) => Promise<Page<T>>) {
    this.#fetchPage = fetchPage;
    this.state = new Store<ListState<T>>({
      status: 'loading',
      items: [],
      nextCursor: null,
      failure: null,
    });
  }

  /** Loads the list from its beginning; what is here stays until then. */
  async load(): Promise<void> {
    this.#loads += 1;
    await this.#loadPage(null);
  }

  /** Loads the next page, or the one that failed. */
  async loadMore(): Promise<void> {
    await this.#loadPage(this.state.get().nextCursor);
  }

  /** Puts one first, in place of itself where it was here already. */
  addFirst(item: T): void {
    this.#change((items) => [item, ...items.filter(({ id }) => id !== item.id)]);
  }

  /** Puts one in place of what it was. */
  replace(item: T): void {
    this.#change((items) => items.map((one) => (one.id === item.id ? item : one)));
  }

  remove(itemId: string): void {
    this.#change((items) => items.filter(({ id }) => id !== itemId));
  }

  #change(change: (items: readonly T[]) => readonly T[]): void {
    this.state.update((state) => ({ ...state, items: change(state.items) }));
  }

  async #loadPage(cursor: string | null): Promise<void> {
    const load = this.#loads;
    try {
      const page = await this.#fetchPage(cursor);
      if (load !== this.#loads) return;
      this.state.update(({ items }) => ({
        status: 'ready',
        items: cursor === null ? page.items : appended(items, page.items),
        nextCursor: page.nextCursor,
        failure: null,
      }));
    } catch (error) {
      if (load !== this.#loads) return;
      this.state.update((state) => ({ ...state, status: 'failed', failure: toFailure(error) }));
    }
  }
}

/** Something new may have come first since, and moved what was on an earlier page into this one. */
function appended<T extends { readonly id: string }>(
  before: readonly T[],
  page: readonly T[],
): readonly T[] {
  const known = new Set(before.map(({ id }) => id));
  return [...before, ...page.filter(({ id }) => !known.has(id))];
}

/** The query that asks for a page. */
export function pageQuery(
  cursor: string | null,
  parameters: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams(parameters);
  if (cursor !== null) query.set('cursor', cursor);
  return query.size === 0 ? '' : `?${query}`;
}
