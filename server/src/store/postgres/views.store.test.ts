import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSourceFiles } from '../../../test/source-files.ts';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';

const [host, member, guest, stranger, admin] = Array.from({ length: 5 }, () => randomUUID());
const rooms = Array.from({ length: 3 }, () => randomUUID());
const [ended, , open] = rooms;
let stores: TestStores;

beforeAll(async () => {
  stores = await createTestStores();
  const { owner } = stores;
  for (const [id, name] of Object.entries({ host, member, guest, stranger, admin }).map(
    ([key, value]) => [value, key],
  )) {
    await owner.query(
      `INSERT INTO users (id, email, password, first_name, last_name, is_admin, last_login)
       VALUES ($1, $2, 'h', $3, 'Example', $4, '2026-01-01Z')`,
      [id, `${name}@example.org`, name, name === 'admin'],
    );
  }
  for (const room of rooms) {
    await owner.query(
      `INSERT INTO rooms (id, name, host_id, status, ended_at) VALUES ($1, 'Hall', $2, $3, $4)`,
      [room, host, room === open ? 'active' : 'ended', room === open ? null : '2026-01-02Z'],
    );
    await owner.query('INSERT INTO room_participants (room_id, user_id) VALUES ($1, $2)', [
      room,
      member,
    ]);
    await owner.query(
      `INSERT INTO meeting_history (room_id, user_id, joined_at, left_at)
       VALUES ($1, $2, '2026-01-01 12:00Z', '2026-01-01 12:01Z')`,
      [room, member],
    );
  }
  // Came twice, and is gone from the open room.
  await owner.query(
    `INSERT INTO room_participants (room_id, user_id, left_at) VALUES ($1, $3, now()), ($2, $3, now())`,
    [ended, open, guest],
  );
  await owner.query(
    `INSERT INTO meeting_history (room_id, user_id, joined_at, left_at)
     VALUES ($1, $2, '2026-01-01 12:00Z', '2026-01-01 12:04Z'),
            ($1, $2, '2026-01-01 12:05Z', '2026-01-01 12:06Z')`,
    [ended, guest],
  );
  await owner.query('INSERT INTO user_contacts (user_id, contact_id) VALUES ($1, $2), ($1, $3)', [
    member,
    host,
    stranger,
  ]);
  await owner.query('UPDATE user_contacts SET by_email = TRUE WHERE contact_id = $1', [stranger]);
});
afterAll(() => stores.close());

const read = (userId: string | undefined, sql: string) =>
  stores.database.asUser(userId ?? '', (db) => db.query(sql));

const ACTIVITY = `SELECT user_name, email, rooms_created::int, rooms_joined::int,
  meeting_participations::int, total_meeting_seconds::float, last_login FROM user_activity`;

test('user_activity counts exactly: 3 meetings of 60 s in 3 rooms are 3 and 180 s', async () => {
  expect(await read(member, ACTIVITY)).toEqual([
    {
      user_name: 'member Example',
      email: 'member@example.org',
      rooms_created: 0,
      rooms_joined: 3,
      meeting_participations: 3,
      total_meeting_seconds: 180,
      last_login: new Date('2026-01-01T00:00:00Z'),
    },
  ]);
  expect(await read(host, ACTIVITY)).toMatchObject([
    { rooms_created: 3, rooms_joined: 0, meeting_participations: 0, total_meeting_seconds: 0 },
  ]);
});

test('user_activity shows everybody to administrators and to the owner only', async () => {
  expect(await read(admin, ACTIVITY)).toHaveLength(5);
  expect(await stores.owner.query(`${ACTIVITY} WHERE email = 'guest@example.org'`)).toMatchObject([
    { rooms_joined: 2, meeting_participations: 2, total_meeting_seconds: 300 },
  ]);
  expect(await read(stranger, ACTIVITY)).toHaveLength(1);
});

