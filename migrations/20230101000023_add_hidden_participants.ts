import type { Knex } from 'knex';
import {
  createFunctions,
  DEFINER,
  dropFunctions,
  type SqlFunction,
} from './functions/sql-function.ts';
import { type AddedPolicy, addPolicies, dropPolicies } from './security/policies.ts';
import { OPERATOR } from './security/project-access.ts';

const POLICIES: readonly AddedPolicy[] = [
  {
    table: 'room_participants',
    name: 'room_participant_hiding',
    command: 'SELECT',
    using: `${OPERATOR} OR NOT is_hidden OR user_id = (SELECT current_user_id())
      OR is_room_host(room_id) OR (SELECT current_user_is_admin())`,
    isRestrictive: true,
  },
];

const FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'record_hiding(uuid, boolean)',
    isForApi: true,
    comment:
      'Whether the others in the room are not to know of the current user, whose arrival is written down',
    create: `
      CREATE FUNCTION record_hiding(wanted_room_id UUID, is_hidden_now BOOLEAN) RETURNS VOID
      LANGUAGE sql ${DEFINER} AS $$
        UPDATE room_participants p SET is_hidden = is_hidden_now
        WHERE p.room_id = wanted_room_id AND p.user_id = current_user_id()
          AND p.is_hidden <> is_hidden_now
      $$`,
  },
];
const SIGNATURES = FUNCTIONS.map(({ signature }) => signature).join(', ');

/** People of whom the others in a room are not told: not by lists either. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE room_participants ADD COLUMN is_hidden BOOLEAN NOT NULL DEFAULT FALSE;
    COMMENT ON COLUMN room_participants.is_hidden IS 'Whether only the host of the room may know that the user is or was there';
  `);
  await createFunctions(knex, FUNCTIONS);
  await knex.raw(`GRANT EXECUTE ON FUNCTION ${SIGNATURES} TO app_user, app_admin`);
  await addPolicies(knex, POLICIES);
}

/** Nobody can be kept hidden any more: who is, is forgotten. */
export async function down(knex: Knex): Promise<void> {
  await dropPolicies(knex, POLICIES);
  await dropFunctions(knex, FUNCTIONS);
  await knex.raw(`
    DELETE FROM room_participants WHERE is_hidden;
    ALTER TABLE room_participants DROP COLUMN is_hidden;
  `);
}
