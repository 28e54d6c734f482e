import { createHash, randomUUID } from 'node:crypto';
import type { BreakoutRoom, Identity, MessageId, RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { UserId } from '../../kernel/route.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';

/** Settings that are about coming in by a link, which nobody does. */
const SETTINGS_OF_THE_DOOR = ['lobby_enabled', 'guests_allowed'];

/**
 * Breakout rooms that a room ever has: each stays in the database. A meeting needs a few; a
 * client that does nothing but make and end them needs a bound.
 */
const MAX_EVER = 1_000;

/** A breakout room, and who belongs there. */
export interface BreakoutRecord {
  readonly room: BreakoutRoom;
  readonly userIds: readonly UserId[];
}

/** The open breakout rooms of a room, in the order in which they were made. For its host. */
export async function listBreakouts(
  db: Queryable,
  mainId: RoomId,
): Promise<readonly BreakoutRecord[]> {
  const rows = await db.query<{
    readonly id: string;
    readonly name: string;
    readonly user_ids: readonly string[];
    readonly identities: readonly string[];
  }>(
    `SELECT r.id, r.name, people.user_ids, people.identities
     FROM rooms r
     CROSS JOIN LATERAL (
       SELECT COALESCE(array_agg(u.id::text ORDER BY u.id), '{}') AS user_ids,
              COALESCE(array_agg(COALESCE(u.external_id, u.id::text) ORDER BY u.id), '{}')
                AS identities
       FROM room_participants p JOIN users u ON u.id = p.user_id
       WHERE p.room_id = $1 AND p.assigned_room_id = r.id
     ) people
     WHERE r.parent_id = $1 AND r.status = 'active'
     ORDER BY r.created_at, r.id`,
    [mainId],
  );
  return rows.map(({ id, name, identities, user_ids: userIds }) => ({
    room: { id, name, identities },
    userIds,
  }));
}

/**
 * Makes breakout rooms that are as their room is, but for its door. For its host.
 *
 * @throws AppError `conflict` where it has had too many.
 */
export async function insertBreakouts(
  db: Queryable,
  mainId: RoomId,
  names: readonly string[],
): Promise<readonly RoomId[]> {
  const [had] = await db.query<{ readonly count: number }>(
    'SELECT count(*)::int AS count FROM rooms WHERE parent_id = $1',
    [mainId],
  );
  if ((had?.count ?? 0) + names.length > MAX_EVER) {
    throw new AppError('conflict', `A room has ${MAX_EVER} breakout rooms in all, at most`);
  }
  // In their order, by which those are listed that were made in the same moment.
  const ids = names.map(() => randomUUID()).sort();
  await db.query(
    `INSERT INTO rooms (id, name, host_id, parent_id, max_users, metadata, duplicate_identity)
     SELECT given.id, given.name, r.host_id, r.id, r.max_users, r.metadata, r.duplicate_identity
     FROM rooms r
     CROSS JOIN unnest($2::uuid[], $3::text[]) AS given (id, name)
     WHERE r.id = $1`,
    [mainId, ids, names],
  );
  await db.query(
    `INSERT INTO room_settings (room_id, setting_key, setting_value)
     SELECT given.id, s.setting_key, s.setting_value
     FROM room_settings s CROSS JOIN unnest($2::uuid[]) AS given (id)
     WHERE s.room_id = $1 AND s.setting_key <> ALL ($3::text[])`,
    [mainId, ids, SETTINGS_OF_THE_DOOR],
  );
  return ids;
}

/** Nothing else may change the breakout rooms of the room before the transaction ends. For its host. */
export async function lockMainRoom(db: Queryable, mainId: RoomId): Promise<boolean> {
  const rows = await db.query(`SELECT FROM rooms WHERE id = $1 AND status = 'active' FOR UPDATE`, [
    mainId,
  ]);
  return rows.length > 0;
}

/**
 * Writes down where somebody belongs. For the host of the room.
 *
 * @param breakoutId Null for the room itself.
 * @returns who they are; undefined for who neither is nor was in the room.
 */
export async function assignTo(
  db: Queryable,
  mainId: RoomId,
  identity: Identity,
  breakoutId: RoomId | null,
): Promise<UserId | undefined> {
  const [row] = await db.query<{ readonly user_id: string }>(
    `UPDATE room_participants p SET assigned_room_id = $3
     FROM users u
     WHERE u.id = p.user_id AND p.room_id = $1 AND COALESCE(u.external_id, u.id::text) = $2
       -- Nobody is told that somebody hidden is there; they themselves may go back.
       AND ($3::uuid IS NULL OR NOT p.is_hidden)
     RETURNING p.user_id`,
    [mainId, identity, breakoutId],
  );
  return row?.user_id;
}

/** From now on everybody belongs into the room itself. For its host. */
export async function assignNobody(db: Queryable, mainId: RoomId): Promise<void> {
  await db.query(
    `UPDATE room_participants SET assigned_room_id = NULL
     WHERE room_id = $1 AND assigned_room_id IS NOT NULL`,
    [mainId],
  );
}

/** @returns when it was said; undefined where it was said before, or the user may not. */
export async function sayInBreakout(
  db: Queryable,
  roomId: RoomId,
  messageId: MessageId,
  text: string,
): Promise<Date | undefined> {
  const [row] = await db.query<{ readonly said_at: Date | null }>(
    'SELECT say_in_breakout($1, $2, $3) AS said_at',
    [roomId, messageId, text],
  );
  return row?.said_at ?? undefined;
}

/** @throws AppError `not_found` for who neither is nor was in the room. */
export function requireMember(userId: string | undefined): string {
  if (userId === undefined) {
    throw new AppError('not_found', 'Nobody of this identity is or was in the room');
  }
  return userId;
}

/** The id of a message in one of the rooms that get it: the same whenever it is said again. */
export function messageIdIn(roomId: RoomId, messageId: string): string {
  const hex = createHash('sha256').update(`${roomId} ${messageId}`).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join('-');
}
