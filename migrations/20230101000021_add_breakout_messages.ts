import type { Knex } from 'knex';
import {
  createFunctions,
  DEFINER,
  dropFunctions,
  type SqlFunction,
} from './functions/sql-function.ts';

const FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'say_in_breakout(uuid, uuid, text)',
    isForApi: true,
    comment:
      'Says something in a breakout room, in which the current user, who leads the room that it belongs to, need not have been; returns when, or null where it was said before or they may not',
    create: `
      CREATE FUNCTION say_in_breakout(wanted_room_id UUID, message_id UUID, said TEXT)
      RETURNS TIMESTAMP WITH TIME ZONE
      LANGUAGE sql ${DEFINER} AS $$
        INSERT INTO room_messages (id, room_id, user_id, message, created_at)
        SELECT message_id, r.id, current_user_id(), said, clock_timestamp()
        FROM rooms r
        WHERE r.id = wanted_room_id AND r.status = 'active'
          AND r.parent_id IS NOT NULL AND is_room_moderator(r.parent_id)
        ON CONFLICT (id) DO NOTHING
        RETURNING created_at
      $$`,
  },
];
const SIGNATURES = FUNCTIONS.map(({ signature }) => signature).join(', ');

/** Lets who leads a meeting speak to its breakout rooms. */
export async function up(knex: Knex): Promise<void> {
  await createFunctions(knex, FUNCTIONS);
  await knex.raw(`GRANT EXECUTE ON FUNCTION ${SIGNATURES} TO app_user, app_admin`);
}

export async function down(knex: Knex): Promise<void> {
  await dropFunctions(knex, FUNCTIONS);
}