test('user_activity leaves the deleted out', async () => {
  await stores.owner.query(`UPDATE users SET status = 'deleted' WHERE id = $1`, [stranger]);
  try {
    expect(await read(admin, ACTIVITY)).toHaveLength(4);
    expect(
      await read(member, 'SELECT contact_name FROM user_contacts_view ORDER BY contact_name'),
    ).toEqual([{ contact_name: 'host Example' }]);
  } finally {
    await stores.owner.query(`UPDATE users SET status = 'active' WHERE id = $1`, [stranger]);
  }
});

const STATISTICS = `SELECT room_id, host_name, total_participants::int, total_participations::int,
  avg_duration_seconds::float, meeting_start, meeting_end FROM meeting_statistics`;

test('meeting_statistics has the ended rooms, with exact figures, for who hosts or moderates them', async () => {
  const statistics = await read(host, `${STATISTICS} ORDER BY total_participants DESC`);
  expect(statistics).toMatchObject([
    {
      room_id: ended,
      host_name: 'host Example',
      total_participants: 2,
      total_participations: 3,
      avg_duration_seconds: 120,
      meeting_start: new Date('2026-01-01T12:00:00Z'),
      meeting_end: new Date('2026-01-01T12:06:00Z'),
    },
    { total_participants: 1, total_participations: 1, avg_duration_seconds: 60 },
  ]);
  expect(await read(admin, STATISTICS)).toHaveLength(2);
  // Who sees only their own stays would get wrong figures: they get none.
  expect(await read(member, STATISTICS)).toEqual([]);
  expect(await read(stranger, STATISTICS)).toEqual([]);
});

test('active_rooms counts who is there now, and shows a room to its people only', async () => {
  const sql = 'SELECT id, host_name, current_participants::int AS present FROM active_rooms';
  const expected = [{ id: open, host_name: 'host Example', present: 1 }];
  for (const userId of [host, member, guest]) {
    expect(await read(userId, sql)).toEqual(expected);
  }
  expect(await read(stranger, sql)).toEqual([]);
});

test('user_contacts_view shows own contacts, and the address to who added them by it', async () => {
  const sql = `SELECT contact_id, contact_name, contact_email, contact_status
    FROM user_contacts_view ORDER BY contact_name`;
  expect(await read(member, sql)).toEqual([
    {
      contact_id: host,
      contact_name: 'host Example',
      contact_email: null,
      contact_status: 'active',
    },
    {
      contact_id: stranger,
      contact_name: 'stranger Example',
      contact_email: 'stranger@example.org',
      contact_status: 'active',
    },
  ]);
  expect(await read(host, sql)).toEqual([]);
});

test('every view respects its caller’s rights', async () => {
  const views = await stores.owner.query<{ name: string; options: string[] | null }>(
    `SELECT relname AS name, reloptions AS options FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'v' ORDER BY relname`,
  );
  expect(views.map(({ name }) => name)).toEqual([
    'active_rooms',
    'meeting_statistics',
    'user_activity',
    'user_contacts_view',
  ]);
  for (const { name, options } of views) {
    expect(options, name).toEqual(['security_invoker=true']);
  }
});

test('every view and every table is in a statement of the server', async () => {
  const relations = await stores.owner.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
       AND relname NOT LIKE 'knex%'`,
  );
  expect(relations.length).toBeGreaterThan(12);
  // In features, or in functions that they call.
  const statements = readSourceFiles()
    .filter(
      ({ path, text }) =>
        (path.startsWith('server/src/features/') && !path.endsWith('.test.ts')) ||
        (path.startsWith('migrations/') && text.includes('CREATE FUNCTION')),
    )
    .map(({ text }) => text)
    .join('\n');
  const unused = relations.filter(
    ({ name }) => !new RegExp(`\\b(FROM|JOIN|INTO|UPDATE) ${name}\\b`).test(statements),
  );
  expect(unused).toEqual([]);
});
