import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, silentLogger, type TestDatabase } from '../../../test/test-stores.ts';
import { migrate } from './migrate.ts';
import { createDatabase, type Database } from './postgres.ts';

const FILES = readdirSync(fileURLToPath(new URL('../../../../migrations', import.meta.url))).sort();

let testDatabase: TestDatabase;
let database: Database;
beforeEach(async () => {
  testDatabase = await createTestDatabase({ isMigrated: false });
  database = createDatabase(testDatabase.url, silentLogger);
});
afterEach(async () => {
  await database.close();
  await testDatabase.drop();
});

/** Every object of the schema as a line: tables, columns, constraints, indexes, triggers, comments. */
async function describeSchema(): Promise<readonly string[]> {
  const rows = await database.query<{ line: string }>(`
    SELECT 'column ' || c.table_name || '.' || c.column_name || ' ' || c.data_type || ' '
           || COALESCE(c.character_maximum_length::text, '') || ' ' || c.is_nullable || ' '
           || COALESCE(c.column_default, '') || ' -- '
           || COALESCE(col_description(format('%I', c.table_name)::regclass, c.ordinal_position), '')
           AS line
    FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name !~ '^knex'
    UNION ALL
    SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
      AND conrelid::regclass::text !~ '^knex'
    UNION ALL
    SELECT 'index ' || indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename !~ '^knex'
    UNION ALL
    SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'table ' || relname || ' -- ' || COALESCE(obj_description(oid), '')
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND relname !~ '^knex'
    ORDER BY line`);
  return rows.map(({ line }) => line);
}

describe('the migrations', () => {
  test('run in the order of their names, once', async () => {
    expect(await migrate(testDatabase.url, silentLogger)).toEqual(FILES);
    expect(await migrate(testDatabase.url, silentLogger)).toEqual([]);
  });

  test('go all the way down to nothing, and up to the same schema again', async () => {
    await migrate(testDatabase.url, silentLogger);
    const first = await describeSchema();
    expect(await migrate(testDatabase.url, silentLogger, 'down')).toEqual(FILES.toReversed());
    expect(await describeSchema()).toEqual([]);
    await migrate(testDatabase.url, silentLogger);
    expect(await describeSchema()).toEqual(first);
    expect(first.length).toBeGreaterThan(50);
  });

  test('are run by one of several processes that start at once, while the others wait', async () => {
    const ran = await Promise.all(
      Array.from({ length: 4 }, () => migrate(testDatabase.url, silentLogger)),
    );
    expect(ran.filter((names) => names.length > 0)).toEqual([FILES]);
    // Whoever came second came back after the schema was there.
    expect(await database.query('SELECT 1 FROM users')).toEqual([]);
  });

  test('are not blocked by a lock that a killed process left behind', async () => {
    await migrate(testDatabase.url, silentLogger);
    await database.query('UPDATE knex_migrations_lock SET is_locked = 1');
    await database.query('DELETE FROM knex_migrations WHERE name LIKE $1', ['%functions%']);
    await database.query('DROP FUNCTION update_updated_at_column() CASCADE');
    expect(await migrate(testDatabase.url, silentLogger)).toEqual([
      '20230101000010_create_functions_and_triggers.ts',
    ]);
  });

  test('fail with the AppError unavailable where there is no database', async () => {
    const nowhere = new URL(testDatabase.url);
    nowhere.port = '1';
    await expect(migrate(nowhere.href, silentLogger)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

describe('the schema', () => {
  beforeEach(() => migrate(testDatabase.url, silentLogger));

  test('wants e-mail and password of registered users only', async () => {
    const insert = (kind: string, email: string | null, password: string | null) =>
      database.query(
        `INSERT INTO users (kind, email, password, first_name, last_name)
         VALUES ($1, $2, $3, 'a', 'b')`,
        [kind, email, password],
      );
    await insert('registered', 'a@b.cd', 'hash');
    await insert('external', null, null);
    await insert('guest', null, null);
    await expect(insert('registered', null, 'hash')).rejects.toThrow(/users_credentials_check/);
    await expect(insert('registered', 'b@b.cd', null)).rejects.toThrow(/users_credentials_check/);
    await expect(insert('alien', null, null)).rejects.toThrow(/users_kind_check/);
  });

  test('knows the status deleted', async () => {
    await database.query(
      `INSERT INTO users (kind, first_name, last_name, status) VALUES ('guest', 'a', 'b', 'deleted')`,
    );
  });

  test('keeps updated_at true', async () => {
    const [before] = await database.query<{ id: string; updated_at: Date }>(
      `INSERT INTO users (kind, first_name, last_name, updated_at)
       VALUES ('guest', 'a', 'b', '2020-01-01') RETURNING id, updated_at`,
    );
    const [after] = await database.query<{ updated_at: Date }>(
      `UPDATE users SET first_name = 'c' WHERE id = $1 RETURNING updated_at`,
      [before?.id],
    );
    expect(after?.updated_at.getTime()).toBeGreaterThan(before?.updated_at.getTime() ?? Infinity);
  });

  test('has a comment on every table and column', async () => {
    const lines = await describeSchema();
    const silent = lines.filter((line) => / -- $/.test(line));
    expect(silent).toEqual([]);
  });
});
