import pg from 'pg';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
const MAX_CONNECTIONS = 20;

/** Runs statements, on a connection of its own or inside a transaction. */
export interface Queryable {
  /**
   * @param sql With `$1`, `$2`, … for the values; values never stand in the text.
   * @throws AppError `unavailable` when the connection is lost, `timeout` after 10 s.
   * Other faults are pg's `DatabaseError`.
   */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** Connections to PostgreSQL. */
export interface Pool extends Queryable {
  /**
   * Runs the work in one transaction: committed when it resolves, rolled back
   * when it rejects. The Queryable ends with the work.
   *
   * @param begin Statements that open it, sent in one go.
   */
  transaction<T>(work: (transaction: Queryable) => Promise<T>, begin?: string): Promise<T>;

  /** How many there are, how many of them do nothing, and how many transactions wait for one. */
  connections(): { readonly total: number; readonly idle: number; readonly waiting: number };

  /** @throws AppError `unavailable` when the database does not answer, or takes no writes. */
  ping(): Promise<void>;

  /** Waits for the statements under way. Idempotent. */
  close(): Promise<void>;
}

/** Opens a transaction whose statements, and the pauses between them, have deadlines. */
export const BEGIN = `BEGIN;
SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS};
SET LOCAL idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_TIMEOUT_MS}`;

/**
 * Makes a pool of connections. Connects with the first statement. Nothing is set
 * for a whole session: behind a pooler the next transaction has another one.
 */
export function createPool(url: string, logger: Logger): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 2_000,
    application_name: 'balai',
  });
  // Without a listener a connection that dies while idle would end the process.
  pool.on('error', (error) => {
    logger.warn({ err: error }, 'an idle database connection was lost');
  });
  let closing: Promise<void> | undefined;

  const query = async <Row extends object>(
    executor: pg.Pool | pg.PoolClient,
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Row[]> => {
    try {
      const result = await executor.query<Row>(sql, [...values]);
      return result.rows;
    } catch (error) {
      throw mapDatabaseFault(error);
    }
  };

  return {
    query: (sql, values) => query(pool, sql, values),
    async transaction(work, begin = BEGIN) {
      const connection = await connect(pool);
      let fault: unknown;
      // The pool listens to idle connections only. One that dies between two
      // statements of a transaction would end the process; the next statement
      // reports the loss.
      const onLoss = (error: Error) =>
        logger.warn({ err: error }, 'a database connection was lost in a transaction');
      connection.on('error', onLoss);
      try {
        await open(connection, begin);
        const result = await work({ query: (sql, values) => query(connection, sql, values) });
        await query(connection, 'COMMIT');
        return result;
      } catch (error) {
        fault = await rollBack(connection);
        throw error;
      } finally {
        // A connection that cannot even roll back is not fit for the next one;
        // the pool drops it, and what it still reports is listened to.
        if (fault === undefined) {
          connection.off('error', onLoss);
        }
        connection.release(fault instanceof Error ? fault : undefined);
      }
    },
    connections: () => ({
      total: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    async ping() {
      const [row] = await query<{ read_only: string }>(
        pool,
        `SELECT current_setting('transaction_read_only') AS read_only`,
      );
      if (row?.read_only === 'on') {
        throw new AppError('unavailable', 'The database takes no writes', { retryAfterMs: 1_000 });
      }
    },
    close() {
      closing ??= pool.end();
      return closing;
    },
  };
}

/** Whether a fault is the violation of this unique constraint or index. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return (
    error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === constraint
  );
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw mapDatabaseFault(error);
  }
}

/** Without values, so that several statements may go in one message. */
async function open(connection: pg.PoolClient, begin: string): Promise<void> {
  try {
    await connection.query(begin);
  } catch (error) {
    throw mapDatabaseFault(error);
  }
}

/** @returns what went wrong, or undefined. */
async function rollBack(connection: pg.PoolClient): Promise<unknown> {
  try {
    await connection.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error;
  }
}

/** SQLSTATE classes and codes that mean: the server is away, full, a standby, or going away. */
const AWAY_SQLSTATE = /^(08...|25006|53...|57P0[1-5])$/;
const AWAY_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENOENT/;

/** Turns a lost connection and a statement that took too long into AppErrors. */
export function mapDatabaseFault(error: unknown): unknown {
  if (!(error instanceof Error)) {
    return error;
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === '57014' || error.message === 'Query read timeout') {
    return new AppError('timeout', 'The database did not answer in time', { cause: error });
  }
  if (AWAY_SQLSTATE.test(code) || AWAY_MESSAGE.test(`${code} ${error.message}`)) {
    return new AppError('unavailable', 'The database does not answer', {
      cause: error,
      retryAfterMs: 1_000,
    });
  }
  return error;
}
