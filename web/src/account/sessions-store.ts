import { type Failure, toFailure } from '../app/failure.ts';
import { Store } from '../app/store.ts';
import type { AccountStore } from './account-store.ts';

/** A device that is signed in, as `GET /v1/users/me/sessions` shows it. */
export interface DeviceSession {
  readonly id: string;
  readonly isCurrent: boolean;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly lastUsedAt: string;
}

/** Where the person is signed in; this device first, then the newest. */
export interface SessionsState {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly sessions: readonly DeviceSession[];
  /** Asks for the next page; null when all are here. */
  readonly nextCursor: string | null;
  readonly failure: Failure | null;
}

interface SessionsPage {
  readonly items: readonly DeviceSession[];
  readonly nextCursor: string | null;
}

const PATH = '/v1/users/me/sessions';
const EMPTY: SessionsState = { status: 'loading', sessions: [], nextCursor: null, failure: null };

/** Keeps the list of the devices that are signed in. */
export class SessionsStore {
  readonly state = new Store<SessionsState>(EMPTY);
  readonly #account: AccountStore;
  /** Raised by each new load: what an older one brings is of no use then. */
  #loads = 0;

  constructor(account: AccountStore) {
    this.#account = account;
  }

  /** Loads the list from its beginning; the present one stays until then. */
  async load(): Promise<void> {
    this.#loads += 1;
    await this.#loadPage(null);
  }

  async loadMore(): Promise<void> {
    await this.#loadPage(this.state.get().nextCursor);
  }

  /** Signs one device out. @throws RequestError when it can't be told. */
  async end(id: string): Promise<void> {
    try {
      await this.#account.request(`${PATH}/${encodeURIComponent(id)}`, { method: 'DELETE' });
    } catch (error) {
      // It ended meanwhile, which is what was asked for.
      if (toFailure(error).code !== 'not_found') throw error;
    }
    this.#keep((session) => session.id !== id);
  }

  /** Signs out everywhere but here. @throws RequestError when it can't be told. */
  async endOthers(): Promise<void> {
    await this.#account.request(PATH, { method: 'DELETE' });
    this.#loads += 1;
    this.#keep((session) => session.isCurrent);
    this.state.update((state) => ({ ...state, nextCursor: null }));
  }

  #keep(isKept: (session: DeviceSession) => boolean): void {
    this.state.update((state) => ({ ...state, sessions: state.sessions.filter(isKept) }));
  }

  async #loadPage(cursor: string | null): Promise<void> {
    const query = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const load = this.#loads;
    try {
      const page = await this.#account.request<SessionsPage>(PATH + query);
      if (load !== this.#loads) return;
      this.state.update((state) => ({
        status: 'ready',
        sessions: thisDeviceFirst(
          cursor === null ? page.items : [...state.sessions, ...page.items],
        ),
        nextCursor: page.nextCursor,
        failure: null,
      }));
    } catch (error) {
      if (load !== this.#loads) return;
      this.state.update((state) => ({ ...state, status: 'failed', failure: toFailure(error) }));
    }
  }
}

function thisDeviceFirst(sessions: readonly DeviceSession[]): readonly DeviceSession[] {
  return [...sessions].sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent));
}
