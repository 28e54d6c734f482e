import type { Notification, NotificationPage, WireError } from '@balai/protocol';
import { Emitter } from '../emitter.ts';
import { type BalaiError, ServerError } from '../errors.ts';
import { reportFault } from '../report-fault.ts';
import { endpoint, invalidAnswer, isObject, sendRequest } from '../send-request.ts';
import {
  openPersonalSocket,
  type PersonalListeners,
  type PersonalSocket,
} from './personal-socket.ts';

/** What {@link Notifications} tells its listeners. */
export const NotificationsEvent = {
  /** Something happened that the person is to know. */
  Notification: 'notification',
  /** Notifications were read or removed, here or elsewhere: their ids; null for all there were. */
  Read: 'read',
  /** `unreadCount` is another one. */
  UnreadCountChanged: 'unreadCountChanged',
  /** Connected, for the first time or again: something may have been missed. Ask for the list. */
  LookAgain: 'lookAgain',
  /** It is over, and does not connect again: closed by us, or the session ended. */
  Ended: 'ended',
} as const;

/** The listeners of {@link NotificationsEvent}. */
export type NotificationsEventCallbacks = {
  /** Something happened that the person is to know. */
  notification: (notification: Notification) => void;
  /** These were read or removed; null for all there were. */
  read: (ids: readonly string[] | null) => void;
  /** Another number is unread. */
  unreadCountChanged: (unreadCount: number) => void;
  /** Something may have been missed: ask for the list. */
  lookAgain: () => void;
  /** It is over. @param error Why; undefined where `close` was called. */
  ended: (error?: BalaiError) => void;
};

/** Which notifications to list. */
export interface ListNotificationsOptions {
  /** `nextCursor` of an earlier page; left out for the newest. */
  cursor?: string;
  /** 1 to 100; default 20. */
  limit?: number;
  /** Only what is not read yet. Default false. */
  unread?: boolean;
}

/** How to be heard. */
export interface ConnectNotificationsOptions {
  /**
   * An access token of the person, asked for at each request and connection.
   * `isRefused` says that the server did not take the last one: bring another.
   */
  readonly getAccessToken: (isRefused: boolean) => string | Promise<string>;
  /** Milliseconds before the first attempt to connect again; default 1,000. Later ones wait longer. */
  readonly reconnectDelayMs?: number;
}

const RECONNECT_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/** The codes with which a token is refused. */
const TOKEN_REFUSED: ReadonlySet<string> = new Set(['token_expired', 'unauthorized']);

/**
 * The notifications of somebody with an account, wherever they are: the list,
 * and what comes while one is connected. Connects again by itself.
 */
export class Notifications extends Emitter<NotificationsEventCallbacks> {
  readonly #serverUrl: string;
  readonly #options: ConnectNotificationsOptions;
  #socket: PersonalSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unreadCount = 0;
  /** Raised by all that we hear, so that an answer from before does not change the count. */
  #heard = 0;
  #failures = 0;
  #isTokenRefused = false;
  #isOver = false;

  /** @internal Use {@link connectNotifications}. */
  constructor(serverUrl: string, options: ConnectNotificationsOptions) {
    super();
    this.#serverUrl = serverUrl;
    this.#options = options;
    void this.#open();
  }

  /** How many are not read. 0 before the first connection. */
  get unreadCount(): number {
    return this.#unreadCount;
  }

