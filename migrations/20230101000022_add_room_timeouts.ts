import type { Knex } from 'knex';
import {
  createFunctions,
  DEFINER,
  dropFunctions,
  type SqlFunction,
} from './functions/sql-function.ts';

const FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'find_deserted_rooms(uuid, integer)',
    isForApi: true,
    comment:
      'Housekeeping: open rooms of projects that have been empty for longer than they stay open, in the order of their ids, with their hosts. Who is in a breakout room counts for the room that it belongs to',
    create: `
      CREATE FUNCTION find_deserted_rooms(after_id UUID, max_rooms INTEGER)
      RETURNS TABLE (id UUID, host_id UUID)
      LANGUAGE sql STABLE ${DEFINER} AS $$
        SELECT r.id, r.host_id
        FROM rooms r
        CROSS JOIN LATERAL (
          SELECT max(p.left_at) AS left_at, bool_or(p.left_at IS NULL) AS is_anybody_there
          FROM room_participants p
          WHERE p.room_id = r.id OR p.room_id IN (
            SELECT b.id FROM rooms b WHERE b.parent_id = r.id)
        ) people
        WHERE r.project_id IS NOT NULL AND r.parent_id IS NULL AND r.status = 'active'
          AND r.id > after_id
          AND CASE WHEN people.is_anybody_there IS NULL
            THEN r.created_at + make_interval(secs => r.empty_timeout_s) <= clock_timestamp()
            ELSE NOT people.is_anybody_there
              AND people.left_at + make_interval(secs => r.departure_timeout_s) <= clock_timestamp()
          END
        ORDER BY r.id
        LIMIT max_rooms
      $$`,
  },
];
const SIGNATURES = FUNCTIONS.map(({ signature }) => signature).join(', ');

/** Finds the rooms of projects that nobody needs any more. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE INDEX idx_rooms_timeouts ON rooms(id)
      WHERE status = 'active' AND project_id IS NOT NULL AND parent_id IS NULL;
  `);
  await createFunctions(knex, FUNCTIONS);
  await knex.raw(`GRANT EXECUTE ON FUNCTION ${SIGNATURES} TO app_user, app_admin`);
}

export async function down(knex: Knex): Promise<void> {
  await dropFunctions(knex, FUNCTIONS);
  await knex.raw('DROP INDEX idx_rooms_timeouts');
}
