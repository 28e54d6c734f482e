import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type KeyRing, loadKeyRing } from '../../server/src/store/files/key-ring.ts';
import { createSecrets } from '../../server/src/store/files/secrets.ts';
import { SECRET_COLUMNS } from '../../server/src/store/secret-columns.ts';
import { createTestDatabase, type TestDatabase } from '../../server/test/test-stores.ts';
import { rotateKeys } from './rotate-keys.ts';

let database: TestDatabase;
let client: Client;
let dataDir: string;
let keyRing: KeyRing;
beforeEach(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  dataDir = mkdtempSync(join(tmpdir(), 'balai-rotate-'));
  keyRing = await loadKeyRing(dataDir);
});
afterEach(async () => {
  await client.end();
  await database.drop();
  rmSync(dataDir, { recursive: true });
});

const rotate = () =>
  rotateKeys({
    client,
    keyRing,
    batchSize: 7,
    graceMs: 0,
    say: () => undefined,
    signal: new AbortController().signal,
  });

/** So many rows in each table, each with a secret, encrypted as a server would. */
async function fill(count: number): Promise<void> {
  const secrets = createSecrets(keyRing);
  await client.query(
    `INSERT INTO users (kind, first_name, last_name) SELECT 'guest', n, '' FROM generate_series(1, $1) n`,
    [count],
  );
  await client.query(`
    INSERT INTO user_sessions (user_id, token, family, expires_at, previous_token, rotation_salt, rotated_at)
      SELECT id, md5(id::text), md5('f' || id), NOW(), 'p', 'salt', NOW() FROM users`);
  await client.query(
    `INSERT INTO mails (id, content, encryption_key_id, expires_at)
     SELECT gen_random_uuid(), '', '', 'infinity' FROM generate_series(1, $1)`,
    [count],
  );
  await client.query(`SELECT create_project(gen_random_uuid(), 'Lontar', NULL, NULL)`);
  await client.query(
    `INSERT INTO api_keys (id, project_id, name, secret, encryption_key_id, scopes)
     SELECT 'BK' || lpad(n::text, 18, '0'), p.id, 'server', '', '', '{data}'
     FROM projects p, generate_series(1, $1) n`,
    [count],
  );
  for (const { table, column, rowIdSql } of SECRET_COLUMNS) {
    const { rows } = await client.query(`SELECT id, ${rowIdSql} AS "rowId" FROM ${table}`);
    for (const { id, rowId } of rows) {
      const place = { purpose: `${table}.${column}`, rowId };
      const { value, keyId } = await secrets.encryptSecret(place, `secret of ${rowId}`);
      await client.query(
        `UPDATE ${table} SET ${column} = $2, encryption_key_id = $3 WHERE id = $1`,
        [id, value, keyId],
      );
    }
  }
}

async function readAll(): Promise<{ keyIds: Set<string>; wrong: number; count: number }> {
  const secrets = createSecrets(keyRing);
  const keyIds = new Set<string>();
  let [wrong, count] = [0, 0];
  for (const { table, column, rowIdSql } of SECRET_COLUMNS) {
    const { rows } = await client.query(
      `SELECT ${rowIdSql} AS "rowId", ${column} AS value, encryption_key_id AS "keyId" FROM ${table} WHERE encryption_key_id IS NOT NULL`,
    );
    for (const { rowId, value, keyId } of rows) {
      const text = await secrets.decryptSecret({ purpose: `${table}.${column}`, rowId }, value);
      if (text !== `secret of ${rowId}` || value.split(':')[1] !== keyId) wrong += 1;
      keyIds.add(keyId);
      count += 1;
    }
  }
  return { keyIds, wrong, count };
}

test('every column with a key id beside it is one that a rotation goes through', async () => {
  const { rows } = await client.query(`
    SELECT c.relname AS table FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attname = 'encryption_key_id' AND c.relkind = 'r' ORDER BY 1`);
  expect(rows.map(({ table }) => table)).toEqual(
    SECRET_COLUMNS.map(({ table }) => table).toSorted(),
  );
});

test('a rotation gives every value the new key, and forgets the old one', async () => {
  await fill(30);
  const [old] = keyRing.keyIds();
  expect(await rotate()).toEqual({ count: 90, faults: [], dropped: [old] });
  const [current] = keyRing.keyIds();
  expect(await readAll()).toEqual({ keyIds: new Set([current]), wrong: 0, count: 90 });
  expect(keyRing.keyIds()).toHaveLength(1);
  expect(current).not.toBe(old);
});

test('a rotation that was stopped half-way is finished by the next one, with the same key', async () => {
  await fill(30);
  const stopped = new AbortController();
  let commits = 0;
  const stoppable = Object.create(client, {
    query: {
      value: (...args: [string, unknown[]]) => {
        if (args[0] === 'COMMIT' && ++commits === 4) stopped.abort(new Error('stopped'));
        return client.query(...args);
      },
    },
  }) as Client;
  const attempt = rotateKeys({
    client: stoppable,
    keyRing,
    batchSize: 7,
    graceMs: 0,
    say: () => undefined,
    signal: stopped.signal,
  });
  await expect(attempt).rejects.toThrow('stopped');
  const half = await readAll();
  expect(half).toMatchObject({ wrong: 0, count: 90 });
  expect(half.keyIds.size).toBe(2);

  keyRing = await loadKeyRing(dataDir); // another process
  const before = keyRing.keyIds();
  const { dropped } = await rotate();
  expect(dropped).toHaveLength(1);
  expect(keyRing.keyIds()).toEqual(before.filter((id) => !dropped.includes(id)));
  expect(await readAll()).toMatchObject({ wrong: 0, count: 90, keyIds: new Set(keyRing.keyIds()) });
});

test('a value that cannot be read keeps its key, and is told without being shown', async () => {
  await fill(3);
  const [old] = keyRing.keyIds();
  const { rows } = await client.query('SELECT id FROM user_sessions LIMIT 1');
  await client.query(`UPDATE user_sessions SET rotation_salt = 'broken' WHERE id = $1`, [
    rows[0].id,
  ]);
  const { faults, dropped } = await rotate();
  expect(faults).toEqual([expect.stringContaining(rows[0].id)]);
  expect(faults[0]).not.toContain('broken');
  expect(dropped).toEqual([]);
  expect(keyRing.keyIds()).toContain(old);
});

test('plain values stay plain', async () => {
  await client.query(`
    INSERT INTO users (kind, first_name, last_name) VALUES ('guest', 'a', '');
    INSERT INTO user_sessions (user_id, token, family, expires_at, previous_token, rotation_salt, rotated_at)
      SELECT id, 't', 'f', NOW(), 'p', 'plain', NOW() FROM users`);
  expect(await rotate()).toMatchObject({ count: 0, faults: [] });
  const { rows } = await client.query('SELECT rotation_salt AS value FROM user_sessions');
  expect(rows).toEqual([{ value: 'plain' }]);
});
