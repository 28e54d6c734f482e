import { AppError } from '../../kernel/app-error.ts';
import { verifyPassword } from '../../kernel/password.ts';
import type { Database } from '../../store/postgres/database.ts';
import { createRateLimit } from '../../store/redis/rate-limit.ts';
import type { RedisStore } from '../../store/redis/redis.ts';
import { findOwnPassword } from './user-rows.ts';

const WINDOW_MS = 15 * 60_000;

/**
 * Makes sure that it is the person who asks for something grave, and not somebody
 * at their open laptop or with a stolen token.
 *
 * @throws AppError `invalid_credentials`; `rate_limited` after ten failures.
 */
export type CheckPassword = (userId: string, password: string) => Promise<void>;

export function createPasswordCheck(database: Database, redis: RedisStore): CheckPassword {
  const failures = createRateLimit(redis, {
    name: 'password-check',
    points: 10,
    windowMs: WINDOW_MS,
  });
  return async (userId, password) => {
    await failures.use(userId);
    const hash = await database.asUser(userId, findOwnPassword);
    if (hash === undefined || !(await verifyPassword(hash, password))) {
      throw new AppError('invalid_credentials', 'This is not the password of the account');
    }
    await failures.reset(userId);
  };
}
