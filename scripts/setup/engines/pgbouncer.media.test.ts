/**
 * The whole server behind a real PgBouncer in transaction mode, whose few connections
 * every user's statements share: whose rows one sees must not depend on who was there before.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase } from '../../../server/src/store/postgres/database.ts';
import { spawnServer } from '../../../server/test/server-process.ts';
import {
  createTestDatabase,
  createTestRedisUrl,
  silentLogger,
  type TestDatabase,
} from '../../../server/test/test-stores.ts';
import type { Engine } from './engine.ts';
import { startPgBouncer } from './pgbouncer.fixture.ts';

const USERS = 50;
const REQUESTS = 1_000;
const POOL_SIZE = 3;
/** More than the API's own connections, few enough that none waits for one too long. */
const AT_ONCE = 40;

let folder: string;
let testDatabase: TestDatabase;
let pooler: Engine;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'balai-pooler-'));
  chmodSync(folder, 0o711);
  testDatabase = await createTestDatabase();
  pooler = await startPgBouncer({
    folder: join(folder, 'pgbouncer'),
    upstreamUrl: testDatabase.apiUrl,
    poolSize: POOL_SIZE,
    signal: new AbortController().signal,
  });
});
afterAll(async () => {
  await pooler.stop();
  await testDatabase.drop();
  rmSync(folder, { recursive: true });
});

async function onClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Does it for 0, 1, … count - 1, many at once. */
async function interleaved(
  count: number,
  work: (index: number) => Promise<void>,
  atOnce = AT_ONCE,
): Promise<void> {
  let next = 0;
  const line = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, line));
}

/** How many of the pooler's connections have worked for the API. */
const backends = (): Promise<number> =>
  onClient(testDatabase.url, async (client) => {
    const { rows } = await client.query(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND usename = $1`,
      [new Client(testDatabase.apiUrl).user],
    );
    return rows[0].count;
  });

test('through the pooler every transaction sees its own user, and a statement between them sees nobody', async () => {
  const ids: string[] = await onClient(testDatabase.url, async (client) => {
    const { rows } = await client.query(
      `INSERT INTO users (kind, first_name, last_name)
       SELECT 'guest', n, '' FROM generate_series(1, $1) n RETURNING id`,
      [USERS],
    );
    await client.query(
      `INSERT INTO user_settings (user_id, setting_key, setting_value) SELECT id, 'who', id FROM users`,
    );
    return rows.map(({ id }) => id);
  });
  const database = createDatabase(pooler.url, silentLogger);
  // Statements that name nobody, on the same connections of the pooler as those that do.
  const nobody = new Pool({ connectionString: pooler.url, max: 5 });
  const seen: unknown[] = [];
  const wanted: unknown[] = [];
  try {
    await interleaved(REQUESTS, async (index) => {
      const id = ids[(index * 7) % USERS] ?? '';
      const kind = index % 4;
      if (kind === 3) {
        const { rows } = await nobody.query(
          `SELECT coalesce(current_setting('app.user_id', TRUE), '') AS id,
               (SELECT count(*)::int FROM user_settings) AS count,
               current_setting('statement_timeout') AS timeout`,
        );
        wanted[index] = [{ id: '', count: 0, timeout: '0' }];
        seen[index] = rows;
        return;
      }
      const failure = new Error('rolled back');
      const work = database.asUser(id, async (db) => {
        const [me] = await db.query<{ id: string }>('SELECT current_user_id() AS id');
        const settings = await db.query<{ value: string }>(
          'SELECT setting_value AS value FROM user_settings',
        );
        seen[index] = [me?.id, ...settings.map(({ value }) => value)];
        if (kind === 1) throw failure;
        if (kind === 2) await db.query('SELECT 1/0');
      });
      wanted[index] = [id, id];
      if (kind === 0) await work;
      else await expect(work).rejects.toThrow(kind === 1 ? failure.message : 'division by zero');
    });
    expect(seen).toEqual(wanted);
    expect(await backends()).toBeLessThanOrEqual(POOL_SIZE);
  } finally {
    await nobody.end();
    await database.close();
  }
});

test('a server behind the pooler answers 1,000 interleaved requests of 50 people, each their own', async () => {
  const server = spawnServer({
    DATABASE_URL: testDatabase.url,
    BALAI_DATABASE_API_URL: pooler.url,
    REDIS_URL: createTestRedisUrl(),
    PORT: '0',
    BALAI_HOST: '127.0.0.1',
    BALAI_RTC_PORT: '0',
    BALAI_WORKERS: '1',
    BALAI_DATA_DIR: join(folder, 'data'),
    BALAI_LOG_LEVEL: 'warn',
    MEDIASOUP_WORKER_BIN: process.env['MEDIASOUP_WORKER_BIN'] ?? '',
  });
  try {
    const url = await server.ready;
    const call = async (path: string, token: string | undefined, body?: unknown) => {
      const answer = await fetch(`${url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: await answer.json() };
    };
    const people: { email: string; token: string; roomId: string }[] = [];
    const signUp = async (index: number): Promise<void> => {
      const email = `person-${index}@pooler.example.org`;
      const person = { email, password: 'correct horse battery', firstName: `P${index}` };
      const account = await call('/v1/auth/register', undefined, {
        ...person,
        lastName: 'Example',
      });
      expect(account).toMatchObject({ status: 201 });
      const token: string = account.body.accessToken;
      const room = await call('/v1/rooms', token, { name: `Room of ${email}` });
      expect(room).toMatchObject({ status: 201 });
      people[index] = { email, token, roomId: room.body.id };
    };
    // Few at once: hashing fifty passwords is slow on a busy machine.
    await interleaved(USERS, signUp, 4);
    const answers: Awaited<ReturnType<typeof call>>[] = [];
    await interleaved(REQUESTS, async (index) => {
      const { token } = people[(index * 11) % USERS] ?? {};
      answers[index] = await call(index % 2 === 0 ? '/v1/users/me' : '/v1/rooms', token);
    });
    const wrong = answers.filter(({ status, body }, index) => {
      const person = people[(index * 11) % USERS];
      if (status !== 200) return true;
      if (index % 2 === 0) return body.email !== person?.email;
      const rooms: { id: string }[] = body.rooms ?? body.items;
      return rooms.length !== 1 || rooms[0]?.id !== person?.roomId;
    });
    expect(wrong).toEqual([]);
    expect(await backends()).toBeLessThanOrEqual(POOL_SIZE);
    expect(server.output()).not.toMatch(/"level":(50|60)/);
  } finally {
    await server.kill();
  }
}, 120_000);
