import type { Knex } from 'knex';
import { FUNCTIONS } from './functions/functions.ts';
import { createFunctions, dropFunctions } from './functions/sql-function.ts';

const TABLES_WITH_UPDATED_AT = ['users', 'rooms', 'user_settings', 'room_settings'] as const;

/** What the database does by itself, and the few ways across row security. */
export async function up(knex: Knex): Promise<void> {
  await createFunctions(knex, FUNCTIONS);
  for (const table of TABLES_WITH_UPDATED_AT) {
    await knex.raw(`
      CREATE TRIGGER update_${table}_updated_at BEFORE UPDATE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
    `);
  }
  await knex.raw(`
    CREATE TRIGGER calculate_meeting_history_duration BEFORE INSERT OR UPDATE ON meeting_history
      FOR EACH ROW EXECUTE FUNCTION calculate_meeting_duration();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TRIGGER calculate_meeting_history_duration ON meeting_history');
  for (const table of TABLES_WITH_UPDATED_AT) {
    await knex.raw(`DROP TRIGGER update_${table}_updated_at ON ${table}`);
  }
  await dropFunctions(knex, FUNCTIONS);
}
