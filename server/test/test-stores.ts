import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createLogger, type Logger } from '../src/kernel/logger.ts';
import { apiRoleOf } from '../src/store/postgres/api-role.ts';
import { createDatabase, type Database } from '../src/store/postgres/database.ts';
import { prepareDatabase } from '../src/store/postgres/migrate.ts';
import { createPool, type Pool } from '../src/store/postgres/postgres.ts';
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

/**
 * Who owns the tests' databases: no superuser, whom row security would not bind,
 * so that what works here works in production.
 */
const OWNER = 'balai_test_owner';

export interface TestDatabase {
  /** Of its owner. */
  readonly url: string;
  /** Of the role of the API; of nobody before the database is migrated. */
  readonly apiUrl: string;
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
  url.username = OWNER;
  url.pathname = `/${name}`;
  await administer(maintenanceUrl, async (client) => {
    await ensureOwner(client, decodeURIComponent(url.password));
    await client.query(`CREATE DATABASE ${name} OWNER ${OWNER}`);
  });
  return {
    url: url.href,
    apiUrl: options.isMigrated ? await prepareTestDatabase(url.href) : '',
    drop: () =>
      administer(maintenanceUrl, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
        await client.query(`DROP ROLE IF EXISTS ${apiRoleOf(name)}`);
      }),
  };
}

/** Migrates a database. @returns the URL of the role of the API. */
export function prepareTestDatabase(url: string): Promise<string> {
  return prepareDatabase({
    ownerUrl: url,
    apiUrl: undefined,
    loadApiPassword: async () => 'only-for-tests',
    logger: silentLogger,
  });
}

/** URL of the tests' Redis under a key prefix that nobody else has. */
export function createTestRedisUrl(): string {
  const url = new URL(engineUrl('BALAI_TEST_REDIS_URL'));
  url.searchParams.set('keyPrefix', `test-${randomBytes(6).toString('hex')}:`);
  return url.href;
}

export interface TestStores {
  /** Of the owner. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** As the features have it. */
  readonly database: Database;
  /** As the owner, who sees every row: for what a test arranges and looks up. */
  readonly owner: Pool;
  readonly redis: RedisStore;
  close(): Promise<void>;
}

/** Both stores, empty, with the present schema. @param redisUrl Default one with a prefix of its own. */
export async function createTestStores(redisUrl = createTestRedisUrl()): Promise<TestStores> {
  const testDatabase = await createTestDatabase();
  const database = createDatabase(testDatabase.apiUrl, silentLogger);
  const owner = createPool(testDatabase.url, silentLogger);
  const redis = await connectRedis(redisUrl, silentLogger);
  return {
    databaseUrl: testDatabase.url,
    redisUrl,
    database,
    owner,
    redis,
    async close() {
      await Promise.all([database.close(), owner.close(), redis.close()]);
      await testDatabase.drop();
    },
  };
}

/** The same stores, as another process has them: over a connection to Redis of its own. */
export async function connectBeside(stores: TestStores, redisUrl: string): Promise<TestStores> {
  const redis = await connectRedis(redisUrl, silentLogger);
  return { ...stores, redisUrl, redis, close: () => redis.close() };
}

/** Test files run side by side, and the role is theirs in common. */
async function ensureOwner(client: pg.Client, password: string): Promise<void> {
  await client.query(`
    DO $$
    BEGIN
      CREATE ROLE ${OWNER} LOGIN CREATEROLE PASSWORD ${client.escapeLiteral(password)};
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
    $$`);
}

async function administer(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
