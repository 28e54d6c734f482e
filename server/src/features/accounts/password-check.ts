import { AppError } from '../../kernel/app-error.ts';
import { verifyPassword } from '../../kernel/password.ts';
import type { Database } from '../../store/postgres/database.ts';
import { checkWithin, createFailureLimit } from '../../store/redis/failure-limit.ts';
import type { RedisStore } from '../../store/redis/redis.ts';
import { findOwnPassword } from './user-rows.ts';

const WINDOW_MS = 15 * 60_000;

/**
 * Makes sure that it is the person who asks for something grave, and not somebody
 * at their open laptop or with a stolen token.
 *
 * @returns the hash of the password, for `holdPassword` in the transaction that does it.
 * @throws AppError `invalid_credentials`; `rate_limited` after ten failures.
 */
export type CheckPassword = (userId: string, password: string) => Promise<string>;

export function createPasswordCheck(database: Database, redis: RedisStore): CheckPassword {
  const limit = createFailureLimit(redis, {
    name: 'password-check',
    failures: 10,
    windowMs: WINDOW_MS,
    isForgiving: true,
  });
  return async (userId, password) => {
    let hash: string | undefined;
    const isRight = await checkWithin([[limit, userId]], async () => {
      hash = await database.asUser(userId, findOwnPassword);
      return hash !== undefined && (await verifyPassword(hash, password));
    });
    if (hash === undefined || !isRight) {
      throw new AppError('invalid_credentials', 'This is not the password of the account');
    }
    return hash;
  };
}
