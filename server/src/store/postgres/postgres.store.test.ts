import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../../../test/cuttable-proxy.ts';
import { createTestDatabase, silentLogger, type TestDatabase } from '../../../test/test-stores.ts';
import { createPool, isUniqueViolation, type Pool } from './postgres.ts';

let testDatabase: TestDatabase;
let database: Pool;
let proxy: CuttableProxy;
beforeAll(async () => {
  testDatabase = await createTestDatabase({ isMigrated: false });
  proxy = await startCuttableProxy(testDatabase.url, 5432);
  database = createPool(proxy.url, silentLogger);
  await database.query('CREATE TABLE things (id int CONSTRAINT one_of_each UNIQUE)');
});
afterEach(() => database.query('TRUNCATE things'));
afterAll(async () => {
  await database.close();
  await proxy.close();
  await testDatabase.drop();
});

const countThings = async () => (await database.query('SELECT 1 FROM things')).length;

describe('a transaction', () => {
  test('is committed with the result of its work', async () => {
    const result = await database.transaction(async (transaction) => {
      await transaction.query('INSERT INTO things VALUES (1)');
      return 'done';
    });
    expect(result).toBe('done');
    expect(await countThings()).toBe(1);
  });

  test('is rolled back when its work rejects, and passes the fault on', async () => {
    const work = database.transaction(async (transaction) => {
      await transaction.query('INSERT INTO things VALUES (1)');
      throw new RangeError('stop');
    });
    await expect(work).rejects.toThrow(new RangeError('stop'));
    expect(await countThings()).toBe(0);
  });

  test('leaves its connection fit for the next one after a fault of SQL', async () => {
    for (let round = 0; round < 30; round += 1) {
      const work = database.transaction((transaction) => transaction.query('SELECT nonsense'));
      await expect(work).rejects.toThrow(/nonsense/);
    }
    expect(await countThings()).toBe(0);
  });

  test('does not see another one’s unfinished work', async () => {
    await database.transaction(async (transaction) => {
      await transaction.query('INSERT INTO things VALUES (1)');
      expect(await countThings()).toBe(0);
    });
    expect(await countThings()).toBe(1);
  });
});

describe('faults', () => {
  test('of uniqueness are told by their constraint', async () => {
    await database.query('INSERT INTO things VALUES (1)');
    const fault = await database
      .query('INSERT INTO things VALUES (1)')
      .catch((error: unknown) => error);
    expect(isUniqueViolation(fault, 'one_of_each')).toBe(true);
    expect(isUniqueViolation(fault, 'another')).toBe(false);
    expect(isUniqueViolation(new Error('x'), 'one_of_each')).toBe(false);
  });

  test('of time are the AppError timeout', async () => {
    const slow = database.transaction(async (transaction) => {
      await transaction.query('SET LOCAL statement_timeout = 50');
      await transaction.query('SELECT pg_sleep(10)');
    });
    await expect(slow).rejects.toMatchObject({ code: 'timeout' });
  });

  test('of the connection are the AppError unavailable, and heal', async () => {
    const underWay = database.query('SELECT pg_sleep(10)');
    const assertion = expect(underWay).rejects.toMatchObject({ code: 'unavailable' });
    // The statement is on its way once another one, sent later, has been answered.
    await database.ping();
    await proxy.cut();
    await assertion;
    await expect(database.ping()).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterMs: 1_000,
    });
    await proxy.mend();
    await database.ping();
  });

  test('of an administrator who ends connections are the AppError unavailable', async () => {
    const ended = database.transaction(async (transaction) => {
      const [row] = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await database.query('SELECT pg_terminate_backend($1)', [row?.pid]);
      await transaction.query('SELECT 1');
    });
    await expect(ended).rejects.toMatchObject({ code: 'unavailable' });
    await database.ping();
  });

  test('of a database that takes no writes, as a standby, are the AppError unavailable', async () => {
    const standby = new URL(testDatabase.url);
    standby.searchParams.set('options', '-c default_transaction_read_only=on');
    const pool = createPool(standby.href, silentLogger);
    await expect(pool.ping()).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 1_000 });
    await expect(pool.query('CREATE TABLE notes (id INTEGER)')).rejects.toMatchObject({
      code: 'unavailable',
    });
    await pool.close();
  });

  test('of a closed pool are the AppError unavailable', async () => {
    const closed = createPool(testDatabase.url, silentLogger);
    await closed.close();
    await closed.close();
    await expect(closed.ping()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
