import type { RoomId } from '@balai/protocol';
import type { Database } from '../../store/postgres/database.ts';
import type { Rooms } from './rooms.ts';

export interface RoomsOfMeetingDependencies {
  readonly database: Database;
  readonly rooms: Pick<Rooms, 'get'>;
  /** The room that this one is a breakout room of; null for any other. */
  readonly findMain: (roomId: RoomId) => Promise<RoomId | null>;
}

/**
 * The rooms that one meeting is held in: its main room, which comes first, and the breakout
 * rooms of that one that are open. What is done to people counts in all of them.
 *
 * @throws AppError `room_not_found`.
 */
export type FindRoomsOfMeeting = (roomId: RoomId) => Promise<readonly [RoomId, ...RoomId[]]>;

/** Rooms in the database. */
export function createRoomsOfMeeting({
  database,
  rooms,
  findMain,
}: RoomsOfMeetingDependencies): FindRoomsOfMeeting {
  return async (roomId) => {
    const { id: mainId, hostId } = await rooms.get((await findMain(roomId)) ?? roomId);
    const breakouts = await database.asUser(hostId, (db) =>
      db.query<{ readonly id: RoomId }>(
        `SELECT id FROM rooms WHERE parent_id = $1 AND status = 'active' ORDER BY created_at, id`,
        [mainId],
      ),
    );
    return [mainId, ...breakouts.map(({ id }) => id)];
  };
}
