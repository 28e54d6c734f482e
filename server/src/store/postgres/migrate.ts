import { fileURLToPath } from 'node:url';
import knex from 'knex';
import pg from 'pg';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import { assertConfined, ensureApiRole } from './api-role.ts';
import { mapDatabaseFault } from './postgres.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../../migrations', import.meta.url));

/** Identifies this lock among the advisory locks of a database. */
const LOCK_ID = 7_201_518_603;
const LOCK_TIMEOUT_MS = 120_000;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Where to go: `up` to the newest migration, `down` by the newest one, `redo`
 * down by the newest one and up again, `reset` back to an empty schema.
 */
export type MigrationStep = 'up' | 'down' | 'redo' | 'reset';

/** Names of migrations, in their order. */
export interface MigrationStatus {
  readonly done: readonly string[];
  readonly pending: readonly string[];
}

export interface DatabasePreparation {
  /** Of the owner of the schema, directly: locks and roles do not go through a pooler. */
  readonly ownerUrl: string;
  /** Of the role of the API, where the operator made it. */
  readonly apiUrl: string | undefined;
  /** Password of the role of the API otherwise. ASCII. */
  readonly loadApiPassword: () => Promise<string>;
  readonly logger: Logger;
}

/**
 * Brings the schema to the newest migration, and makes sure of the role with
 * which the API connects.
 *
 * @returns the URL to connect as that role.
 * @throws AppError as `migrate`, Error for people where the role is not fit.
 */
export async function prepareDatabase(preparation: DatabasePreparation): Promise<string> {
  const { ownerUrl, apiUrl, loadApiPassword, logger } = preparation;
  const url = await withLock(ownerUrl, logger, async (owner) => {
    await runMigrations(ownerUrl, logger, 'up');
    return apiUrl ?? (await ensureApiRole(owner, ownerUrl, await loadApiPassword()));
  });
  await assertConfined(url);
  return url;
}

/**
 * Changes the schema.
 *
 * One process migrates at a time: a second one waits up to two minutes, and then
 * finds nothing left to do. The lock belongs to a connection, so a process that
 * is killed half-way releases it, and PostgreSQL rolls the migration back.
 *
 * @param url Of the owner of the schema.
 * @returns names of the migrations that ran, in order; of those that went down with `redo`.
 * @throws AppError `unavailable` when the database does not answer, `timeout`
 * when another process does not finish.
 */
export async function migrate(
  url: string,
  logger: Logger,
  step: MigrationStep = 'up',
): Promise<readonly string[]> {
  return await withLock(url, logger, () => runMigrations(url, logger, step));
}

/** What ran and what did not. @throws AppError as `migrate`. */
export async function readMigrationStatus(url: string, logger: Logger): Promise<MigrationStatus> {
  return await withLock(url, logger, () =>
    withKnex(url, logger, async ({ migrate: migrator }) => {
      const [done, pending] = (await migrator.list()) as [{ name: string }[], { file: string }[]];
      return { done: done.map(({ name }) => name), pending: pending.map(({ file }) => file) };
    }),
  );
}

async function withLock<T>(
  url: string,
  logger: Logger,
  work: (holder: pg.Client) => Promise<T>,
): Promise<T> {
  const lock = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'balai-migrate',
  });
  // The statement under way reports a lost connection; this keeps the process alive.
  lock.on('error', (error) => logger.warn({ err: error }, 'the migration lock was lost'));
  try {
    await lock.connect();
    await lock.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await lock.query('SELECT pg_advisory_lock($1)', [LOCK_ID]);
    return await work(lock);
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '55P03') {
      throw new AppError('timeout', 'Another process holds the migration lock', { cause: error });
    }
    throw mapDatabaseFault(error);
  } finally {
    await lock.end();
  }
}

async function runMigrations(
  url: string,
  logger: Logger,
  step: MigrationStep,
): Promise<readonly string[]> {
  return await withKnex(url, logger, async ({ migrate: migrator }) => {
    // knex keeps a lock of its own in a table, where a killed process leaves it
    // behind for ever. Whoever is here holds the real lock, so it is stale.
    await migrator.forceFreeMigrationsLock();
    const names = await takeStep(migrator, step);
    const ran = names.map((name) => name.replace(/^.*\//, ''));
    logger.info({ migrations: ran, step }, 'the database schema was migrated');
    return ran;
  });
}

async function takeStep(
  migrator: knex.Knex.Migrator,
  step: MigrationStep,
): Promise<readonly string[]> {
  switch (step) {
    case 'up':
      return (await migrator.latest())[1];
    case 'down':
      return (await migrator.down())[1];
    case 'redo': {
      const [, names] = await migrator.down();
      await migrator.latest();
      return names;
    }
    case 'reset':
      return (await migrator.rollback(undefined, true))[1];
  }
}

async function withKnex<T>(
  url: string,
  logger: Logger,
  work: (database: knex.Knex) => Promise<T>,
): Promise<T> {
  const database = knex({
    client: 'pg',
    connection: url,
    pool: { min: 0, max: 2 },
    migrations: { directory: MIGRATIONS, loadExtensions: ['.ts'] },
    log: {
      warn: (message: unknown) => logger.warn({ detail: message }, 'the migration tool warns'),
      error: (message: unknown) => logger.error({ detail: message }, 'the migration tool failed'),
      debug: (message: unknown) => logger.debug({ detail: message }, 'the migration tool says'),
      deprecate: () => logger.debug('the migration tool deprecates something'),
    },
  });
  try {
    return await work(database);
  } catch (error) {
    throw explainRefusal(error, logger);
  } finally {
    await database.destroy();
  }
}

/** knex puts the whole statement before the message; people need what comes after it. */
function explainRefusal(error: unknown, logger: Logger): unknown {
  const fault = mapDatabaseFault(error);
  if (fault instanceof AppError || !(error instanceof pg.DatabaseError)) {
    return fault;
  }
  logger.error({ err: error }, 'a migration failed');
  const reason = error.message.split(' - ').at(-1) ?? '';
  return new Error(
    `The database refused a migration: ${reason}${error.hint ? `. ${error.hint}` : ''}`,
  );
}
