import {
  type Identity,
  type ListedRoom,
  may,
  type Page,
  type ParticipantRole,
  type Room,
  type RoomId,
  type RoomList,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import { readCursor, toPage } from '../../kernel/cursor.ts';
import { hashPassword } from '../../kernel/password.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import type { RoomCache } from './room-cache.ts';
import {
  closeRoom,
  findPasswordHash,
  findRole,
  findRoom,
  hasBegun,
  insertRoom,
  listRooms,
  readStanding,
  type Standing,
  updateRoom,
} from './room-rows.ts';

export interface RoomDraft {
  readonly name: string;
  readonly description: string | null;
  /** Null for none. */
  readonly password: string | null;
  readonly maxUsers: number;
  readonly guestsAllowed: boolean;
  /** Null for a meeting that starts now. */
  readonly scheduledAt: Date | null;
}

/** What is to change about a room; undefined stays as it is. */
export interface RoomChanges {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  /** Null takes it away. */
  readonly password?: string | null | undefined;
  readonly maxUsers?: number | undefined;
  readonly scheduledAt?: Date | null | undefined;
}

/** What happened to a room, and by whom. */
export type RoomFact =
  | { readonly type: 'renamed'; readonly room: Room; readonly actorId: Identity }
  | { readonly type: 'rescheduled'; readonly room: Room; readonly actorId: Identity }
  | { readonly type: 'cancelled'; readonly room: Room; readonly actorId: Identity }
  | { readonly type: 'ended'; readonly room: Room; readonly actorId: Identity }
  | {
      readonly type: 'roleGiven';
      readonly room: Room;
      readonly actorId: Identity;
      readonly identity: Identity;
      readonly name: string;
      readonly role: Exclude<ParticipantRole, 'host'>;
      readonly before: ParticipantRole;
    };

/** Meeting rooms, as they stand in the database. Who is in them is another feature's to know. */
export interface Rooms {
  /** @throws AppError `invalid_request` for a start that is not in the future. */
  create(hostId: Identity, draft: RoomDraft): Promise<Room>;

  /**
   * The rooms of somebody, newest first.
   *
   * @param cursor Of an earlier page; null for the first.
   * @param limit At least 1.
   * @throws AppError `invalid_request` for a cursor that is none.
   */
  list(
    userId: Identity,
    list: RoomList,
    cursor: string | null,
    limit: number,
  ): Promise<Page<ListedRoom>>;

  /** A room of any status. @throws AppError `room_not_found`. */
  get(roomId: RoomId): Promise<Room>;

  /** Null for a room without password, and where there is no room. */
  findPasswordHash(roomId: RoomId): Promise<string | null>;

  /** The role that somebody who is or was in the room has there. */
  findRole(roomId: RoomId, identity: Identity): Promise<ParticipantRole | undefined>;

  /**
   * Does something on behalf of somebody who may, in one transaction.
   *
   * @param may Whether who stands so to the room may.
   * @throws AppError `room_not_found`, `forbidden`.
   */
  actIn<T>(
    roomId: RoomId,
    callerId: Identity,
    may: (standing: Standing) => boolean,
    work: (db: Queryable, room: Room, standing: Standing) => Promise<T>,
  ): Promise<T>;

  /**
   * For the host and administrators.
   *
   * @throws AppError `room_not_found`, `forbidden`, `room_ended`; `invalid_request`
   * for a start that is not in the future.
   */
  update(roomId: RoomId, callerId: Identity, changes: RoomChanges): Promise<Room>;

  /**
   * Calls a meeting off that nobody has been in. For the host and administrators.
   * Repeating it is harmless.
   *
   * @throws AppError `room_not_found`, `forbidden`, `room_ended`; `conflict` once it has begun.
   */
  cancel(roomId: RoomId, callerId: Identity): Promise<Room>;

  /**
   * Ends the meeting for everybody. For the host and administrators. Repeating it is harmless.
   *
   * @throws AppError `room_not_found`, `forbidden`.
   */
  end(roomId: RoomId, callerId: Identity): Promise<Room>;
}

export interface RoomsDependencies {
  readonly database: Database;
  readonly cache: RoomCache;
  readonly clock: Clock;
  /** Sends the people who are in the room out of it. Must not fail for an empty room. */
  readonly closeRoom: (roomId: RoomId) => Promise<void>;
  /**
   * Makes sure that the arrival of somebody who is in the room is written down: only
   * then are they a member. Nothing for others.
   */
  readonly settleArrival: (roomId: RoomId, identity: Identity) => Promise<void>;
  /** Tells whom it concerns, once it is true. Must not fail. */
  readonly announce: (fact: RoomFact) => Promise<void>;
}

/** As what the room's rules take somebody who is, or was, in it. */
export function roleOf({ isHost, isModerator }: Standing): ParticipantRole {
  if (isHost) {
    return 'host';
  }
  return isModerator ? 'moderator' : 'participant';
}

/** Whether the room's rules, or being an administrator, let somebody do it to the room. */
function mayDo(act: 'changeRoom' | 'endMeeting'): (standing: Standing) => boolean {
  return (standing) => may(act, roleOf(standing)) || standing.isAdmin;
}

/** Rooms in the database. */
export function createRooms(dependencies: RoomsDependencies): Rooms {
  const { database, cache, clock, announce } = dependencies;

  const find = async (roomId: RoomId): Promise<Room | undefined> =>
    isUuid(roomId)
      ? await cache.read(roomId.toLowerCase(), () => findRoom(database, roomId))
      : undefined;

  const get = async (roomId: RoomId): Promise<Room> => {
    const room = await find(roomId);
    if (room === undefined) {
      throw new AppError('room_not_found');
    }
    return room;
  };

  const actIn: Rooms['actIn'] = async (roomId, callerId, may, work) => {
    const room = await get(roomId);
    await dependencies.settleArrival(room.id, callerId);
    return await database.asUser(callerId, async (db) => {
      const standing = await readStanding(db, room.id);
      if (!may(standing)) {
        throw new AppError('forbidden');
      }
      return await work(db, room, standing);
    });
  };

  const assertFuture = (moment: Date | null | undefined): void => {
    if (moment !== null && moment !== undefined && moment.getTime() <= clock()) {
      throw new AppError('invalid_request', undefined, {
        details: ['body.scheduledAt: must be in the future'],
      });
    }
  };

  const close = async (
    roomId: RoomId,
    callerId: Identity,
    status: 'ended' | 'cancelled',
  ): Promise<Room> => {
    const { id } = await get(roomId);
    const isNews = await cache.change(id, () =>
      actIn(id, callerId, mayDo('endMeeting'), async (db, { status: present }) => {
        if (status === 'cancelled' && present === 'active' && (await hasBegun(db, id))) {
          throw new AppError('conflict', 'The meeting has begun: end it instead');
        }
        return await closeRoom(db, id, status);
      }),
    );
    const room = await get(id);
    if (room.status !== status && status === 'cancelled') {
      throw new AppError('room_ended');
    }
    if (isNews) {
      await announce({ type: status, room, actorId: callerId });
    }
    return room;
  };

  return {
    get,
    actIn,

    findPasswordHash: (roomId) => findPasswordHash(database, roomId),

    findRole: (roomId, identity) =>
      database.asUser(identity, (db) => findRole(db, roomId, identity)),

    async create(hostId, draft) {
      assertFuture(draft.scheduledAt);
      const { password, ...rest } = draft;
      const passwordHash = password === null ? null : await hashPassword(password);
      return await database.asUser(hostId, (db) =>
        insertRoom(db, { hostId, ...rest, passwordHash }),
      );
    },

    async list(userId, list, cursor, limit) {
      const after = cursor === null ? null : readCursor(cursor);
      // One more than asked for tells whether there is a next page.
      const records = await database.asUser(userId, (db) =>
        listRooms(db, userId, list, after, limit + 1),
      );
      return toPage(
        records,
        limit,
        ({ room }) => room,
        ({ position }) => position,
      );
    },

    async update(roomId, callerId, changes) {
      assertFuture(changes.scheduledAt);
      const before = await get(roomId);
      const { password, ...rest } = changes;
      // Before the transaction: hashing takes longer than anything in it.
      const passwordHash = typeof password === 'string' ? await hashPassword(password) : password;
      const patch = { ...rest, passwordHash };
      if (Object.values(patch).every((value) => value === undefined)) {
        return await actIn(before.id, callerId, mayDo('changeRoom'), async () => before);
      }
      await cache.change(before.id, () =>
        actIn(before.id, callerId, mayDo('changeRoom'), async (db) => {
          if (!(await updateRoom(db, before.id, patch))) {
            throw new AppError('room_ended');
          }
        }),
      );
      const room = await get(before.id);
      if (room.name !== before.name) {
        await announce({ type: 'renamed', room, actorId: callerId });
      }
      if (room.scheduledAt !== before.scheduledAt) {
        await announce({ type: 'rescheduled', room, actorId: callerId });
      }
      return room;
    },

    cancel: (roomId, callerId) => close(roomId, callerId, 'cancelled'),

    async end(roomId, callerId) {
      const room = await close(roomId, callerId, 'ended');
      // First the database, then the people: who comes back meanwhile is refused.
      await dependencies.closeRoom(room.id);
      return room;
    },
  };
}
