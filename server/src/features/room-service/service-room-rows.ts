import type { DuplicateIdentityPolicy, RoomId, RoomStatus, VideoCodec } from '@balai/protocol';
import { type ListPosition, momentSql } from '../../kernel/cursor.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import { ROOM_SETTINGS } from '../rooms/room-settings.ts';

interface Row {
  readonly id: RoomId;
  readonly name: string;
  readonly status: RoomStatus;
  readonly metadata: string;
  readonly empty_timeout_s: number | null;
  readonly departure_timeout_s: number | null;
  readonly max_users: number;
  readonly duplicate_identity: DuplicateIdentityPolicy;
  readonly is_locked: boolean;
  readonly has_password: boolean;
  readonly created_at: Date;
  readonly ended_at: Date | null;
  readonly sort_key: string;
  readonly settings: readonly (readonly [key: string, stored: string])[];
}

/** A room of a project, as it is stored. */
export interface StoredServiceRoom {
  readonly id: RoomId;
  readonly name: string;
  readonly status: RoomStatus;
  readonly metadata: string;
  readonly emptyTimeoutS: number | null;
  readonly departureTimeoutS: number | null;
  readonly maxParticipants: number;
  readonly videoCodecs: readonly VideoCodec[];
  readonly lastN: number;
  readonly loudestN: number;
  readonly lobby: boolean;
  readonly isLocked: boolean;
  readonly hasPassword: boolean;
  readonly guests: boolean;
  readonly duplicateIdentity: DuplicateIdentityPolicy;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  /** Where it stands in a list. */
  readonly position: ListPosition;
}

/** Which rooms a list is to have. */
export interface ServiceRoomFilter {
  readonly status: RoomStatus | null;
  /** Of these names only; null for any. */
  readonly names: readonly string[] | null;
  /** Whose names begin so; empty for any. */
  readonly prefix: string;
}

/** What changes about a room; undefined stays as it is. */
export interface ServiceRoomPatch {
  readonly emptyTimeoutS: number | null | undefined;
  readonly departureTimeoutS: number | null | undefined;
  readonly maxParticipants: number | undefined;
  readonly metadata: string | undefined;
  readonly duplicateIdentity: DuplicateIdentityPolicy | undefined;
  /** Null takes the password away. */
  readonly passwordHash: string | null | undefined;
}

const SELECT = `
  SELECT r.id, r.name, r.status, r.metadata, r.empty_timeout_s, r.departure_timeout_s, r.max_users,
         r.duplicate_identity, r.is_locked, r.has_password, r.created_at, r.ended_at,
         ${momentSql('r.created_at')} AS sort_key,
         COALESCE((SELECT jsonb_agg(jsonb_build_array(s.setting_key, s.setting_value))
                   FROM room_settings s WHERE s.room_id = r.id), '[]') AS settings
  FROM rooms r`;

/** A room of the project whose service user asks. */
export async function findServiceRoom(
  db: Queryable,
  roomId: RoomId,
): Promise<StoredServiceRoom | undefined> {
  const [row] = await db.query<Row>(`${SELECT} WHERE r.id = $1`, [roomId]);
  return row && toRoom(row);
}

/** Main rooms of a host, newest first. */
export async function listServiceRooms(
  db: Queryable,
  hostId: string,
  { status, names, prefix }: ServiceRoomFilter,
  after: ListPosition | null,
  limit: number,
): Promise<readonly StoredServiceRoom[]> {
  const rows = await db.query<Row>(
    `${SELECT}
     WHERE r.host_id = $1 AND r.parent_id IS NULL
       AND ($2::text IS NULL OR r.status = $2)
       AND ($3::text[] IS NULL OR r.name = ANY ($3))
       AND starts_with(r.name, $4)
       AND ($5::timestamptz IS NULL OR (r.created_at, r.id) < ($5::timestamptz, $6::uuid))
     ORDER BY r.created_at DESC, r.id DESC
     LIMIT $7`,
    [hostId, status, names, prefix, after?.at ?? null, after?.id ?? null, limit],
  );
  return rows.map(toRoom);
}

/** @returns false for a room that is over. */
export async function updateServiceRoom(
  db: Queryable,
  roomId: RoomId,
  patch: ServiceRoomPatch,
  settings: readonly (readonly [key: string, stored: string])[],
): Promise<boolean> {
  const columns = {
    empty_timeout_s: patch.emptyTimeoutS,
    departure_timeout_s: patch.departureTimeoutS,
    max_users: patch.maxParticipants,
    metadata: patch.metadata,
    duplicate_identity: patch.duplicateIdentity,
    password: patch.passwordHash,
  };
  const changed = Object.entries(columns).filter(([, value]) => value !== undefined);
  // The row is written even where only settings change: the room must not end meanwhile.
  const assignments = changed.map(([column], index) => `, ${column} = $${index + 2}`);
  const rows = await db.query(
    `UPDATE rooms SET name = name${assignments.join('')}
     WHERE id = $1 AND status = 'active' RETURNING id`,
    [roomId, ...changed.map(([, value]) => value)],
  );
  if (rows.length === 0) return false;
  if (settings.length > 0) {
    await db.query(
      `INSERT INTO room_settings (room_id, setting_key, setting_value)
       SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS given (key, value)
       ON CONFLICT (room_id, setting_key) DO UPDATE SET setting_value = EXCLUDED.setting_value`,
      [roomId, settings.map(([key]) => key), settings.map(([, value]) => value)],
    );
  }
  return true;
}

function toRoom(row: Row): StoredServiceRoom {
  const settings = ROOM_SETTINGS.readAll(row.settings);
  const isSaid = (key: string) => row.settings.some(([one]) => one === key);
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    metadata: row.metadata,
    emptyTimeoutS: row.empty_timeout_s,
    departureTimeoutS: row.departure_timeout_s,
    maxParticipants: row.max_users,
    videoCodecs: settings.video_codecs,
    lastN: settings.last_n,
    loudestN: settings.loudest_n,
    lobby: settings.lobby_enabled,
    isLocked: row.is_locked,
    hasPassword: row.has_password,
    // Nobody comes into a room of an application by its link unless that was said.
    guests: isSaid('guests_allowed') && settings.guests_allowed,
    duplicateIdentity: row.duplicate_identity,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    position: { at: row.sort_key, id: row.id },
  };
}
