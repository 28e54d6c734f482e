import type { AccountStore } from '../account/account-store.ts';
import { type Page, PagedList, pageQuery } from '../app/paged-list.ts';
import type { ListedRoom, RoomSummary } from './room-summary.ts';

/** What the form asks for; `password` null for a room without one. */
export interface NewRoom {
  readonly name: string;
  readonly password: string | null;
  readonly maxUsers: number;
  readonly guestsAllowed: boolean;
  /** Null for a meeting that starts now. */
  readonly scheduledAt: string | null;
}

/** What is to be different about a room. Absent fields stay as they are. */
export interface RoomChanges {
  readonly name?: string;
  /** Null takes it away; so it does for `password` and `scheduledAt`. */
  readonly description?: string | null;
  readonly password?: string | null;
  readonly maxUsers?: number;
  readonly scheduledAt?: string | null;
}

/** Somebody to invite: an account by its id, or anybody by e-mail. */
export type Invitee = { readonly userId: string } | { readonly email: string };

/** Figures of a meeting that is over. */
export interface RoomStatistics {
  readonly totalParticipants: number;
  readonly totalParticipations: number;
  readonly averageDurationSeconds: number | null;
  readonly firstJoinedAt: string | null;
  readonly lastLeftAt: string | null;
}

/** Rooms that the signed-in person hosts, or is or was in. */
export class RoomsStore {
  /** Those that go on or are still to come, newest first. */
  readonly current: PagedList<ListedRoom>;
  /** Those that are over, newest first. */
  readonly past: PagedList<ListedRoom>;
  readonly #account: AccountStore;

  constructor(account: AccountStore) {
    this.#account = account;
    const listOf = (list: string) =>
      new PagedList<ListedRoom>((cursor) =>
        account.request<Page<ListedRoom>>(`/v1/rooms${pageQuery(cursor, { list })}`),
      );
    this.current = listOf('active');
    this.past = listOf('past');
  }

  /** @throws RequestError when the room can't be made. */
  async create({ password, scheduledAt, ...room }: NewRoom): Promise<RoomSummary> {
    const created = await this.#account.request<RoomSummary>('/v1/rooms', {
      method: 'POST',
      body: {
        ...room,
        ...(password === null ? {} : { password }),
        ...(scheduledAt === null ? {} : { scheduledAt }),
      },
    });
    this.current.addFirst({ ...created, participantCount: 0 });
    return created;
  }

  /** @throws RequestError when the room can't be changed. */
  async update(room: ListedRoom, changes: RoomChanges): Promise<void> {
    const changed = await this.#account.request<RoomSummary>(pathOf(room.id), {
      method: 'PATCH',
      body: changes,
    });
    this.current.replace({ ...changed, participantCount: room.participantCount });
  }

  /** Calls a meeting off that nobody has been in. @throws RequestError when it has begun. */
  async cancel({ id }: ListedRoom): Promise<void> {
    this.#putAway(
      await this.#account.request<RoomSummary>(`${pathOf(id)}/cancel`, {
        method: 'POST',
        body: {},
      }),
    );
  }

  /** Ends the meeting in a room, for everybody. @throws RequestError when it can't be ended. */
  async end({ id }: ListedRoom): Promise<void> {
    this.#putAway(await endRoom(this.#account, id));
  }

  /** Invites somebody, who is told wherever they are. @throws RequestError when that can't be. */
  async invite(roomId: string, invitee: Invitee): Promise<void> {
    await this.#account.request(`${pathOf(roomId)}/invitations`, { method: 'POST', body: invitee });
  }

  /** For the host of a room that is over. @throws RequestError */
  readStatistics(roomId: string): Promise<RoomStatistics> {
    return this.#account.request<RoomStatistics>(`${pathOf(roomId)}/statistics`);
  }

  #putAway(room: RoomSummary): void {
    this.current.remove(room.id);
    this.past.addFirst({ ...room, participantCount: 0 });
  }
}

/** Ends the meeting in a room, for everybody. Its host may. */
export function endRoom(account: AccountStore, roomId: string): Promise<RoomSummary> {
  return account.request<RoomSummary>(`${pathOf(roomId)}/end`, { method: 'POST', body: {} });
}

function pathOf(roomId: string): string {
  return `/v1/rooms/${encodeURIComponent(roomId)}`;
}
