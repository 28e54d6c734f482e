import type {
  Identity,
  MeetingStay,
  Page,
  RoomId,
  RoomStatistics,
  UserActivity,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { momentSql, readCursor, toPage } from '../../kernel/cursor.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import type { Standing } from '../rooms/room-rows.ts';
import type { Rooms } from '../rooms/rooms.ts';

export interface HistoryPage {
  readonly cursor: string | null;
  readonly limit: number;
}

/** Who was in which meeting, for how long, and what it came to. */
export interface History {
  /** One's own stays, the last first. @throws AppError `invalid_request` for a cursor that is none. */
  ofUser(userId: Identity, page: HistoryPage): Promise<Page<MeetingStay>>;

  /**
   * Everybody's stays in a room, the last first. For host, moderators and administrators.
   *
   * @throws AppError `room_not_found`, `forbidden`, `invalid_request` for a cursor that is none.
   */
  ofRoom(roomId: RoomId, callerId: Identity, page: HistoryPage): Promise<Page<MeetingStay>>;

  /**
   * Figures of a meeting that has ended. For host, moderators and administrators.
   *
   * @throws AppError `room_not_found`, `forbidden`; `conflict` while it goes on, and
   * where it was cancelled.
   */
  roomStatistics(roomId: RoomId, callerId: Identity): Promise<RoomStatistics>;

  /** One's own figures; anybody's for administrators. @throws AppError `not_found`, `forbidden`. */
  userActivity(userId: Identity, callerId: Identity): Promise<UserActivity>;
}

interface StayRow {
  readonly id: string;
  readonly room_id: string;
  readonly room_name: string;
  readonly identity: string;
  readonly name: string;
  readonly joined_at: Date;
  readonly left_at: Date | null;
  readonly duration_seconds: string | null;
  readonly recording_url: string | null;
  readonly sort_key: string;
}

interface StatisticsRow {
  readonly room_id: string;
  readonly room_name: string;
  readonly host_id: string;
  readonly host_name: string;
  readonly total_participants: string;
  readonly total_participations: string;
  readonly avg_duration_seconds: string | null;
  readonly meeting_start: Date | null;
  readonly meeting_end: Date | null;
  readonly room_created_at: Date;
  readonly room_ended_at: Date | null;
}

interface ActivityRow {
  readonly user_id: string;
  readonly user_name: string;
  readonly email: string | null;
  readonly rooms_created: string;
  readonly rooms_joined: string;
  readonly meeting_participations: string;
  readonly total_meeting_seconds: string;
  readonly last_login: Date | null;
  readonly created_at: Date;
}

const mayLook = ({ isModerator, isAdmin }: Standing): boolean => isModerator || isAdmin;

/** History in the database. */
export function createHistory(database: Database, rooms: Pick<Rooms, 'actIn'>): History {
  const page = async (
    column: 'user_id' | 'room_id',
    id: string,
    { cursor, limit }: HistoryPage,
    run: (read: (db: Queryable) => Promise<readonly StayRow[]>) => Promise<readonly StayRow[]>,
  ): Promise<Page<MeetingStay>> => {
    const after = cursor === null ? null : readCursor(cursor);
    const rows = await run((db) =>
      db.query<StayRow>(
        `SELECT h.id, h.room_id, r.name AS room_name,
                COALESCE(u.external_id, u.id::varchar) AS identity, h.joined_at, h.left_at,
                EXTRACT(EPOCH FROM h.duration) AS duration_seconds, h.recording_url,
                concat_ws(' ', NULLIF(u.first_name, ''), NULLIF(u.last_name, '')) AS name,
                ${momentSql('h.joined_at')} AS sort_key
         FROM meeting_history h
         JOIN rooms r ON r.id = h.room_id
         JOIN users u ON u.id = h.user_id
         WHERE h.${column} = $1
           AND ($2::timestamptz IS NULL OR (h.joined_at, h.id) < ($2::timestamptz, $3::uuid))
         ORDER BY h.joined_at DESC, h.id DESC
         LIMIT $4`,
        // One more than asked for tells whether there is a next page.
        [id, after?.at ?? null, after?.id ?? null, limit + 1],
      ),
    );
    return toPage(rows, limit, toStay, (row) => ({ at: row.sort_key, id: row.id }));
  };

  return {
    ofUser: (userId, asked) =>
      page('user_id', userId, asked, (read) => database.asUser(userId, read)),

    ofRoom: (roomId, callerId, asked) =>
      page('room_id', roomId, asked, (read) => rooms.actIn(roomId, callerId, mayLook, read)),

    async roomStatistics(roomId, callerId) {
      const [row] = await rooms.actIn(roomId, callerId, mayLook, (db, room) =>
        db.query<StatisticsRow>('SELECT * FROM meeting_statistics WHERE room_id = $1', [room.id]),
      );
      if (row === undefined) {
        throw new AppError('conflict', 'There are statistics of a meeting that has ended only');
      }
      return toStatistics(row);
    },

    async userActivity(userId, callerId) {
      const [row] = isUuid(userId)
        ? await database.asUser(callerId, (db) =>
            db.query<ActivityRow>('SELECT * FROM user_activity WHERE user_id = $1', [userId]),
          )
        : [];
      if (row === undefined) {
        const isAdmin = await database.asUser(callerId, (db) =>
          db.query<{ readonly is: boolean }>('SELECT current_user_is_admin() AS is'),
        );
        throw new AppError(isAdmin[0]?.is === true ? 'not_found' : 'forbidden');
      }
      return toActivity(row);
    },
  };
}

function toStay(row: StayRow): MeetingStay {
  return {
    id: row.id,
    roomId: row.room_id,
    roomName: row.room_name,
    identity: row.identity,
    name: row.name,
    joinedAt: row.joined_at.toISOString(),
    leftAt: row.left_at?.toISOString() ?? null,
    durationSeconds: row.duration_seconds === null ? null : Number(row.duration_seconds),
    recordingUrl: row.recording_url,
  };
}

function toStatistics(row: StatisticsRow): RoomStatistics {
  return {
    roomId: row.room_id,
    roomName: row.room_name,
    hostId: row.host_id,
    hostName: row.host_name.trim(),
    totalParticipants: Number(row.total_participants),
    totalParticipations: Number(row.total_participations),
    averageDurationSeconds:
      row.avg_duration_seconds === null ? null : Number(row.avg_duration_seconds),
    firstJoinedAt: row.meeting_start?.toISOString() ?? null,
    lastLeftAt: row.meeting_end?.toISOString() ?? null,
    createdAt: row.room_created_at.toISOString(),
    endedAt: row.room_ended_at?.toISOString() ?? null,
  };
}

function toActivity(row: ActivityRow): UserActivity {
  return {
    userId: row.user_id,
    name: row.user_name.trim(),
    email: row.email,
    roomsCreated: Number(row.rooms_created),
    roomsJoined: Number(row.rooms_joined),
    participations: Number(row.meeting_participations),
    totalMeetingSeconds: Number(row.total_meeting_seconds),
    lastSignedInAt: row.last_login?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  };
}
