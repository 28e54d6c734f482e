import type {
  Identity,
  ListedRoom,
  ParticipantRole,
  Room,
  RoomId,
  RoomList,
  RoomStatus,
} from '@balai/protocol';
import { type ListPosition, momentSql } from '../../kernel/cursor.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';

interface RoomRow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly host_id: string;
  readonly has_password: boolean;
  readonly max_users: number;
  readonly status: RoomStatus;
  readonly created_at: Date;
  readonly ended_at: Date | null;
  readonly scheduled_at: Date | null;
  readonly guests_allowed: boolean;
}

interface ListedRow extends RoomRow {
  /** Exact to the microsecond, which a Date is not. */
  readonly sort_key: string;
  readonly current_participants: string;
}

/** A room of a list. */
export interface RoomRecord {
  readonly room: ListedRoom;
  /** Where the room stands in the list. */
  readonly position: ListPosition;
}

export interface NewRoom {
  readonly hostId: string;
  readonly name: string;
  readonly description: string | null;
  readonly passwordHash: string | null;
  readonly maxUsers: number;
  readonly guestsAllowed: boolean;
  readonly scheduledAt: Date | null;
}

/** Columns that change; undefined ones stay as they are. */
export interface RoomPatch {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  /** Null takes the password away. */
  readonly passwordHash?: string | null | undefined;
  readonly maxUsers?: number | undefined;
  readonly scheduledAt?: Date | null | undefined;
}

/** What somebody is to a room. */
export interface Standing {
  /** The host, or somebody who is or was in it and is not banned from it. */
  readonly isMember: boolean;
  /** The host, or a moderator who is not banned. */
  readonly isModerator: boolean;
  readonly isHost: boolean;
  readonly isAdmin: boolean;
}

const GUESTS_ALLOWED = 'guests_allowed';

const COLUMNS = `
  r.id, r.name, r.description, r.host_id, r.has_password, r.max_users, r.status, r.created_at,
  r.ended_at, r.scheduled_at, COALESCE(s.setting_value, 'true') = 'true' AS guests_allowed`;

const SETTINGS = `LEFT JOIN room_settings s
  ON s.room_id = r.id AND s.setting_key = '${GUESTS_ALLOWED}'`;

/** Rooms one hosts, or is or was in, through two indexes: row security looks at these only. */
const MY_ROOM_IDS = `(
  SELECT h.id FROM rooms h WHERE h.host_id = $1
  UNION
  SELECT p.room_id FROM room_participants p WHERE p.user_id = $1)`;

const CONDITION_OF_LIST: Readonly<Record<RoomList, string>> = {
  mine: 'r.host_id = $1',
  active: `a.id IS NOT NULL AND r.id IN ${MY_ROOM_IDS}`,
  past: `r.status <> 'active' AND r.id IN ${MY_ROOM_IDS}`,
};

