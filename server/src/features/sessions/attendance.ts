import type { Identity, ParticipantRole, RoomId } from '@balai/protocol';
import type { Queryable } from '../../store/postgres/postgres.ts';

/** One stay, as the database remembers it. */
export interface AttendanceEntry {
  readonly roomId: RoomId;
  readonly identity: Identity;
  readonly role: ParticipantRole;
  /** Tells the stays of one person in one room apart. */
  readonly joinedAt: Date;
}

/** Who is and was in which room, in `room_participants`: one row for each person and room. */
export interface Attendance {
  /** Opens the row, again if the person was there before. */
  open(entry: AttendanceEntry): Promise<void>;

  /** Closes the row, unless a later stay of the person opened it meanwhile. */
  close(entry: AttendanceEntry, leftAt: Date): Promise<void>;
}

export function createAttendance(database: Queryable): Attendance {
  return {
    async open({ roomId, identity, role, joinedAt }) {
      await database.query(
        `INSERT INTO room_participants (room_id, user_id, role, joined_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (room_id, user_id)
         DO UPDATE SET role = EXCLUDED.role, joined_at = EXCLUDED.joined_at, left_at = NULL
         WHERE room_participants.joined_at <= EXCLUDED.joined_at`,
        [roomId, identity, role, joinedAt],
      );
    },
    async close({ roomId, identity, joinedAt }, leftAt) {
      await database.query(
        `UPDATE room_participants SET left_at = $4
         WHERE room_id = $1 AND user_id = $2 AND joined_at = $3`,
        [roomId, identity, joinedAt, leftAt],
      );
    },
  };
}
