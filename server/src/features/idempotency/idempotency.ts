import { createHash, createHmac, randomUUID } from 'node:crypto';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../store/postgres/database.ts';

/** A request of which nothing was heard for this long lost its process: it may be tried again. */
const ABANDONED_AFTER_MS = 60_000;
const RETRY_AFTER_MS = 1_000;

export interface OnceRequest {
  readonly userId: string;
  /** As the client chose it. Keys of two users have nothing to do with each other. */
  readonly key: string;
  /** Tells requests apart: method, path and body. */
  readonly content: string;
}

/** What is remembered: JSON, without headers. */
export interface OnceAnswer {
  readonly status: number;
  /** Undefined for an answer without a body. */
  readonly body: unknown;
}

/** Gives requests that are sent again the answer of the first time, over all replicas. */
export interface Idempotency {
  /**
   * Runs the work unless a request with this key was answered before. Work that
   * fails is forgotten, so that it can be tried again with the same key. Where a
   * process dies between the effect and its record, the work runs once more: of
   * those who send the request again after a minute, one gets to run it. However
   * long work takes, nobody takes it from a process that lives.
   *
   * @throws AppError `idempotency_key_reused` for another request under the same
   * key; `request_in_progress` while the first is under way; what the work throws.
   */
  runOnce(
    request: OnceRequest,
    work: () => Promise<OnceAnswer>,
  ): Promise<{ readonly answer: OnceAnswer; readonly isReplay: boolean }>;
}

interface Row {
  readonly request_hash: string;
  readonly status: number | null;
  readonly response: unknown;
}

/** A turn to do the work, which another process may get once this one is silent. */
interface Claim {
  readonly userId: string;
  readonly key: string;
  readonly id: string;
}

/**
 * @param abandonedAfterMs Tests make it shorter. A process that works says so three
 * times in this while.
 */
export function createIdempotency(
  database: Database,
  logger: Logger,
  abandonedAfterMs = ABANDONED_AFTER_MS,
): Idempotency {
  /** @returns undefined where it is ours to do. */
  const take = ({ userId, key, id }: Claim, hash: string): Promise<Row | undefined> =>
    database.asUser(userId, async (db) => {
      // Of two who come at once the second waits for the first one's row, and then
      // finds it fresh.
      const claimed = await db.query(
        `INSERT INTO idempotency_keys AS k (user_id, idempotency_key, request_hash, claim)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, idempotency_key) DO UPDATE
         SET created_at = NOW(), claim = EXCLUDED.claim
         WHERE k.status IS NULL AND k.request_hash = EXCLUDED.request_hash
           AND k.created_at < NOW() - make_interval(secs => $5)
         RETURNING k.user_id`,
        [userId, key, hash, id, abandonedAfterMs / 1_000],
      );
      if (claimed.length > 0) {
        return undefined;
      }
      const [row] = await db.query<Row>(
        `SELECT request_hash, status, response FROM idempotency_keys
         WHERE user_id = $1 AND idempotency_key = $2`,
        [userId, key],
      );
      // It may have been forgotten a moment ago, because it failed.
      return row ?? { request_hash: hash, status: null, response: null };
    });

  /**
   * Changes the row while it is still this claim's.
   *
   * @param sql Of which $1 to $3 are the claim.
   */
  const change = async (
    { userId, key, id }: Claim,
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<void> => {
    const rows = await database.asUser(userId, (db) =>
      db.query(
        `${sql} WHERE user_id = $1 AND idempotency_key = $2 AND claim = $3 AND status IS NULL
         RETURNING user_id`,
        [userId, key, id, ...values],
      ),
    );
    if (rows.length === 0) {
      logger.warn({ userId }, 'a request was taken over while its process was silent');
    }
  };

  /** What fails here costs less than the request: it may be taken over after a minute. */
  const attempt = async (what: string, claim: Claim, sql: string): Promise<void> => {
    try {
      await change(claim, sql);
    } catch (error) {
      logger.warn({ err: error, userId: claim.userId }, `an idempotency key was not ${what}`);
    }
  };

  /** Does the work, and says while it lasts that it is being done. */
  const runClaimed = async (claim: Claim, work: () => Promise<OnceAnswer>): Promise<OnceAnswer> => {
    const renewal = setInterval(() => {
      void attempt('renewed', claim, 'UPDATE idempotency_keys SET created_at = NOW()');
    }, abandonedAfterMs / 3);
    try {
      return await work();
    } catch (error) {
      await attempt('freed', claim, 'DELETE FROM idempotency_keys');
      throw error;
    } finally {
      clearInterval(renewal);
    }
  };

  return {
    async runOnce({ userId, key: chosenKey, content }, work) {
      // Of both only hashes are kept, and the key, which is random as a rule, keeps the
      // content from being guessed by its hash: it may hold a room's password.
      const key = createHash('sha256').update(chosenKey).digest('hex');
      const hash = createHmac('sha256', chosenKey).update(content).digest('hex');
      const claim: Claim = { userId, key, id: randomUUID() };
      const earlier = await take(claim, hash);
      if (earlier !== undefined) {
        return { answer: replay(earlier, hash), isReplay: true };
      }
      const answer = await runClaimed(claim, work);
      await change(claim, 'UPDATE idempotency_keys SET status = $4, response = $5', [
        answer.status,
        answer.body === undefined ? null : JSON.stringify(answer.body),
      ]);
      return { answer, isReplay: false };
    },
  };
}

function replay(row: Row, hash: string): OnceAnswer {
  if (row.request_hash !== hash) {
    throw new AppError('idempotency_key_reused');
  }
  if (row.status === null) {
    throw new AppError('request_in_progress', undefined, { retryAfterMs: RETRY_AFTER_MS });
  }
  return { status: row.status, body: row.response ?? undefined };
}
