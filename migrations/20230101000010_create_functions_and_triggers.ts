import type { Knex } from 'knex';

const TABLES_WITH_UPDATED_AT = ['users', 'rooms', 'room_settings'] as const;

/** Keeps `updated_at` true, whoever writes. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE FUNCTION update_updated_at_column()
    RETURNS TRIGGER AS $$
    BEGIN
      NEW.updated_at = NOW();
      RETURN NEW;
    END;
    $$ LANGUAGE plpgsql;
  `);
  for (const table of TABLES_WITH_UPDATED_AT) {
    await knex.raw(`
      CREATE TRIGGER update_${table}_updated_at BEFORE UPDATE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
    `);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const table of TABLES_WITH_UPDATED_AT) {
    await knex.raw(`DROP TRIGGER update_${table}_updated_at ON ${table}`);
  }
  await knex.raw('DROP FUNCTION update_updated_at_column()');
}
