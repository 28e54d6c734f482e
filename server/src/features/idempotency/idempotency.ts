import { createHash, createHmac } from 'node:crypto';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../store/postgres/database.ts';

/** A request under way for longer than this lost its process: it may be tried again. */
const ABANDONED_AFTER_S = 60;
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
   * process dies between the effect and its record, the work runs once more.
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

export function createIdempotency(database: Database, logger: Logger): Idempotency {
  /** @returns undefined where it is ours to do. */
  const claim = (userId: string, key: string, hash: string): Promise<Row | undefined> =>
    database.asUser(userId, async (db) => {
      const claimed = await db.query(
        `INSERT INTO idempotency_keys AS k (user_id, idempotency_key, request_hash)
         VALUES ($1, $2, $3)
         ON CONFLICT (user_id, idempotency_key) DO UPDATE SET created_at = NOW()
         WHERE k.status IS NULL AND k.request_hash = EXCLUDED.request_hash
           AND k.created_at < NOW() - make_interval(secs => $4)
         RETURNING k.user_id`,
        [userId, key, hash, ABANDONED_AFTER_S],
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

  const forget = async (userId: string, key: string): Promise<void> => {
    try {
      await database.asUser(userId, (db) =>
        db.query('DELETE FROM idempotency_keys WHERE user_id = $1 AND idempotency_key = $2', [
          userId,
          key,
        ]),
      );
    } catch (error) {
      // The request's own failure matters more; the key is free again after a minute.
      logger.warn({ err: error, userId }, 'an idempotency key could not be freed');
    }
  };

  return {
    async runOnce({ userId, key: chosenKey, content }, work) {
      // Of both only hashes are kept, and the key, which is random as a rule, keeps the
      // content from being guessed by its hash: it may hold a room's password.
      const key = createHash('sha256').update(chosenKey).digest('hex');
      const hash = createHmac('sha256', chosenKey).update(content).digest('hex');
      const earlier = await claim(userId, key, hash);
      if (earlier !== undefined) {
        return { answer: replay(earlier, hash), isReplay: true };
      }
      let answer: OnceAnswer;
      try {
        answer = await work();
      } catch (error) {
        await forget(userId, key);
        throw error;
      }
      await database.asUser(userId, (db) =>
        db.query(
          `UPDATE idempotency_keys SET status = $3, response = $4
           WHERE user_id = $1 AND idempotency_key = $2`,
          [
            userId,
            key,
            answer.status,
            answer.body === undefined ? null : JSON.stringify(answer.body),
          ],
        ),
      );
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
