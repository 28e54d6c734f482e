import type { Knex } from 'knex';
import {
  createFunctions,
  DEFINER,
  dropFunctions,
  type SqlFunction,
} from './functions/sql-function.ts';

const FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'find_room_rules(uuid)',
    isForApi: true,
    comment:
      'Joining: what an application says of a room, of which it is a breakout room, whether it is locked, who is shown large in it, and its settings about who comes in and what they may show, as JSON by key; for everybody who knows its id',
    create: `
      CREATE FUNCTION find_room_rules(wanted_room_id UUID)
      RETURNS TABLE (
        metadata TEXT, duplicate_identity VARCHAR, parent_id UUID,
        is_locked BOOLEAN, spotlight TEXT[], settings JSONB)
      LANGUAGE sql STABLE ROWS 1 ${DEFINER} AS $$
        SELECT r.metadata, r.duplicate_identity, r.parent_id, r.is_locked, r.spotlight, (
          SELECT COALESCE(jsonb_object_agg(s.setting_key, s.setting_value), '{}')
          FROM room_settings s
          WHERE s.room_id = r.id AND s.setting_key IN (
            'lobby_enabled', 'listeners_by_default', 'reactions_enabled', 'hand_raising'))
        FROM rooms r
        WHERE r.id = wanted_room_id
      $$`,
  },
  {
    signature: 'find_room_entry(uuid, uuid)',
    isForApi: true,
    comment:
      'Joining: whether this user is banned from the room, and whether they are in it, or were within the last 5 minutes',
    create: `
      CREATE FUNCTION find_room_entry(wanted_room_id UUID, wanted_user_id UUID)
      RETURNS TABLE (is_banned BOOLEAN, is_recent BOOLEAN)
      LANGUAGE sql STABLE ROWS 1 ${DEFINER} AS $$
        SELECT
          EXISTS (
            SELECT FROM room_bans b
            WHERE b.room_id = wanted_room_id AND b.user_id = wanted_user_id),
          EXISTS (
            SELECT FROM room_participants p
            WHERE p.room_id = wanted_room_id AND p.user_id = wanted_user_id
              AND (p.left_at IS NULL OR p.left_at > clock_timestamp() - INTERVAL '5 minutes'))
      $$`,
  },
];
const SIGNATURES = FUNCTIONS.map(({ signature }) => signature).join(', ');

/** Who is shown large to everybody in a room, and what its door needs to know in one look. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE rooms ADD COLUMN spotlight TEXT[] NOT NULL DEFAULT '{}';
    COMMENT ON COLUMN rooms.spotlight IS 'Identities of those who are shown large to everybody, in this order';
    GRANT SELECT (spotlight), UPDATE (spotlight) ON TABLE rooms TO app_user;
  `);
  await createFunctions(knex, FUNCTIONS);
  await knex.raw(`GRANT EXECUTE ON FUNCTION ${SIGNATURES} TO app_user, app_admin`);
}

export async function down(knex: Knex): Promise<void> {
  await dropFunctions(knex, FUNCTIONS);
  await knex.raw('ALTER TABLE rooms DROP COLUMN spotlight');
}
