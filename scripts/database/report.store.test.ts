import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../server/test/test-stores.ts';
import { type DatabaseReport, readReport } from './report.ts';
import { reportText } from './report-text.ts';

let testDatabase: TestDatabase;
let client: Client;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  client = new Client({ connectionString: testDatabase.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await testDatabase.drop();
});

async function read(): Promise<DatabaseReport> {
  // What this connection did is counted now, not within the next second.
  await client.query('SELECT pg_stat_force_next_flush()');
  await client.query('SELECT pg_stat_clear_snapshot()');
  return await readReport(client, testDatabase.url);
}

/** It counts 5,000 statements of all databases, and forgets some in the midst of a test that comes late. */
async function countStatementsAnew(): Promise<void> {
  const superuser = new Client({ connectionString: process.env['BALAI_TEST_DATABASE_URL'] });
  await superuser.connect();
  await superuser.query('SELECT pg_stat_statements_reset()');
  await superuser.end();
}

test('the costliest queries of this database, with the columns of every release since 13', async () => {
  await countStatementsAnew();
  for (let round = 0; round < 3; round += 1) {
    await client.query('SELECT pg_sleep(0.2) AS "the query of this test", 1 AS one');
  }
  const { rows } = (await read()).sections.expensiveQueries;
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.length).toBeLessThanOrEqual(10);
  const own = rows.find(({ query }) => String(query).includes('the query of this test'));
  expect(own).toEqual({
    query: expect.stringContaining('pg_sleep($1)'),
    calls: 3,
    total_time: expect.any(Number),
    mean_time: expect.any(Number),
    rows: 3,
  });
  expect(Number(own?.['total_time'])).toBeGreaterThanOrEqual(Number(own?.['mean_time']) * 2.5);
});

test('sizes of all tables, the use of all indexes, and who is at work', async () => {
  const other = new Client({ connectionString: testDatabase.url, application_name: 'busy' });
  await other.connect();
  const sleeping = other.query('SELECT pg_sleep(60)').catch((error: unknown) => error);
  try {
    await client.query(`
      INSERT INTO users (kind, first_name, last_name) SELECT 'guest', n, '' FROM generate_series(1, 500) n`);
    await client.query('SELECT FROM users WHERE id = gen_random_uuid()');
    const { tableSizes, indexUsage, activeConnections } = (await read()).sections;
    expect(tableSizes.rows[0]).toMatchObject({ schemaname: 'public', tablename: 'users' });
    expect(tableSizes.rows.map(({ tablename }) => tablename)).toContain('room_messages');
    const byName = Object.fromEntries(indexUsage.rows.map((row) => [row['indexname'], row]));
    expect(Object.keys(byName)).toEqual(
      expect.arrayContaining(['users_pkey', 'idx_rooms_host_id']),
    );
    expect(activeConnections.rows).toContainEqual(
      expect.objectContaining({
        application_name: 'busy',
        state: 'active',
        query: 'SELECT pg_sleep(60)',
      }),
    );
  } finally {
    await client.query(
      'SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
      ['busy'],
    );
    await sleeping;
    await other.end();
  }
});

test('indexes that nobody uses, tables that are read whole, and foreign keys that would be', async () => {
  await client.query(`
    CREATE TABLE parents (id int PRIMARY KEY);
    CREATE TABLE children (id int PRIMARY KEY, parent_id int REFERENCES parents, indexed_id int REFERENCES parents, text text);
    CREATE INDEX never_used ON children(text);
    CREATE INDEX for_the_key ON children(indexed_id, text);
    INSERT INTO children (id, text) SELECT n, n FROM generate_series(1, 20000) n`);
  await client.query('ANALYZE children');
  for (let round = 0; round < 3; round += 1) {
    await client.query("SELECT FROM children WHERE text || '' = 'x'");
  }
  const { unusedIndexes, missingIndexes, unindexedForeignKeys } = (await read()).sections;
  const unused = unusedIndexes.rows.map(({ indexname }) => indexname);
  expect(unused).toContain('never_used');
  expect(unused).not.toContain('children_pkey');
  expect(missingIndexes.rows).toEqual([
    expect.objectContaining({ tablename: 'children', idx_scan: 0 }),
  ]);
  expect(unindexedForeignKeys.rows.filter(({ tablename }) => tablename === 'children')).toEqual([
    expect.objectContaining({ constraint: 'children_parent_id_fkey' }),
  ]);
});

test('as a text it is one line for each row, whatever a statement holds', async () => {
  await client.query('SELECT pg_sleep(0.5) AS "two\nlines \u001b[2J"');
  const report = await read();
  const text = reportText(report);
  for (const { title } of Object.values(report.sections)) expect(text).toContain(`\n${title}\n`);
  expect(text).toMatch(/^balai_test_\w+ on PostgreSQL \d+/);
  expect(text).toContain('two lines');
  expect(text).not.toContain('\u001b');
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test('where the counting extension is not loaded, the report says how to turn it on', async () => {
  // Another extension's place: this database has none of its own, and no other may be entered.
  const url = new URL(testDatabase.url);
  url.password = 'wrong';
  const { expensiveQueries, tableSizes } = (await readReport(client, url.href)).sections;
  expect(expensiveQueries).toMatchObject({
    rows: [],
    note: expect.stringMatching(/not there.*shared_preload_libraries/),
  });
  expect(tableSizes.rows.length).toBeGreaterThan(0);
});
