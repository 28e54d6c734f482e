import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createLogger, type Logger } from '../src/kernel/logger.ts';
import { migrate } from '../src/store/postgres/migrate.ts';
import { createDatabase, type Database } from '../src/store/postgres/postgres.ts';
import { connectRedis, type RedisStore } from '../src/store/redis/redis.ts';

/** Discards everything. */
export const silentLogger: Logger = createLogger('silent');

/** Where the tests' engines are. The test runner sets both. */
function engineUrl(name: 'BALAI_TEST_DATABASE_URL' | 'BALAI_TEST_REDIS_URL'): string {
  const url = process.env[name];
  if (url === undefined) {
    throw new Error(`${name} is not set: run the tests with npm test`);
  }
  return url;
}

export interface TestDatabase {
  readonly url: string;
  /** Ends other people's connections too. */
  drop(): Promise<void>;
}

/** Makes a database of its own, empty or with the present schema. */
export async function createTestDatabase(
  options: { readonly isMigrated: boolean } = { isMigrated: true },
): Promise<TestDatabase> {
  const maintenanceUrl = engineUrl('BALAI_TEST_DATABASE_URL');
  const name = `balai_test_${randomBytes(6).toString('hex')}`;
  const url = new URL(maintenanceUrl);
  url.pathname = `/${name}`;
  await administer(maintenanceUrl, `CREATE DATABASE ${name}`);
  if (options.isMigrated) {
    await migrate(url.href, silentLogger);
  }
  return {
    url: url.href,
    drop: () => administer(maintenanceUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** URL of the tests' Redis under a key prefix that nobody else has. */
export function createTestRedisUrl(): string {
  const url = new URL(engineUrl('BALAI_TEST_REDIS_URL'));
  url.searchParams.set('keyPrefix', `test-${randomBytes(6).toString('hex')}:`);
  return url.href;
}

export interface TestStores {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly database: Database;
  readonly redis: RedisStore;
  close(): Promise<void>;
}

/** Both stores, empty, with the present schema. */
export async function createTestStores(): Promise<TestStores> {
  const testDatabase = await createTestDatabase();
  const redisUrl = createTestRedisUrl();
  const database = createDatabase(testDatabase.url, silentLogger);
  const redis = await connectRedis(redisUrl, silentLogger);
  return {
    databaseUrl: testDatabase.url,
    redisUrl,
    database,
    redis,
    async close() {
      await Promise.all([database.close(), redis.close()]);
      await testDatabase.drop();
    },
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
