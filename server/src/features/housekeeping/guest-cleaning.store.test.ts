import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';
import { createCleaningJobs } from './cleaning-jobs.ts';

const DAY_MS = 86_400_000;

let stores: TestStores;
let roomId: string;
beforeAll(async () => {
  stores = await createTestStores();
});
beforeEach(async () => {
  await stores.owner.query('DELETE FROM users');
  const [host] = await stores.owner.query<{ id: string }>(
    `INSERT INTO users (email, password, first_name, last_name, created_at)
     VALUES ('host@example.org', 'x', 'Hanna', 'Example', now() - interval '1 year') RETURNING id`,
  );
  const [room] = await stores.owner.query<{ id: string }>(
    `INSERT INTO rooms (name, host_id) VALUES ('Hall', $1) RETURNING id`,
    [host?.id],
  );
  roomId = room?.id ?? '';
});
afterAll(() => stores.close());

/** A guest of the room who came some days ago. @param leftDaysAgo Null for who is there still. */
async function addGuest(name: string, cameDaysAgo: number, leftDaysAgo: number | null) {
  const id = randomUUID();
  await stores.owner.query(
    `INSERT INTO users (id, kind, first_name, last_name, created_at)
     VALUES ($1, 'guest', $2, '', now() - make_interval(days => $3))`,
    [id, name, cameDaysAgo],
  );
  for (const table of ['room_participants', 'meeting_history']) {
    await stores.owner.query(
      `INSERT INTO ${table} (room_id, user_id, joined_at, left_at)
       VALUES ($1, $2, now() - make_interval(days => $3), now() - make_interval(days => $4))`,
      [roomId, id, cameDaysAgo, leftDaysAgo],
    );
  }
  return id;
}

async function clean(guestsKeptMs: number | undefined = 30 * DAY_MS): Promise<object | undefined> {
  const jobs = createCleaningJobs(stores.database, { intervalMs: 1_000, guestsKeptMs });
  return await jobs.find(({ name }) => name === 'clean-guests')?.run();
}

async function names(): Promise<string[]> {
  const rows = await stores.owner.query<{ name: string }>(
    'SELECT first_name AS name FROM users ORDER BY 1',
  );
  return rows.map(({ name }) => name);
}

test('guests who left long ago are deleted, with what is theirs', async () => {
  await addGuest('long gone', 40, 31);
  await addGuest('just gone', 40, 29);
  await addGuest('new', 1, 1);
  expect(await clean()).toEqual({ deleted: 1 });
  expect(await names()).toEqual(['Hanna', 'just gone', 'new']);
  expect(await stores.owner.query('SELECT FROM room_participants')).toHaveLength(2);
  expect(await stores.owner.query('SELECT FROM meeting_history')).toHaveLength(2);
  expect(await clean()).toBeUndefined();
});

test('guests who are in a room stay, however long they are there', async () => {
  await addGuest('sitting', 400, null);
  expect(await clean()).toBeUndefined();
  expect(await names()).toEqual(['Hanna', 'sitting']);
});

test('guests who wrote something stay as its author', async () => {
  const id = await addGuest('author', 400, 399);
  await stores.owner.query(
    `INSERT INTO room_messages (room_id, user_id, message) VALUES ($1, $2, 'Hello')`,
    [roomId, id],
  );
  await clean();
  const [message] = await stores.owner.query(
    'SELECT u.first_name AS name, m.message FROM room_messages m JOIN users u ON u.id = m.user_id',
  );
  expect(message).toEqual({ name: 'author', message: 'Hello' });
});

test('guests who never got in are deleted too; accounts never are', async () => {
  await stores.owner.query(
    `INSERT INTO users (kind, first_name, last_name, created_at) VALUES
       ('guest', 'outside', '', now() - interval '31 days'),
       ('external', 'embedded', '', now() - interval '1 year')`,
  );
  await clean();
  expect(await names()).toEqual(['embedded', 'Hanna'].toSorted());
});

test('people of applications are deleted like guests, unless they are banned or got messages', async () => {
  const { owner, database } = stores;
  const projectId = randomUUID();
  await owner.query(`SELECT create_project($1, 'Lontar', NULL, NULL)`, [projectId]);
  const [project] = await owner.query<{ host: string }>(
    'SELECT service_user_id AS host FROM projects WHERE id = $1',
    [projectId],
  );
  const host = project?.host ?? '';
  const [hall] = await owner.query<{ id: string }>(
    `INSERT INTO rooms (name, host_id) VALUES ('Class', $1) RETURNING id`,
    [host],
  );
  const add = async (name: string): Promise<string> => {
    const id = randomUUID();
    await database.call('ensure_external_user', [projectId, id, name, name]);
    return id;
  };
  await add('gone');
  const [banned, told, present] = [await add('banned'), await add('told'), await add('present')];
  await owner.query(
    `INSERT INTO room_bans (room_id, user_id, identity, name) VALUES ($1, $2, 'x', 'x')`,
    [hall?.id, banned],
  );
  await owner.query(
    `INSERT INTO room_messages (room_id, user_id, message, recipient_id) VALUES ($1, $2, 'Psst', $3)`,
    [hall?.id, host, told],
  );
  await owner.query('INSERT INTO room_participants (room_id, user_id) VALUES ($1, $2)', [
    hall?.id,
    present,
  ]);
  await owner.query(`UPDATE users SET created_at = now() - interval '31 days'`);
  expect(await clean()).toEqual({ deleted: 1 });
  expect(new Set(await names())).toEqual(new Set(['Hanna', 'Lontar', 'banned', 'present', 'told']));
  await owner.query('DELETE FROM projects');
});

test('more than one transaction’s worth of guests are deleted, past those who stay', async () => {
  await stores.owner.query(
    `INSERT INTO users (kind, first_name, last_name, created_at)
     SELECT 'guest', 'crowd', '', '2020-01-01'::timestamptz + n / 100 * interval '1 us'
     FROM generate_series(1, 1600) n`,
  );
  await stores.owner.query(
    `INSERT INTO room_messages (room_id, user_id, message)
     SELECT $1, id, 'Hello' FROM (
       SELECT id FROM users WHERE kind = 'guest' ORDER BY created_at, id LIMIT 600) u`,
    [roomId],
  );
  expect(await clean()).toEqual({ deleted: 1_000 });
  expect(await names()).toHaveLength(601);
});

test('nobody is deleted where the operator keeps guests', async () => {
  const jobs = createCleaningJobs(stores.database, { intervalMs: 1_000, guestsKeptMs: undefined });
  expect(jobs.map(({ name }) => name)).not.toContain('clean-guests');
});
