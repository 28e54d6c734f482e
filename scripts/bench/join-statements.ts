/** What joining a room asks of the database, with the server's own code. */
import { randomUUID } from 'node:crypto';
import { listMessages } from '../../server/src/features/chat/message-rows.ts';
import { findRole, findRoom } from '../../server/src/features/rooms/room-rows.ts';
import { createAttendance } from '../../server/src/features/sessions/attendance.ts';
import type { Database } from '../../server/src/store/postgres/database.ts';

/** One person who joins one room. */
export type Join = { roomId: string; userId: string; joinedAt: Date };

/** A part of joining, or of what follows it. */
export type Step = { name: string; run: (database: Database, join: Join) => Promise<unknown> };

/** In the order of a join. */
export const JOIN_STEPS: readonly Step[] = [
  { name: 'find the room by its link', run: (database, { roomId }) => findRoom(database, roomId) },
  {
    name: 'look up the role in it',
    run: (database, { roomId, userId }) =>
      database.asUser(userId, (db) => findRole(db, roomId, userId)),
  },
  {
    name: 'record the arrival',
    run: (database, { roomId, userId, joinedAt }) =>
      createAttendance(database).open({ roomId, userId, role: 'participant', joinedAt }),
  },
  {
    name: 'read the newest 50 messages, with their authors',
    run: (database, { roomId, userId }) =>
      database.asUser(userId, (db) => listMessages(db, roomId, null, 50)),
  },
];

/** What follows a join, measured beside it. */
export const LATER_STEPS: readonly Step[] = [
  {
    name: 'say something',
    run: (database, { roomId, userId }) =>
      database.asUser(userId, (db) =>
        db.query(
          `INSERT INTO room_messages (id, room_id, user_id, message) VALUES ($1, $2, $3, 'Hello')`,
          [randomUUID(), roomId, userId],
        ),
      ),
  },
  {
    name: 'see who is there',
    run: (database, { roomId, userId }) =>
      database.asUser(userId, (db) =>
        db.query(
          `SELECT u.id, u.first_name, u.last_name, p.role FROM room_participants p
           JOIN users u ON u.id = p.user_id
           WHERE p.room_id = $1 AND p.left_at IS NULL ORDER BY p.joined_at LIMIT 50`,
          [roomId],
        ),
      ),
  },
  {
    name: 'record the departure',
    run: (database, { roomId, userId, joinedAt }) =>
      createAttendance(database).close(
        { roomId, userId, role: 'participant', joinedAt },
        new Date(),
      ),
  },
];
