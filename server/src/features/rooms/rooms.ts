import type { Identity, Page, ParticipantRole, Room, RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { hashPassword } from '../../kernel/password.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Database } from '../../store/postgres/database.ts';
import { readRoomCursor, writeRoomCursor } from './room-cursor.ts';
import {
  endRoom,
  findPasswordHash,
  findRole,
  findRoom,
  insertRoom,
  listRoomsOfHost,
} from './room-rows.ts';

export interface RoomDraft {
  readonly name: string;
  readonly description: string | null;
  /** Null for none. */
  readonly password: string | null;
  readonly maxUsers: number;
  readonly guestsAllowed: boolean;
}

/** Meeting rooms, as they stand in the database. Who is in them is another feature's to know. */
export interface Rooms {
  create(hostId: Identity, draft: RoomDraft): Promise<Room>;

  /**
   * The rooms of a host, newest first, whatever their status.
   *
   * @param cursor Of an earlier page; null for the first.
   * @param limit At least 1.
   * @throws AppError `invalid_request` for a cursor that is none.
   */
  list(hostId: Identity, cursor: string | null, limit: number): Promise<Page<Room>>;

  /** A room of any status. @throws AppError `room_not_found`. */
  get(roomId: RoomId): Promise<Room>;

  /** Null for a room without password, and where there is no room. */
  findPasswordHash(roomId: RoomId): Promise<string | null>;

  /** The role that somebody who is or was in the room has there. */
  findRole(roomId: RoomId, identity: Identity): Promise<ParticipantRole | undefined>;

  /**
   * Ends the meeting for everybody. Repeating it is harmless.
   *
   * @throws AppError `room_not_found`; `forbidden` for anybody but the host.
   */
  end(roomId: RoomId, callerId: Identity): Promise<Room>;
}

export interface RoomsDependencies {
  readonly database: Database;
  /** Sends the people who are in the room out of it. Must not fail for an empty room. */
  readonly closeRoom: (roomId: RoomId) => Promise<void>;
}

/** Rooms in the database. */
export function createRooms({ database, closeRoom }: RoomsDependencies): Rooms {
  const get = async (roomId: RoomId): Promise<Room> => {
    const room = isUuid(roomId) ? await findRoom(database, roomId) : undefined;
    if (room === undefined) {
      throw new AppError('room_not_found');
    }
    return room;
  };

  return {
    get,

    findPasswordHash: (roomId) => findPasswordHash(database, roomId),

    findRole: (roomId, identity) =>
      database.asUser(identity, (db) => findRole(db, roomId, identity)),

    async create(hostId, draft) {
      const { password, ...rest } = draft;
      const passwordHash = password === null ? null : await hashPassword(password);
      const record = await database.asUser(hostId, (db) =>
        insertRoom(db, { hostId, ...rest, passwordHash }),
      );
      return record.room;
    },

    async list(hostId, cursor, limit) {
      const after = cursor === null ? null : readRoomCursor(cursor);
      // One more than asked for tells whether there is a next page.
      const records = await database.asUser(hostId, (db) =>
        listRoomsOfHost(db, hostId, after, limit + 1),
      );
      const page = records.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((record) => record.room),
        nextCursor:
          records.length > limit && last !== undefined ? writeRoomCursor(last.position) : null,
      };
    },

    async end(roomId, callerId) {
      const room = await get(roomId);
      if (room.hostId !== callerId) {
        throw new AppError('forbidden', 'Only the host may end a meeting');
      }
      // First the database, then the people: who comes back meanwhile is refused.
      await database.asUser(callerId, (db) => endRoom(db, roomId));
      await closeRoom(roomId);
      return await get(roomId);
    },
  };
}
