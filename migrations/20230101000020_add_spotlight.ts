import type { Knex } from 'knex';
import { MEETING_FUNCTIONS } from './functions/meetings.ts';
import {
  createFunctions,
  DEFINER,
  dropFunctions,
  getFunction,
  replaceFunctions,
  type SqlFunction,
} from './functions/sql-function.ts';

const FORMER_ARRIVAL = getFunction(
  MEETING_FUNCTIONS,
  'record_arrival(uuid, text, timestamp with time zone)',
);
/** Who comes with another role has it, unless they were given one after that. */
const RECORD_ARRIVAL: SqlFunction = {
  ...FORMER_ARRIVAL,
  create: FORMER_ARRIVAL.create
    .replace(
      'SET joined_at = EXCLUDED.joined_at, left_at = NULL',
      `SET joined_at = EXCLUDED.joined_at, left_at = NULL, role = CASE
          WHEN p.role = 'host' OR p.role_given_at >= EXCLUDED.joined_at THEN p.role
          ELSE EXCLUDED.role
        END`,
    )
    .replace(
      '-- Who returns keeps the role that they were given meanwhile.',
      '-- The server has seen to it that an old token gives no role back that was taken.',
    ),
};

const FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'find_room_rules(uuid)',
    isForApi: true,
    comment:
      'Joining: the project of a room, what an application says of it, of which it is a breakout room, whether it is locked, who is shown large in it, and its settings about who comes in and what they may show, as JSON by key; for everybody who knows its id',
    create: `
      CREATE FUNCTION find_room_rules(wanted_room_id UUID)
      RETURNS TABLE (
        project_id UUID, metadata TEXT, duplicate_identity VARCHAR, parent_id UUID,
        is_locked BOOLEAN, spotlight TEXT[], settings JSONB)
      LANGUAGE sql STABLE ROWS 1 ${DEFINER} AS $$
        SELECT r.project_id, r.metadata, r.duplicate_identity, r.parent_id, r.is_locked, r.spotlight, (
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
      'Joining: whether this user is banned from the room or from the one that it is a breakout room of, whether they are in one of the two or were within the last 5 minutes, and which role they were given there and when',
    create: `
      CREATE FUNCTION find_room_entry(wanted_room_id UUID, wanted_user_id UUID)
      RETURNS TABLE (
        is_banned BOOLEAN, is_recent BOOLEAN,
        role VARCHAR, role_given_at TIMESTAMP WITH TIME ZONE)
      LANGUAGE sql STABLE ROWS 1 ${DEFINER} AS $$
        WITH door AS MATERIALIZED (
          SELECT wanted_room_id AS room_id
          UNION
          SELECT r.parent_id FROM rooms r WHERE r.id = wanted_room_id AND r.parent_id IS NOT NULL
        ), known AS MATERIALIZED (
          SELECT p.room_id, p.role, p.role_given_at,
                 p.left_at IS NULL
                   OR p.left_at > clock_timestamp() - INTERVAL '5 minutes' AS is_recent
          FROM door JOIN room_participants p
            ON p.room_id = door.room_id AND p.user_id = wanted_user_id
        ), given AS (
          -- A role is given for the whole meeting, and the main room is where everybody was.
          SELECT k.role, k.role_given_at FROM known k
          ORDER BY k.role_given_at IS NULL, k.room_id = wanted_room_id
          LIMIT 1
        )
        SELECT
          EXISTS (
            SELECT FROM door JOIN room_bans b
              ON b.room_id = door.room_id AND b.user_id = wanted_user_id),
          EXISTS (SELECT FROM known k WHERE k.is_recent),
          given.role, given.role_given_at
        FROM (SELECT) asked LEFT JOIN given ON TRUE
      $$`,
  },
  {
    signature: 'note_role_given()',
    isForApi: false,
    comment: 'Trigger: notes when a participant was given another role than the one they came with',
    create: `
      CREATE FUNCTION note_role_given() RETURNS TRIGGER LANGUAGE plpgsql AS $$
      BEGIN
        NEW.role_given_at = clock_timestamp();
        RETURN NEW;
      END;
      $$`,
  },
];
const SIGNATURES = FUNCTIONS.filter(({ isForApi }) => isForApi)
  .map(({ signature }) => signature)
  .join(', ');

/** Who is shown large to everybody in a room, and what its door needs to know in one look each. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE rooms ADD COLUMN spotlight TEXT[] NOT NULL DEFAULT '{}';
    COMMENT ON COLUMN rooms.spotlight IS 'Identities of those who are shown large to everybody, in this order';
    GRANT SELECT (spotlight), UPDATE (spotlight) ON TABLE rooms TO app_user;

    ALTER TABLE room_participants ADD COLUMN role_given_at TIMESTAMP WITH TIME ZONE;
    COMMENT ON COLUMN room_participants.role_given_at IS 'When the user was given their role in the room: tokens from before say what they were then; null for the role that they came with';
  `);
  await createFunctions(knex, FUNCTIONS);
  await replaceFunctions(knex, [RECORD_ARRIVAL]);
  await knex.raw(`
    GRANT EXECUTE ON FUNCTION ${SIGNATURES} TO app_user, app_admin;
    CREATE TRIGGER note_role_given BEFORE UPDATE OF role ON room_participants
      FOR EACH ROW WHEN (
        OLD.role IS DISTINCT FROM NEW.role AND OLD.joined_at IS NOT DISTINCT FROM NEW.joined_at
      ) EXECUTE FUNCTION note_role_given();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TRIGGER note_role_given ON room_participants');
  await replaceFunctions(knex, [FORMER_ARRIVAL]);
  await dropFunctions(knex, FUNCTIONS);
  await knex.raw(`
    ALTER TABLE room_participants DROP COLUMN role_given_at;
    ALTER TABLE rooms DROP COLUMN spotlight;
  `);
}
