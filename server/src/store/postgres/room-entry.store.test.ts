import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';

let stores: TestStores;
let hostId: string;
let userId: string;
let roomId: string;

beforeAll(async () => {
  stores = await createTestStores();
});
afterAll(() => stores.close());
beforeEach(async () => {
  [hostId, userId] = [await addUser(), await addUser()];
  roomId = await insert(`INSERT INTO rooms (name, host_id) VALUES ('Hall', '${hostId}')`);
});

async function insert(statement: string): Promise<string> {
  const [row] = await stores.owner.query<{ id: string }>(`${statement} RETURNING id`);
  return row?.id ?? '';
}

function addUser(): Promise<string> {
  return insert(`INSERT INTO users (first_name, last_name, kind) VALUES ('Ann', '', 'guest')`);
}

async function arrive(role: string, at: Date): Promise<void> {
  await stores.database.asUser(userId, (db) =>
    db.query('SELECT record_arrival($1, $2, $3)', [roomId, role, at]),
  );
}

async function give(role: string): Promise<void> {
  await stores.database.asUser(hostId, (db) =>
    db.query('UPDATE room_participants SET role = $3 WHERE room_id = $1 AND user_id = $2', [
      roomId,
      userId,
      role,
    ]),
  );
}

async function findEntry() {
  const [row] = await stores.database.call<{
    is_banned: boolean;
    is_recent: boolean;
    role: string | null;
    role_given_at: Date | null;
  }>('find_room_entry', [roomId, userId]);
  return row;
}

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);

describe('find_room_entry', () => {
  test('says of strangers that they are neither banned nor known', async () => {
    expect(await findEntry()).toEqual({
      is_banned: false,
      is_recent: false,
      role: null,
      role_given_at: null,
    });
  });

  test('knows who is there, who left a moment ago, and who is banned', async () => {
    await arrive('participant', ago(10));
    expect(await findEntry()).toMatchObject({ is_recent: true });
    const leave = (minutes: number) =>
      stores.owner.query('UPDATE room_participants SET left_at = $2 WHERE room_id = $1', [
        roomId,
        ago(minutes),
      ]);
    await leave(4);
    expect(await findEntry()).toMatchObject({ is_recent: true });
    await leave(6);
    expect(await findEntry()).toMatchObject({ is_recent: false, is_banned: false });
    await stores.database.asUser(hostId, (db) =>
      db.query(
        `INSERT INTO room_bans (room_id, user_id, identity, name, banned_by)
         VALUES ($1, $2, 'ann', 'Ann', $3)`,
        [roomId, userId, hostId],
      ),
    );
    expect(await findEntry()).toMatchObject({ is_banned: true });
  });
});

describe('the role of who returns', () => {
  test('is the one that they come with', async () => {
    await arrive('participant', ago(10));
    await arrive('moderator', ago(5));
    expect(await findEntry()).toMatchObject({ role: 'moderator', role_given_at: null });
  });

  test('is the one that they were given, unless they come with another one later', async () => {
    await arrive('participant', ago(10));
    await give('listener');
    const { role_given_at: givenAt } = (await findEntry()) ?? {};
    expect(givenAt).toBeInstanceOf(Date);
    // An arrival that is written down late.
    await arrive('participant', ago(5));
    expect(await findEntry()).toMatchObject({ role: 'listener', role_given_at: givenAt });
    await arrive('moderator', new Date(Date.now() + 60_000));
    expect(await findEntry()).toMatchObject({ role: 'moderator', role_given_at: givenAt });
  });

  test('is theirs while nobody gives them another', async () => {
    await arrive('participant', ago(10));
    await give('participant');
    expect(await findEntry()).toMatchObject({ role: 'participant', role_given_at: null });
  });
});

test('find_room_rules says what a room is like, to whoever knows its id', async () => {
  const rules = async () => (await stores.database.call('find_room_rules', [roomId]))[0];
  expect(await rules()).toMatchObject({ is_locked: false, spotlight: [], settings: {} });
  await stores.database.asUser(hostId, async (db) => {
    await db.query(`UPDATE rooms SET is_locked = TRUE, spotlight = '{ann,ben}' WHERE id = $1`, [
      roomId,
    ]);
    await db.query(
      `INSERT INTO room_settings (room_id, setting_key, setting_value)
       VALUES ($1, 'lobby_enabled', 'true'), ($1, 'last_n', '3')`,
      [roomId],
    );
  });
  expect(await rules()).toMatchObject({
    is_locked: true,
    spotlight: ['ann', 'ben'],
    settings: { lobby_enabled: 'true' },
  });
});

test('nobody but the host says who is shown large, or shuts a room', async () => {
  await arrive('moderator', ago(1));
  const rows = await stores.database.asUser(userId, (db) =>
    db.query(`UPDATE rooms SET is_locked = TRUE, spotlight = '{eve}' WHERE id = $1 RETURNING id`, [
      roomId,
    ]),
  );
  expect(rows).toEqual([]);
});
