import type { Knex } from 'knex';
import {
  createFunctions,
  DEFINER,
  dropFunctions,
  type SqlFunction,
} from './functions/sql-function.ts';

const FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'find_room_video_codecs(uuid)',
    isForApi: true,
    comment:
      'Joining: in which codecs a room would have its video sent, as JSON, null where it has no wish; for everybody who knows its id',
    create: `
      CREATE FUNCTION find_room_video_codecs(wanted_room_id UUID) RETURNS TEXT
      LANGUAGE sql STABLE ${DEFINER} AS $$
        SELECT s.setting_value FROM room_settings s
        WHERE s.room_id = wanted_room_id AND s.setting_key = 'video_codecs'
      $$`,
  },
];

/** Lets people who join know in which codecs to send, before they are members. */
export async function up(knex: Knex): Promise<void> {
  await createFunctions(knex, FUNCTIONS);
  await knex.raw('GRANT EXECUTE ON FUNCTION find_room_video_codecs(uuid) TO app_user, app_admin');
}

export async function down(knex: Knex): Promise<void> {
  await dropFunctions(knex, FUNCTIONS);
}
