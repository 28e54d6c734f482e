import type { AccountStore } from '../account/account-store.ts';
import { type Failure, toFailure } from '../app/failure.ts';
import { Store } from '../app/store.ts';
import type { RoomSummary } from './room-summary.ts';

/** The person's own rooms, newest first. */
export interface RoomsState {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly rooms: readonly RoomSummary[];
  /** Asks for the next page of rooms; null when all are here. */
  readonly nextCursor: string | null;
  readonly failure: Failure | null;
}

/** What the form asks for; `password` null for a room without one. */
export interface NewRoom {
  readonly name: string;
  readonly password: string | null;
  readonly maxUsers: number;
  readonly guestsAllowed: boolean;
}

interface RoomsPage {
  readonly items: readonly RoomSummary[];
  readonly nextCursor: string | null;
}

const EMPTY: RoomsState = { status: 'loading', rooms: [], nextCursor: null, failure: null };

/** Keeps the list of the signed-in person's rooms. */
export class RoomsStore {
  readonly state = new Store<RoomsState>(EMPTY);
  readonly #account: AccountStore;
  /** Raised by each new load: what an older one brings is of no use then. */
  #loads = 0;

  constructor(account: AccountStore) {
    this.#account = account;
  }

  /** Loads the list from its beginning. Failures become part of the state. */
  async load(): Promise<void> {
    this.#loads += 1;
    this.state.set(EMPTY);
    await this.#loadPage(null);
  }

  async loadMore(): Promise<void> {
    await this.#loadPage(this.state.get().nextCursor);
  }

  /** @throws RequestError when the room can't be made. */
  async create({ password, ...room }: NewRoom): Promise<RoomSummary> {
    const created = await this.#account.request<RoomSummary>('/v1/rooms', {
      method: 'POST',
      body: password === null ? room : { ...room, password },
    });
    this.state.update((state) => ({ ...state, rooms: [created, ...state.rooms] }));
    return created;
  }

  /** Ends the meeting in a room, for everybody. @throws RequestError when it can't be ended. */
  async end(roomId: string): Promise<void> {
    const ended = await endRoom(this.#account, roomId);
    this.state.update((state) => ({
      ...state,
      rooms: state.rooms.map((room) => (room.id === roomId ? ended : room)),
    }));
  }

  async #loadPage(cursor: string | null): Promise<void> {
    const query = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const load = this.#loads;
    try {
      const page = await this.#account.request<RoomsPage>(`/v1/rooms${query}`);
      if (load !== this.#loads) return;
      this.state.update((state) => ({
        status: 'ready',
        rooms: [...state.rooms, ...page.items],
        nextCursor: page.nextCursor,
        failure: null,
      }));
    } catch (error) {
      if (load !== this.#loads) return;
      this.state.update((state) => ({ ...state, status: 'failed', failure: toFailure(error) }));
    }
  }
}

/** Ends the meeting in a room, for everybody. Its host may. */
export function endRoom(account: AccountStore, roomId: string): Promise<RoomSummary> {
  return account.request<RoomSummary>(`/v1/rooms/${encodeURIComponent(roomId)}/end`, {
    method: 'POST',
    body: {},
  });
}
