import type { Notification, Notifications } from '@balai/client/notifications';
import type { AccountStore } from '../account/account-store.ts';
import { RequestError } from '../app/failure.ts';
import { PagedList } from '../app/paged-list.ts';
import { Store } from '../app/store.ts';

/** What the store needs of the SDK's notifications. */
export type NotificationsSource = Pick<
  Notifications,
  'on' | 'list' | 'read' | 'readAll' | 'remove' | 'close' | 'unreadCount'
>;

/** What the bell shows beside the list. */
export interface BellState {
  readonly unreadCount: number;
  readonly isOpen: boolean;
  /** What came last, for who does not see the bell. */
  readonly news: string;
}

/** The notifications of who is signed in: how many, which, and what comes. */
export class NotificationsStore {
  readonly state = new Store<BellState>({ unreadCount: 0, isOpen: false, news: '' });
  readonly list: PagedList<Notification>;
  readonly #connect: () => Promise<NotificationsSource>;
  #source: Promise<NotificationsSource> | null = null;

  /** @param connect Called by the first `start`, and by one after `close`. */
  constructor(connect: () => Promise<NotificationsSource>) {
    this.#connect = connect;
    this.list = new PagedList<Notification>(async (cursor) => {
      const source = await this.#getSource();
      return await source.list(cursor === null ? {} : { cursor });
    });
  }

  /** Listens, until `close`. Never rejects: without the code for it, the page does without. */
  async start(): Promise<void> {
    try {
      await this.#getSource();
    } catch (error) {
      console.warn('Notifications are not available.', error);
    }
  }

  /** Stops listening. Can be called twice. */
  close(): void {
    const source = this.#source;
    this.#source = null;
    this.#set({ isOpen: false });
    source?.then(
      (opened) => opened.close(),
      () => this.#set({ unreadCount: 0 }),
    );
  }

  /** Shows the list, anew each time. */
  setOpen(isOpen: boolean): void {
    if (isOpen === this.state.get().isOpen) return;
    this.#set({ isOpen });
    if (isOpen) void this.list.load();
  }

  /** Marks one as read. Failures are not worth a word: it stays unread. */
  async read(notification: Notification): Promise<void> {
    if (notification.isRead) return;
    await this.#attempt(async (source) => {
      await source.read(notification.id);
      this.list.replace({ ...notification, isRead: true });
    });
  }

  async readAll(): Promise<void> {
    await this.#attempt(async (source) => {
      await source.readAll();
      this.#markRead(null);
    });
  }

  async remove(id: string): Promise<void> {
    await this.#attempt(async (source) => {
      await source.remove(id);
      this.list.remove(id);
    });
  }

  #getSource(): Promise<NotificationsSource> {
    this.#source ??= this.#connect().then((source) => {
      source.on('notification', (notification) => {
        this.list.addFirst(notification);
        this.#set({ news: `${notification.title}. ${notification.message}` });
      });
      source.on('read', (ids) => this.#markRead(ids));
      source.on('unreadCountChanged', (unreadCount) => this.#set({ unreadCount }));
      source.on('lookAgain', () => {
        if (this.state.get().isOpen) void this.list.load();
      });
      return source;
    });
    return this.#source;
  }

  #markRead(ids: readonly string[] | null): void {
    for (const item of this.list.state.get().items) {
      if (!item.isRead && (ids === null || ids.includes(item.id))) {
        this.list.replace({ ...item, isRead: true });
      }
    }
  }

  async #attempt(work: (source: NotificationsSource) => Promise<void>): Promise<void> {
    try {
      await work(await this.#getSource());
    } catch (error) {
      console.warn('A notification could not be changed.', error);
    }
  }

  #set(change: Partial<BellState>): void {
    this.state.update((state) => ({ ...state, ...change }));
  }
}

/** Connects in the name of who is signed in. The SDK's part for it is loaded then. */
export async function connectAccount(account: AccountStore): Promise<NotificationsSource> {
  const { connectNotifications } = await import('@balai/client/notifications');
  return connectNotifications(window.location.origin, {
    getAccessToken: (isRefused) => accessTokenOf(account, isRefused),
  });
}

/** An access token that the server did not refuse yet. @throws RequestError `unauthorized` for a guest. */
export function accessTokenOf(account: AccountStore, isRefused: boolean): Promise<string> {
  let wasRefused = isRefused;
  return account.withAccessToken(async (token) => {
    if (token === null) throw new RequestError({ code: 'unauthorized', message: 'Signed out.' });
    if (!wasRefused) return token;
    // The store renews a token that it hears this of, and runs this again.
    wasRefused = false;
    throw new RequestError({ code: 'token_expired', message: 'The server refused the token.' });
  });
}
