import type { Identity, ParticipantRole, Room, RoomId, RoomStatus } from '@balai/protocol';
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
  readonly guests_allowed: boolean;
}

interface ListedRow extends RoomRow {
  /** Exact to the microsecond, which a Date is not. */
  readonly sort_key: string;
}

/** A room of a list. */
export interface RoomRecord {
  readonly room: Room;
  /** Where the room stands in the list of its host's rooms. */
  readonly position: RoomPosition;
}

/** A place in a list of rooms, newest first. */
export interface RoomPosition {
  /** `created_at` in PostgreSQL's ISO form, UTC, with microseconds. */
  readonly createdAt: string;
  readonly id: RoomId;
}

export interface NewRoom {
  readonly hostId: string;
  readonly name: string;
  readonly description: string | null;
  readonly passwordHash: string | null;
  readonly maxUsers: number;
  readonly guestsAllowed: boolean;
}

const GUESTS_ALLOWED = 'guests_allowed';

const SELECT_ROOM = `
  SELECT r.id, r.name, r.description, r.host_id, r.has_password, r.max_users, r.status, r.created_at,
         r.ended_at,
         COALESCE(s.setting_value, 'true') = 'true' AS guests_allowed,
         to_char(r.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS sort_key
  FROM rooms r
  LEFT JOIN room_settings s ON s.room_id = r.id AND s.setting_key = '${GUESTS_ALLOWED}'`;

/** Writes the room and its settings; for its host. */
export async function insertRoom(db: Queryable, room: NewRoom): Promise<RoomRecord> {
  const rows = await db.query<{ readonly id: string }>(
    `INSERT INTO rooms (host_id, name, description, password, max_users)
     VALUES ($1, $2, $3, $4, $5) RETURNING id`,
    [room.hostId, room.name, room.description, room.passwordHash, room.maxUsers],
  );
  const { id } = rows[0] as { readonly id: string };
  await db.query(
    'INSERT INTO room_settings (room_id, setting_key, setting_value) VALUES ($1, $2, $3)',
    [id, GUESTS_ALLOWED, String(room.guestsAllowed)],
  );
  const [row] = await db.query<ListedRow>(`${SELECT_ROOM} WHERE r.id = $1`, [id]);
  return toRecord(row as ListedRow);
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

/** Newest first. */
export async function listRoomsOfHost(
  db: Queryable,
  hostId: string,
  after: RoomPosition | null,
  limit: number,
): Promise<readonly RoomRecord[]> {
  const rows = await db.query<ListedRow>(
    `${SELECT_ROOM}
     WHERE r.host_id = $1
       AND ($2::timestamptz IS NULL OR (r.created_at, r.id) < ($2::timestamptz, $3::uuid))
     ORDER BY r.created_at DESC, r.id DESC
     LIMIT $4`,
    [hostId, after?.createdAt ?? null, after?.id ?? null, limit],
  );
  return rows.map(toRecord);
}

/** Leaves a room that is not active as it is. */
export async function endRoom(db: Queryable, roomId: RoomId): Promise<void> {
  await db.query(
    `UPDATE rooms SET status = 'ended', ended_at = NOW() WHERE id = $1 AND status = 'active'`,
    [roomId],
  );
}

function toRecord(row: ListedRow): RoomRecord {
  return { room: toRoom(row), position: { createdAt: row.sort_key, id: row.id } };
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
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}
