import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';
import { systemClock } from '../../kernel/clock.ts';
import { maintainTables } from '../../store/postgres/maintenance.ts';
import { createMaintenanceJob } from './maintenance-job.ts';

const HOUR_MS = 3_600_000;
let stores: TestStores;
beforeAll(async () => {
  stores = await createTestStores();
});
afterAll(() => stores.close());

const job = () =>
  createMaintenanceJob({
    ownerUrl: stores.databaseUrl,
    intervalMs: HOUR_MS,
    reindexTables: ['user_sessions', 'room_messages'],
    clock: systemClock,
  });

/** Files of the indexes, which REINDEX replaces. */
async function indexFiles(table: string): Promise<readonly object[]> {
  return await stores.owner.query(
    `SELECT c.relname AS name, pg_relation_filenode(c.oid) AS file FROM pg_index i
     JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1::regclass ORDER BY 1`,
    [table],
  );
}

test('tables are vacuumed and analysed, and the named ones get new indexes, once an interval', async () => {
  await stores.owner.query(
    `INSERT INTO users (kind, first_name, last_name) SELECT 'guest', n, '' FROM generate_series(1, 1000) n`,
  );
  await stores.owner.query('DELETE FROM users');
  const [sessions, users] = [await indexFiles('user_sessions'), await indexFiles('users')];

  expect(await job().run()).toEqual({
    vacuumed: expect.any(Number),
    reindexed: 2,
    durationMs: expect.any(Number),
  });
  const changed = await indexFiles('user_sessions');
  expect(changed).toHaveLength(sessions.length);
  for (const [index, file] of changed.entries()) expect(file).not.toEqual(sessions[index]);
  expect(await indexFiles('users')).toEqual(users);
  // What VACUUM itself wrote down: the counters of dead rows reach the statistics later.
  const [table] = await stores.owner.query(
    `SELECT relpages AS pages FROM pg_class WHERE oid = 'users'::regclass`,
  );
  expect(table).toEqual({ pages: 0 });

  expect(await job().run()).toBeUndefined();
  const dueBefore = new Date(Date.now() + 1_000);
  const { databaseUrl: ownerUrl } = stores;
  expect(await maintainTables({ ownerUrl, reindexTables: [], dueBefore })).toMatchObject({
    reindexed: 0,
  });
});

test('while one process is at it, another one leaves it alone', async () => {
  const options = {
    ownerUrl: stores.databaseUrl,
    reindexTables: ['user_sessions', 'room_messages', 'room_participants'],
    dueBefore: new Date(Date.now() + HOUR_MS),
  };
  const holder = new pg.Client({ connectionString: stores.databaseUrl });
  await holder.connect();
  await holder.query('BEGIN');
  // Whichever comes first waits for this, until the other one has seen it.
  await holder.query('LOCK TABLE user_sessions IN SHARE UPDATE EXCLUSIVE MODE');
  const both = [maintainTables(options), maintainTables(options)];
  expect(await Promise.race(both)).toBeUndefined();
  await holder.query('ROLLBACK');
  await holder.end();
  const results = await Promise.all(both);
  expect(results.filter((result) => result === undefined)).toHaveLength(1);
});

test('what a REINDEX that was cut off left is removed by the next one', async () => {
  await stores.owner.query('CREATE INDEX idx_left_ccnew ON user_sessions (user_agent)');
  // As PostgreSQL leaves it, which only a superuser can bring about by hand.
  const url = new URL(process.env['BALAI_TEST_DATABASE_URL'] ?? '');
  url.pathname = new URL(stores.databaseUrl).pathname;
  const superuser = new pg.Client({ connectionString: url.href });
  await superuser.connect();
  await superuser.query(
    `UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'idx_left_ccnew'::regclass`,
  );
  await superuser.end();
  const { databaseUrl: ownerUrl } = stores;
  const dueBefore = new Date(Date.now() + HOUR_MS);
  await maintainTables({ ownerUrl, reindexTables: ['user_sessions'], dueBefore });
  const [row] = await stores.owner.query<{ name: string | null }>(
    `SELECT to_regclass('idx_left_ccnew') AS name`,
  );
  expect(row?.name).toBeNull();
});
