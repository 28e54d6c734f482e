import { fileURLToPath } from 'node:url';
import knex from 'knex';
import pg from 'pg';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import { mapDatabaseFault } from './postgres.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../../migrations', import.meta.url));

/** Identifies this lock among the advisory locks of a database. */
const LOCK_ID = 7_201_518_603;
const LOCK_TIMEOUT_MS = 120_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Which way to go: everything up to the newest, or everything back to nothing. */
export type MigrationDirection = 'up' | 'down';

/**
 * Brings the schema to the newest migration (or, `down`, back to an empty one).
 *
 * One process migrates at a time: a second one waits up to two minutes, and then
 * finds nothing left to do. The lock belongs to a connection, so a process that
 * is killed half-way releases it, and PostgreSQL rolls the migration back.
 *
 * @returns names of the migrations that ran, in order.
 * @throws AppError `unavailable` when the database does not answer, `timeout`
 * when another process does not finish.
 */
export async function migrate(
  url: string,
  logger: Logger,
  direction: MigrationDirection = 'up',
): Promise<readonly string[]> {
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
    return await runMigrations(url, logger, direction);
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
  direction: MigrationDirection,
): Promise<readonly string[]> {
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
    // knex keeps a lock of its own in a table, where a killed process leaves it
    // behind for ever. Whoever is here holds the real lock, so it is stale.
    await database.migrate.forceFreeMigrationsLock();
    const [, names] =
      direction === 'up'
        ? await database.migrate.latest()
        : await database.migrate.rollback(undefined, true);
    const ran = (names as readonly string[]).map((name) => name.replace(/^.*\//, ''));
    logger.info({ migrations: ran, direction }, 'the database schema is current');
    return ran;
  } finally {
    await database.destroy();
  }
}
