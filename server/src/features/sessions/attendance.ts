import type { ParticipantRole, RoomId } from '@balai/protocol';
import type { UserId } from '../../kernel/route.ts';
import type { Database } from '../../store/postgres/database.ts';

/** One stay, as the database remembers it. */
export interface AttendanceEntry {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly role: ParticipantRole;
  /** Tells the stays of one person in one room apart. */
  readonly joinedAt: Date;
  /** The others are not to know of the person, now and later. Default: they are. */
  readonly isHidden?: boolean;
}

/**
 * Who is and was in which room: `room_participants` has one row for each person
 * and room, `meeting_history` one for each stay.
 */
export interface Attendance {
  /**
   * Opens the stay, and the person's row again if they were there before. A stay
   * of theirs that nobody closed ends. May be repeated.
   */
  open(entry: AttendanceEntry): Promise<void>;

  /** Closes the stay, and the person's row unless a later stay opened it meanwhile. */
  close(entry: AttendanceEntry, leftAt: Date): Promise<void>;

  /** The person of an open stay is hidden now, or no longer. */
  hide(entry: AttendanceEntry): Promise<void>;
}

export function createAttendance(database: Database): Attendance {
  return {
    async open({ roomId, userId, role, joinedAt, isHidden = false }) {
      await database.asUser(userId, (db) =>
        // One after the other: the second one sees what the first has written.
        db.query('SELECT record_arrival($1, $2, $3), record_hiding($1, $4)', [
          roomId,
          role,
          joinedAt,
          isHidden,
        ]),
      );
    },
    async hide({ roomId, userId, isHidden = false }) {
      await database.asUser(userId, (db) =>
        db.query('SELECT record_hiding($1, $2)', [roomId, isHidden]),
      );
    },
    async close({ roomId, userId, joinedAt }, leftAt) {
      await database.asUser(userId, (db) =>
        db.query('SELECT record_departure($1, $2, $3)', [roomId, joinedAt, leftAt]),
      );
    },
  };
}