/** Writes the room and its settings; for its host. */
export async function insertRoom(db: Queryable, room: NewRoom): Promise<Room> {
  const rows = await db.query<{ readonly id: string }>(
    `INSERT INTO rooms (host_id, name, description, password, max_users, scheduled_at)
     VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
    [
      room.hostId,
      room.name,
      room.description,
      room.passwordHash,
      room.maxUsers,
      room.scheduledAt?.toISOString() ?? null,
    ],
  );
  const { id } = rows[0] as { readonly id: string };
  await db.query(
    'INSERT INTO room_settings (room_id, setting_key, setting_value) VALUES ($1, $2, $3)',
    [id, GUESTS_ALLOWED, String(room.guestsAllowed)],
  );
  const [row] = await db.query<RoomRow>(
    `SELECT ${COLUMNS} FROM rooms r ${SETTINGS} WHERE r.id = $1`,
    [id],
  );
  return toRoom(row as RoomRow);
}

/**
 * A room by its link: whoever knows the id may see it.
 *
 * @param roomId Must be a UUID.
 */
export async function findRoom(database: Database, roomId: RoomId): Promise<Room | undefined> {
  const [row] = await database.call<RoomRow>('find_room', [roomId]);
  return row && toRoom(row);
}

/** @param roomId Must be a UUID. */
export async function findPasswordHash(database: Database, roomId: RoomId): Promise<string | null> {
  const [row] = await database.call<{ readonly find_room_password: string | null }>(
    'find_room_password',
    [roomId],
  );
  return row?.find_room_password ?? null;
}

/** One's own role in a room that one is or was in. */
export async function findRole(
  db: Queryable,
  roomId: RoomId,
  identity: Identity,
): Promise<ParticipantRole | undefined> {
  const [row] = await db.query<{ readonly role: ParticipantRole }>(
    'SELECT role FROM room_participants WHERE room_id = $1 AND user_id = $2',
    [roomId, identity],
  );
  return row?.role;
}

/** What the user of the transaction is to the room. Nothing to one that there is not. */
export async function readStanding(db: Queryable, roomId: RoomId): Promise<Standing> {
  const [row] = await db.query<Standing>(
    `SELECT is_room_member($1, current_user_id()) AND is_welcome AS "isMember",
            is_room_moderator($1) AND is_welcome AS "isModerator",
            is_host AS "isHost",
            current_user_is_admin() AS "isAdmin"
     FROM (SELECT is_room_host($1) AS is_host) host
     CROSS JOIN LATERAL (
       SELECT is_host OR NOT entry.is_banned AS is_welcome
       FROM find_room_entry($1, current_user_id()) entry) door`,
    [roomId],
  );
  return row as Standing;
}

/** Newest first. */
export async function listRooms(
  db: Queryable,
  userId: Identity,
  list: RoomList,
  after: ListPosition | null,
  limit: number,
): Promise<readonly RoomRecord[]> {
  const rows = await db.query<ListedRow>(
    `SELECT ${COLUMNS}, ${momentSql('r.created_at')} AS sort_key,
            COALESCE(a.current_participants, 0) AS current_participants
     FROM rooms r
     ${SETTINGS}
     LEFT JOIN active_rooms a ON a.id = r.id
     WHERE r.parent_id IS NULL AND ${CONDITION_OF_LIST[list]}
       AND ($2::timestamptz IS NULL OR (r.created_at, r.id) < ($2::timestamptz, $3::uuid))
     ORDER BY r.created_at DESC, r.id DESC
     LIMIT $4`,
    [userId, after?.at ?? null, after?.id ?? null, limit],
  );
  return rows.map((row) => ({
    room: { ...toRoom(row), participantCount: Number(row.current_participants) },
    position: { at: row.sort_key, id: row.id },
  }));
}

/** Changes an active room. @returns whether there was one. */
export async function updateRoom(
  db: Queryable,
  roomId: RoomId,
  patch: RoomPatch,
): Promise<boolean> {
  const columns: readonly (readonly [string, unknown])[] = [
    ['name', patch.name],
    ['description', patch.description],
    ['password', patch.passwordHash],
    ['max_users', patch.maxUsers],
    ['scheduled_at', patch.scheduledAt?.toISOString() ?? patch.scheduledAt],
  ];
  const changes = columns.filter(([, value]) => value !== undefined);
  const assignments = changes.map(([column], index) => `${column} = $${index + 2}`);
  const rows = await db.query(
    `UPDATE rooms SET ${assignments.join(', ')} WHERE id = $1 AND status = 'active' RETURNING id`,
    [roomId, ...changes.map(([, value]) => value)],
  );
  return rows.length > 0;
}

/** Leaves a room that is not active as it is. @returns whether it was. */
export async function closeRoom(
  db: Queryable,
  roomId: RoomId,
  status: 'ended' | 'cancelled',
): Promise<boolean> {
  const rows = await db.query(
    `UPDATE rooms SET status = $2, ended_at = clock_timestamp()
     WHERE id = $1 AND status = 'active' RETURNING id`,
    [roomId, status],
  );
  return rows.length > 0;
}

/** Whether anybody was ever in the room. Its host sees every one. */
export async function hasBegun(db: Queryable, roomId: RoomId): Promise<boolean> {
  const rows = await db.query('SELECT FROM meeting_history WHERE room_id = $1 LIMIT 1', [roomId]);
  return rows.length > 0;
}

function toRoom(row: RoomRow): Room {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    hostId: row.host_id,
    status: row.status,
    hasPassword: row.has_password,
    guestsAllowed: row.guests_allowed,
    maxUsers: row.max_users,
    createdAt: row.created_at.toISOString(),
    scheduledAt: row.scheduled_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}
