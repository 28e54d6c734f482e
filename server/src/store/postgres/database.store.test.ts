import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';
import { SYSTEM_FUNCTIONS } from './database.ts';

let stores: TestStores;
beforeAll(async () => {
  stores = await createTestStores();
});
afterAll(() => stores.close());

const CURRENT = 'SELECT current_user_id() AS id';

function addGuest(userId: string): Promise<unknown> {
  return stores.database.asUser(userId, (db) =>
    db.query(`INSERT INTO users (id, kind, first_name, last_name) VALUES ($1, 'guest', 'a', '')`, [
      userId,
    ]),
  );
}

const countUsers = async (userId: string) =>
  (await stores.owner.query('SELECT 1 FROM users WHERE id = $1', [userId])).length;

describe('work on behalf of a user', () => {
  test('sees that user, and is committed with its result', async () => {
    const userId = randomUUID();
    await addGuest(userId);
    expect(await stores.database.asUser(userId, (db) => db.query(CURRENT))).toEqual([
      { id: userId },
    ]);
    expect(await countUsers(userId)).toBe(1);
  });

  test('is rolled back when it rejects', async () => {
    const userId = randomUUID();
    const work = stores.database.asUser(userId, async (db) => {
      await db.query(
        `INSERT INTO users (id, kind, first_name, last_name) VALUES ($1, 'guest', 'a', '')`,
        [userId],
      );
      throw new RangeError('stop');
    });
    await expect(work).rejects.toThrow(new RangeError('stop'));
    expect(await countUsers(userId)).toBe(0);
  });

  test.each(['', 'nobody', "' OR TRUE --", `${randomUUID()}'`])(
    'needs a user: %j is none',
    async (userId) => {
      await expect(stores.database.asUser(userId, (db) => db.query(CURRENT))).rejects.toThrow(
        TypeError,
      );
    },
  );

  test('never sees another one’s user, however requests interleave', async () => {
    const users = Array.from({ length: 50 }, () => randomUUID());
    await Promise.all(users.map(addGuest));
    const seen: string[] = [];
    // More at a time than there are connections, so that they change hands.
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        users.map(async (userId) => {
          const rows = await stores.database.asUser(userId, (db) =>
            db.query<{ id: string }>('SELECT id FROM users'),
          );
          seen.push(rows.map(({ id }) => (id === userId ? 'own' : 'foreign')).join());
        }),
      );
    }
    expect(seen).toEqual(Array.from({ length: 1_000 }, () => 'own'));
  });

  test('has deadlines for its statements and for the pauses between them', async () => {
    const limits = await stores.database.asUser(randomUUID(), (db) =>
      db.query(`SELECT current_setting('statement_timeout') AS statement,
                       current_setting('idle_in_transaction_session_timeout') AS pause`),
    );
    expect(limits).toEqual([{ statement: '10s', pause: '15s' }]);
  });
});

describe('the functions that need no user', () => {
  test('exist, and are all that the list has', async () => {
    const rows = await stores.owner.query<{ name: string }>(
      `SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         AND prosecdef AND has_function_privilege('app_user', oid, 'EXECUTE')`,
    );
    const names = rows.map(({ name }) => name);
    expect(SYSTEM_FUNCTIONS.filter((name) => !names.includes(name))).toEqual([]);
  });

  test('run without a user', async () => {
    expect(await stores.database.call('find_credentials', ['nobody@example.org'])).toEqual([]);
    expect(await stores.database.call('find_session_user', ['x'])).toEqual([
      { find_session_user: null },
    ]);
  });
});
