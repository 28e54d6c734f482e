import { createHash } from 'node:crypto';
import { createRateLimit } from '../../store/redis/rate-limit.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

const MINUTE_MS = 60_000;

/**
 * Bounds guessing. Counts by what was typed, whether there is such an account or
 * not, so that the answer tells nothing.
 */
export interface SignInLimits {
  /** Before the password is looked at. @throws AppError `rate_limited`, `unavailable`. */
  attempt(email: string, network: string): Promise<void>;
  /** Gives the points of the attempt back: only failures count. */
  succeeded(email: string, network: string): Promise<void>;
}

/**
 * Three limits: few attempts for one account from one address, more for an
 * account from anywhere and for an address on any account. The first is used up
 * first, so one address alone cannot lock an account for everybody else.
 */
export function createSignInLimits(redis: RedisStore): SignInLimits {
  const pair = createRateLimit(redis, {
    name: 'sign-in-pair',
    points: 10,
    windowMs: 15 * MINUTE_MS,
  });
  const address = createRateLimit(redis, {
    name: 'sign-in-address',
    points: 100,
    windowMs: 15 * MINUTE_MS,
  });
  const account = createRateLimit(redis, {
    name: 'sign-in-account',
    points: 100,
    windowMs: 60 * MINUTE_MS,
  });
  return {
    async attempt(email, from) {
      const subject = toSubject(email);
      await pair.use(`${subject}:${from}`);
      await address.use(from);
      await account.use(subject);
    },
    async succeeded(email, from) {
      const subject = toSubject(email);
      await Promise.all([
        pair.reset(`${subject}:${from}`),
        address.refund(from),
        account.refund(subject),
      ]);
    },
  };
}

/** Redis needs no list of e-mail addresses. */
function toSubject(email: string): string {
  return createHash('sha256').update(email).digest('base64url').slice(0, 22);
}
