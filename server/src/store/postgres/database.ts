import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import { type Metrics, NO_METRICS, startTimer } from '../../kernel/metrics.ts';
import { isUuid } from '../../kernel/uuid.ts';
import { BEGIN, createPool, type Queryable } from './postgres.ts';

/**
 * Functions of the database that reach across row security without acting for a
 * user. This is the whole list: what is not here needs a user. Each is
 * explained by its comment in `migrations/functions`.
 */
export const SYSTEM_FUNCTIONS = [
  'find_credentials',
  'find_session_user',
  'verify_email',
  'begin_password_reset',
  'reset_password',
  'find_room',
  'find_room_password',
  'find_room_video_codecs',
  'find_room_rules',
  'find_room_entry',
  'find_project_room',
  'find_project_by_issuer',
  'find_api_key',
  'touch_api_key',
  'ensure_external_user',
  'find_deserted_rooms',
  'find_open_stays',
  'close_stays',
  'clean_expired_sessions',
  'clean_guests',
  'clean_idempotency_keys',
  'create_due_reminders',
  'put_mail',
  'take_due_mails',
  'finish_mail',
  'postpone_mail',
] as const;
export type SystemFunction = (typeof SYSTEM_FUNCTIONS)[number];

/**
 * PostgreSQL, as the features use it: as a role that sees nothing by itself.
 * Row security decides by the user whom the transaction names.
 */
export interface Database {
  /**
   * Runs the work in one transaction on behalf of a user: committed when it
   * resolves, rolled back when it rejects. The Queryable ends with the work.
   *
   * Rows that the user may not see are not there, and writing what they may not
   * write is pg's `DatabaseError` with code 42501: check first, for a good answer.
   *
   * @param userId Of a registered user or a guest; must be a UUID.
   */
  asUser<T>(userId: string, work: (db: Queryable) => Promise<T>): Promise<T>;

  /**
   * Calls one of the functions that need no user.
   *
   * @returns its rows; for a function with one result, a row with one column of
   * the function's name.
   */
  call<Row extends object>(
    name: SystemFunction,
    args?: readonly unknown[],
  ): Promise<readonly Row[]>;

  /** @throws AppError `unavailable` when the database does not answer. */
  ping(): Promise<void>;

  /** Waits for the statements under way. Idempotent. */
  close(): Promise<void>;
}

/**
 * Connects with the first statement.
 *
 * @param url Of a role that is confined by row security, as `prepareDatabase`
 * gives it. May lead through a pooler in transaction mode.
 */
export function createDatabase(
  url: string,
  logger: Logger,
  metrics: Metrics = NO_METRICS,
): Database {
  const pool = createPool(url, logger);
  metrics.read((tell) => {
    const { total, idle, waiting } = pool.connections();
    tell('balai_postgres_connections', { state: 'idle' }, idle);
    tell('balai_postgres_connections', { state: 'busy' }, total - idle);
    tell('balai_postgres_waiting', {}, waiting);
  });
  const transact: typeof pool.transaction = async (work, begin) => {
    const seconds = startTimer();
    let outcome = 'ok';
    try {
      return await pool.transaction(work, begin);
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      metrics.observe('balai_postgres_transaction_duration_seconds', { outcome }, seconds());
    }
  };
  return {
    async asUser(userId, work) {
      if (!isUuid(userId)) {
        throw new TypeError('A user id must be a UUID');
      }
      return await transact(work, beginAs(userId));
    },
    call(name, args = []) {
      const places = args.map((_value, index) => `$${index + 1}`).join(', ');
      return transact(
        (transaction) => transaction.query(`SELECT * FROM ${name}(${places})`, args),
        beginAs(''),
      );
    },
    ping: pool.ping,
    close: pool.close,
  };
}

/** What the work of a transaction threw itself, such as that somebody may not, rolls it back too. */
function outcomeOf(error: unknown): 'unavailable' | 'timeout' | 'failed' {
  const code = error instanceof AppError ? error.code : undefined;
  return code === 'unavailable' || code === 'timeout' ? code : 'failed';
}

/**
 * The setting is the transaction's own and ends with it, so it cannot reach the
 * next user of the connection, pooler or not. One message, one round trip.
 *
 * @param userId A UUID, which needs no quoting, or empty for nobody.
 */
function beginAs(userId: string): string {
  return `${BEGIN};
SELECT set_config('app.user_id', '${userId}', TRUE)`;
}