  /**
   * Newest first.
   *
   * @throws ServerError, for example `unauthorized`.
   * @throws ConnectionError `connection_failed`, `request_timeout`, `invalid_answer`.
   */
  async list(options: ListNotificationsOptions = {}): Promise<NotificationPage> {
    const { cursor, limit, unread } = options;
    const query = new URLSearchParams();
    if (cursor !== undefined) query.set('cursor', cursor);
    if (limit !== undefined) query.set('limit', String(limit));
    if (unread !== undefined) query.set('unread', String(unread));
    const heard = this.#heard;
    const answer = await this.#send('GET', `?${query}`);
    if (!isObject(answer) || !Array.isArray(answer['items'])) throw invalidAnswer();
    const page = answer as unknown as NotificationPage;
    if (heard === this.#heard) this.#count(page.unreadCount);
    return page;
  }

  /** Marks one as read. @throws ServerError `not_found`; both as {@link list}. */
  async read(id: string): Promise<void> {
    await this.#send('POST', `/${encodeURIComponent(id)}/read`);
  }

  /** Marks all as read. @throws ServerError, ConnectionError as {@link list}. */
  async readAll(): Promise<void> {
    await this.#send('POST', '/read');
  }

  /** Removes one for good. @throws ServerError, ConnectionError as {@link list}. */
  async remove(id: string): Promise<void> {
    await this.#send('DELETE', `/${encodeURIComponent(id)}`);
  }

  /** Disconnects. Requests still work. Can be called twice. */
  close(): void {
    this.#end();
  }

  async #send(method: 'GET' | 'POST' | 'DELETE', path: string): Promise<unknown> {
    const url = endpoint(this.#serverUrl, `v1/notifications${path}`);
    const bearer = await this.#options.getAccessToken(false);
    try {
      return await sendRequest(url, { method, bearer });
    } catch (error) {
      if (!(error instanceof ServerError && TOKEN_REFUSED.has(error.code))) throw error;
    }
    return await sendRequest(url, { method, bearer: await this.#options.getAccessToken(true) });
  }

  /** Never rejects. */
  async #open(): Promise<void> {
    let token: string;
    try {
      token = await this.#options.getAccessToken(this.#isTokenRefused);
    } catch (cause) {
      reportFault('no access token for notifications could be had', cause);
      this.#openLater();
      return;
    }
    if (this.#isOver) return;
    this.#socket = openPersonalSocket({ serverUrl: this.#serverUrl, token }, this.#listeners);
  }

  readonly #listeners: PersonalListeners = {
    welcome: ({ unreadCount }) => {
      this.#failures = 0;
      this.#isTokenRefused = false;
      this.#lookAgain(unreadCount);
    },
    refused: (error) => this.#refuse(error),
    notification: (notification) => {
      this.#heard += 1;
      this.#count(this.#unreadCount + 1);
      this.emit('notification', notification);
    },
    notificationsRead: ({ ids }) => {
      this.#heard += 1;
      if (ids === null) this.#count(0);
      else void this.#recount();
      this.emit('read', ids);
    },
    lookAgain: ({ unreadCount }) => this.#lookAgain(unreadCount),
    goodbye: ({ reason, error }) => {
      if (reason === 'session_revoked') this.#end(unauthorized());
      else if (error !== undefined && !error.retryable) this.#end(new ServerError(error));
    },
    closed: () => this.#openLater(),
  };

  #lookAgain(unreadCount: number): void {
    this.#heard += 1;
    this.#count(unreadCount);
    this.emit('lookAgain');
  }

  /** A token that is too old is changed for another, once; then it is over. */
  #refuse(error: WireError): void {
    const isToken = TOKEN_REFUSED.has(error.code);
    if (isToken ? this.#isTokenRefused : !error.retryable) {
      this.#end(new ServerError(error));
      return;
    }
    this.#isTokenRefused = isToken;
  }

  /** Waits twice as long each time, and not as long as all the others. */
  #openLater(): void {
    if (this.#isOver) return;
    const first = this.#options.reconnectDelayMs ?? RECONNECT_DELAY_MS;
    const longest = Math.min(first * 2 ** this.#failures, LONGEST_DELAY_MS);
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.#open(), longest * (0.5 + Math.random() / 2));
  }

  /** What was read may have been read before: only the server knows how many are left. Never rejects. */
  async #recount(): Promise<void> {
    let heard: number;
    try {
      do {
        heard = this.#heard;
        await this.list({ limit: 1 });
      } while (heard !== this.#heard && !this.#isOver);
    } catch (error) {
      reportFault('unread notifications could not be counted', error);
    }
  }

  #count(unreadCount: number): void {
    if (unreadCount === this.#unreadCount) return;
    this.#unreadCount = unreadCount;
    this.emit('unreadCountChanged', unreadCount);
  }

  #end(error?: BalaiError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.emit('ended', error);
  }
}

function unauthorized(): ServerError {
  const message = 'The session was ended.';
  return new ServerError({ code: 'unauthorized', message, retryable: false });
}

/**
 * Connects to the notifications of somebody with an account. Returns at once,
 * connects behind your back, and again after each loss, until it is closed or the session ends.
 *
 * @param serverUrl Origin of the server, for example `https://meet.example.org`.
 */
export function connectNotifications(
  serverUrl: string,
  options: ConnectNotificationsOptions,
): Notifications {
  return new Notifications(serverUrl, options);
}
