import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { describeSchema } from '../../../test/schema-catalog.ts';
import { createTestDatabase, silentLogger, type TestDatabase } from '../../../test/test-stores.ts';
import { migrate, readMigrationStatus } from './migrate.ts';
import { createPool, type Pool } from './postgres.ts';

const FILES = readdirSync(fileURLToPath(new URL('../../../../migrations', import.meta.url)))
  .filter((name) => name.endsWith('.ts'))
  .sort();
/** What the specification lists. */
const NAMES = [
  'create_users_table',
  'create_rooms_table',
  'create_room_participants_table',
  'create_user_contacts_table',
  'create_user_sessions_table',
  'create_room_messages_table',
  'create_meeting_history_table',
  'create_user_settings_table',
  'create_room_settings_table',
  'create_notifications_table',
  'create_functions_and_triggers',
  'create_views',
  'setup_security',
];

let testDatabase: TestDatabase;
let owner: Pool;
beforeEach(async () => {
  testDatabase = await createTestDatabase({ isMigrated: false });
  owner = createPool(testDatabase.url, silentLogger);
});
afterEach(async () => {
  await owner.close();
  await testDatabase.drop();
});

describe('the migrations', () => {
  test('run in the order of their names, once', async () => {
    expect(await migrate(testDatabase.url, silentLogger)).toEqual(FILES);
    expect(await migrate(testDatabase.url, silentLogger)).toEqual([]);
  });

  test('begin with those of the specification, in its order, and have a number each', () => {
    expect(FILES.slice(0, NAMES.length)).toEqual(
      NAMES.map((name, index) => `202301010000${String(index).padStart(2, '0')}_${name}.ts`),
    );
    expect(new Set(FILES.map((name) => name.slice(0, 14))).size).toBe(FILES.length);
  });

  test('go all the way down to nothing, and up to the same schema again', async () => {
    await migrate(testDatabase.url, silentLogger);
    const first = await describeSchema(owner);
    expect(await migrate(testDatabase.url, silentLogger, 'reset')).toEqual(FILES.toReversed());
    expect(await describeSchema(owner)).toEqual([]);
    await migrate(testDatabase.url, silentLogger);
    expect(await describeSchema(owner)).toEqual(first);
    for (const kind of ['relation', 'column', 'constraint', 'index', 'trigger', 'function']) {
      expect(first.filter((line) => line.startsWith(`${kind} `)).length, kind).toBeGreaterThan(4);
    }
    expect(first.filter((line) => line.startsWith('policy ')).length).toBeGreaterThan(30);
  });

  test('go down and up one by one, each to the schema it came from', async () => {
    await migrate(testDatabase.url, silentLogger);
    const schemas: (readonly string[])[] = [];
    for (const name of FILES.toReversed()) {
      schemas.push(await describeSchema(owner));
      expect(await migrate(testDatabase.url, silentLogger, 'down')).toEqual([name]);
    }
    expect(await migrate(testDatabase.url, silentLogger, 'down')).toEqual([]);
    await migrate(testDatabase.url, silentLogger);
    expect(await describeSchema(owner)).toEqual(schemas[0]);
    expect(new Set(schemas.map((lines) => lines.join())).size).toBe(FILES.length);
  });

  test('are done again by redo: the newest one, down and up', async () => {
    await migrate(testDatabase.url, silentLogger);
    const before = await describeSchema(owner);
    const newest = () => owner.query('SELECT max(id) AS turn FROM knex_migrations');
    const turn = await newest();
    expect(await migrate(testDatabase.url, silentLogger, 'redo')).toEqual(FILES.slice(-1));
    expect(await describeSchema(owner)).toEqual(before);
    expect(await newest()).not.toEqual(turn);
  });

  test('tell which of them ran', async () => {
    expect(await readMigrationStatus(testDatabase.url, silentLogger)).toEqual({
      done: [],
      pending: FILES,
    });
    await migrate(testDatabase.url, silentLogger);
    await migrate(testDatabase.url, silentLogger, 'down');
    expect(await readMigrationStatus(testDatabase.url, silentLogger)).toEqual({
      done: FILES.slice(0, -1),
      pending: FILES.slice(-1),
    });
  });

  test('are run by one of several processes that start at once, while the others wait', async () => {
    const ran = await Promise.all(
      Array.from({ length: 4 }, () => migrate(testDatabase.url, silentLogger)),
    );
    expect(ran.filter((names) => names.length > 0)).toEqual([FILES]);
    // Whoever came second came back after the schema was there.
    expect(await owner.query('SELECT 1 FROM users')).toEqual([]);
  });

  test('wait for one another through the lock, not by luck', async () => {
    const holder = createPool(testDatabase.url, silentLogger);
    const waiting = async () =>
      (
        await owner.query(
          // Tests of other databases wait for locks of their own.
          `SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
           WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()`,
        )
      ).length;
    try {
      let second: Promise<readonly string[]> = Promise.resolve([]);
      await holder.transaction(async (db) => {
        // The first one, in the middle of its work.
        await db.query('SELECT pg_advisory_xact_lock(7201518603)');
        second = migrate(testDatabase.url, silentLogger);
        await vi.waitFor(async () => expect(await waiting()).toBe(1), { timeout: 10_000 });
        expect(await describeSchema(owner)).toEqual([]);
      });
      expect(await second).toEqual(FILES);
    } finally {
      await holder.close();
    }
  });

  test('are not blocked by a lock that a killed process left behind', async () => {
    await migrate(testDatabase.url, silentLogger);
    await migrate(testDatabase.url, silentLogger, 'down');
    await owner.query('UPDATE knex_migrations_lock SET is_locked = 1');
    expect(await migrate(testDatabase.url, silentLogger)).toEqual(FILES.slice(-1));
  });

  test('of several databases of one cluster may run at once, though roles are the cluster’s', async () => {
    const others = await Promise.all(
      Array.from({ length: 3 }, () => createTestDatabase({ isMigrated: false })),
    );
    try {
      const ran = await Promise.all(
        [testDatabase, ...others].map(({ url }) => migrate(url, silentLogger)),
      );
      expect(ran).toEqual([FILES, FILES, FILES, FILES]);
    } finally {
      await Promise.all(others.map((other) => other.drop()));
    }
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
      owner.query(
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
    await owner.query(
      `INSERT INTO users (kind, first_name, last_name, status) VALUES ('guest', 'a', 'b', 'deleted')`,
    );
  });

  test('keeps updated_at true', async () => {
    const [before] = await owner.query<{ id: string; updated_at: Date }>(
      `INSERT INTO users (kind, first_name, last_name, updated_at)
       VALUES ('guest', 'a', 'b', '2020-01-01') RETURNING id, updated_at`,
    );
    const [after] = await owner.query<{ updated_at: Date }>(
      `UPDATE users SET first_name = 'c' WHERE id = $1 RETURNING updated_at`,
      [before?.id],
    );
    expect(after?.updated_at.getTime()).toBeGreaterThan(before?.updated_at.getTime() ?? Infinity);
  });

  test('has a comment on every table, view, column and function', async () => {
    const lines = await describeSchema(owner);
    const described = lines.filter((line) => /^(relation|column|function) /.test(line));
    expect(described.length).toBeGreaterThan(100);
    expect(described.filter((line) => / -- $/.test(line))).toEqual([]);
  });

  test('computes the duration of a stay', async () => {
    await owner.query(`
      WITH u AS (
        INSERT INTO users (kind, first_name, last_name) VALUES ('guest', 'a', 'b') RETURNING id
      ), r AS (
        INSERT INTO rooms (name, host_id) SELECT 'Hall', id FROM u RETURNING id, host_id
      )
      INSERT INTO meeting_history (room_id, user_id, joined_at)
      SELECT id, host_id, '2026-01-01 12:00Z' FROM r`);
    const durations = () =>
      owner.query('SELECT EXTRACT(EPOCH FROM duration)::int AS seconds FROM meeting_history');
    expect(await durations()).toEqual([{ seconds: null }]);
    await owner.query(`UPDATE meeting_history SET left_at = '2026-01-01 12:01:30Z'`);
    expect(await durations()).toEqual([{ seconds: 90 }]);
    await owner.query('UPDATE meeting_history SET left_at = NULL');
    expect(await durations()).toEqual([{ seconds: null }]);
  });
});
