import type { Identity, Page, Room, RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { hashPassword } from '../../kernel/password.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Database } from '../../store/postgres/postgres.ts';
import { readRoomCursor, writeRoomCursor } from './room-cursor.ts';
import { endRoom, findRoom, insertRoom, listRoomsOfHost, type RoomRecord } from './room-rows.ts';

export type { RoomRecord } from './room-rows.ts';

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
  get(roomId: RoomId): Promise<RoomRecord>;

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
  const get = async (roomId: RoomId): Promise<RoomRecord> => {
    const record = isUuid(roomId) ? await findRoom(database, roomId) : undefined;
    if (record === undefined) {
      throw new AppError('room_not_found');
    }
    return record;
  };

  return {
    get,

    async create(hostId, draft) {
      const { password, ...rest } = draft;
      const passwordHash = password === null ? null : await hashPassword(password);
      const record = await database.transaction((transaction) =>
        insertRoom(transaction, { hostId, ...rest, passwordHash }),
      );
      return record.room;
    },

    async list(hostId, cursor, limit) {
      const after = cursor === null ? null : readRoomCursor(cursor);
      // One more than asked for tells whether there is a next page.
      const records = await listRoomsOfHost(database, hostId, after, limit + 1);
      const page = records.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((record) => record.room),
        nextCursor:
          records.length > limit && last !== undefined ? writeRoomCursor(last.position) : null,
      };
    },

    async end(roomId, callerId) {
      const { room } = await get(roomId);
      if (room.hostId !== callerId) {
        throw new AppError('forbidden', 'Only the host may end a meeting');
      }
      // First the database, then the people: who comes back meanwhile is refused.
      await endRoom(database, room.id);
      await closeRoom(room.id);
      return (await get(room.id)).room;
    },
  };
}
