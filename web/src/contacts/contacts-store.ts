import type { AccountStore } from '../account/account-store.ts';
import { type Page, PagedList, pageQuery } from '../app/paged-list.ts';

/** Somebody, as others may see them. */
export interface Somebody {
  readonly id: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly avatarUrl: string | null;
  /** Only where one knew it already. */
  readonly email: string | null;
}

/** Somebody whom one keeps. */
export interface Contact extends Somebody {
  readonly addedAt: string;
  /** The room that they are in, where one may know of it. */
  readonly room: { readonly id: string; readonly name: string } | null;
}

/** The fewest characters that the server searches for. */
export const SHORTEST_SEARCH = 3;

const PATH = '/v1/contacts';

/** The people whom the signed-in person keeps, and finding others. */
export class ContactsStore {
  readonly list: PagedList<Contact>;
  readonly #account: AccountStore;

  constructor(account: AccountStore) {
    this.#account = account;
    this.list = new PagedList<Contact>((cursor) =>
      account.request<Page<Contact>>(PATH + pageQuery(cursor)),
    );
  }

  /**
   * Finds anybody by their whole e-mail address, and people one has met by the
   * beginning of their name.
   *
   * @param text At least {@link SHORTEST_SEARCH} characters.
   * @throws RequestError
   */
  async search(text: string): Promise<readonly Somebody[]> {
    const query = new URLSearchParams({ q: text });
    const found = await this.#account.request<{ items: readonly Somebody[] }>(
      `/v1/users/search?${query}`,
    );
    return found.items;
  }

  /** Keeps somebody who was found. @throws RequestError */
  async add({ id, email }: Somebody): Promise<void> {
    const body = email === null ? { userId: id } : { email };
    this.list.addFirst(await this.#account.request<Contact>(PATH, { method: 'POST', body }));
  }

  /** @throws RequestError */
  async remove(id: string): Promise<void> {
    await this.#account.request(`${PATH}/${encodeURIComponent(id)}`, { method: 'DELETE' });
    this.list.remove(id);
  }

  /** Looks where the contacts are now. What was loaded beyond the first page stays as it is. */
  async lookAgain(): Promise<void> {
    const { status, nextCursor } = this.list.state.get();
    if (status === 'ready' && nextCursor === null) await this.list.load();
  }
}

/** First and last name. */
export function nameOf({ firstName, lastName }: Somebody): string {
  return `${firstName} ${lastName}`.trim();
}
