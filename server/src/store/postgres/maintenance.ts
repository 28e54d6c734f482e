import pg from 'pg';
import { mapDatabaseFault } from './postgres.ts';

/** Identifies this lock among the advisory locks of a database. */
const LOCK_ID = 7_201_518_604;
const CONNECT_TIMEOUT_MS = 5_000;
/** Behind a long transaction it gives way to the next run rather than hold up others. */
const LOCK_TIMEOUT_MS = 30_000;
/** The server gives up soon after this process is gone. */
const CONNECTION_CHECK_MS = 5_000;

export interface MaintenanceOptions {
  /** Of the owner of the tables, directly: the lock is the session's. */
  readonly ownerUrl: string;
  /** Tables whose indexes are made anew: those whose rows change most. */
  readonly reindexTables: readonly string[];
  /** Tables that were maintained by then are fresh; nothing is done when all are. */
  readonly dueBefore: Date;
}

export interface MaintenanceDone {
  readonly vacuumed: number;
  readonly reindexed: number;
  readonly durationMs: number;
}

/**
 * Reclaims the space of dead rows and refreshes the planner's statistics (VACUUM
 * ANALYZE) of every table that this role owns, and makes indexes anew (REINDEX
 * CONCURRENTLY). Readers and writers go on meanwhile. When it was done last is what
 * PostgreSQL itself remembers, so that all processes agree.
 *
 * @returns undefined where nothing is due, or another process is at it.
 * @throws AppError `unavailable` when the database does not answer; pg's
 * `DatabaseError` otherwise. What was done by then stays done.
 */
export async function maintainTables(
  options: MaintenanceOptions,
): Promise<MaintenanceDone | undefined> {
  const client = new pg.Client({
    connectionString: options.ownerUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'balai-maintenance',
  });
  // The statement under way reports a lost connection; this keeps the process alive.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query(`SET client_connection_check_interval = ${CONNECTION_CHECK_MS}`);
    const lock = await client.query<{ isMine: boolean }>(
      'SELECT pg_try_advisory_lock($1) AS "isMine"',
      [LOCK_ID],
    );
    return lock.rows[0]?.isMine === true ? await maintain(client, options) : undefined;
  } catch (error) {
    throw mapDatabaseFault(error);
  } finally {
    await client.end();
  }
}

async function maintain(
  client: pg.Client,
  { reindexTables, dueBefore }: MaintenanceOptions,
): Promise<MaintenanceDone | undefined> {
  const startedAt = performance.now();
  const tables = await readTables(client);
  if (tables.every(({ maintainedAt }) => maintainedAt !== null && maintainedAt >= dueBefore)) {
    return undefined;
  }
  // First the indexes: vacuuming the old ones would be work for nothing, and the mark that
  // PostgreSQL makes of a vacuum says that the whole is done.
  const named = tables.filter(({ name }) => reindexTables.includes(name));
  for (const table of named) {
    await dropLeftovers(client, table.oid);
    await client.query(`REINDEX TABLE CONCURRENTLY ${table.quoted}`);
  }
  for (const table of tables) {
    await client.query(`VACUUM (ANALYZE) ${table.quoted}`);
  }
  return {
    vacuumed: tables.length,
    reindexed: named.length,
    durationMs: Math.round(performance.now() - startedAt),
  };
}

interface Table {
  readonly oid: number;
  readonly name: string;
  readonly quoted: string;
  /** Null for never, and after the server forgot its counts in a crash. */
  readonly maintainedAt: Date | null;
}

async function readTables(client: pg.Client): Promise<readonly Table[]> {
  const { rows } = await client.query<Table>(`
    SELECT c.oid::int, c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted,
      least(s.last_vacuum, s.last_analyze) AS "maintainedAt"
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_stat_user_tables s ON s.relid = c.oid
    WHERE n.nspname = 'public' AND c.relkind = 'r' AND pg_has_role(c.relowner, 'USAGE')
    ORDER BY c.relname`);
  return rows;
}

/** A REINDEX that was cut off leaves an index that is written and never read. */
async function dropLeftovers(client: pg.Client, table: number): Promise<void> {
  const { rows } = await client.query<{ quoted: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS quoted
     FROM pg_index i
     JOIN pg_class c ON c.oid = i.indexrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE i.indrelid = $1 AND NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'`,
    [table],
  );
  for (const { quoted } of rows) {
    await client.query(`DROP INDEX CONCURRENTLY ${quoted}`);
  }
}
