import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, silentLogger, type TestDatabase } from '../../../test/test-stores.ts';
import { AppError } from '../../kernel/app-error.ts';
import type { Metrics } from '../../kernel/metrics.ts';
import { createDatabase, type Database } from './database.ts';

let testDatabase: TestDatabase;
let database: Database;
const outcomes: string[] = [];
/** What operators would read now. */
let readAll: () => Record<string, number>;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const readers: Parameters<Metrics['read']>[0][] = [];
  database = createDatabase(testDatabase.apiUrl, silentLogger, {
    count: () => undefined,
    observe: (_name, labels) => outcomes.push(Object.values(labels).join()),
    read: (reader) => readers.push(reader),
  });
  readAll = () => {
    const told: Record<string, number> = {};
    for (const reader of readers) {
      void reader((name, labels, value) => {
        told[[name, ...Object.values(labels)].join(' ')] = value;
      });
    }
    return told;
  };
});
afterAll(async () => {
  await database?.close();
  await testDatabase?.drop();
});

test('transactions are timed under what came of them', async () => {
  await database.asUser(randomUUID(), (db) => db.query('SELECT 1'));
  await database.call('find_open_stays').catch(() => undefined);
  const forbidden = database.asUser(randomUUID(), async () => {
    throw new AppError('forbidden');
  });
  await expect(forbidden).rejects.toMatchObject({ code: 'forbidden' });
  expect([outcomes[0], outcomes.at(-1)]).toEqual(['ok', 'failed']);
  expect(outcomes).toHaveLength(3);
});

test('connections are told of as they are, and who waits for one', async () => {
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const work = database.asUser(randomUUID(), async () => {
    begun.resolve();
    await held.promise;
  });
  await begun.promise;
  expect(readAll()).toMatchObject({
    'balai_postgres_connections busy': 1,
    balai_postgres_waiting: 0,
  });
  held.resolve();
  await work;
  expect(readAll()).toMatchObject({ 'balai_postgres_connections busy': 0 });
});
