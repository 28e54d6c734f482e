import { createHash } from 'node:crypto';
import { checkWithin, createFailureLimit } from '../../store/redis/failure-limit.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

const MINUTE_MS = 60_000;

/**
 * Bounds guessing. Counts by what was typed, whether there is such an account or
 * not, so that the answer tells nothing. Only failures count: who signs in on many
 * devices at once is let in on all of them.
 */
export interface SignInLimits {
  /**
   * @param check Whether the password is right. Not called for who is refused.
   * @returns what it says.
   * @throws AppError `rate_limited`, `unavailable`, and what `check` throws.
   */
  check(email: string, network: string, check: () => Promise<boolean>): Promise<boolean>;
}

/**
 * Three limits: few failures for one account from one address, more for an
 * account from anywhere and for an address on any account. The first is used up
 * first, so one address alone cannot lock an account for everybody else.
 */
export function createSignInLimits(redis: RedisStore): SignInLimits {
  const pair = createFailureLimit(redis, {
    name: 'sign-in-pair',
    failures: 10,
    windowMs: 15 * MINUTE_MS,
    isForgiving: true,
  });
  const address = createFailureLimit(redis, {
    name: 'sign-in-address',
    failures: 100,
    windowMs: 15 * MINUTE_MS,
  });
  const account = createFailureLimit(redis, {
    name: 'sign-in-account',
    failures: 100,
    windowMs: 60 * MINUTE_MS,
  });
  return {
    async check(email, from, check) {
      const subject = toSubject(email);
      const limits = [
        [pair, `${subject}:${from}`],
        [address, from],
        [account, subject],
      ] as const;
      return await checkWithin(limits, check);
    },
  };
}

/** Redis needs no list of e-mail addresses. */
function toSubject(email: string): string {
  return createHash('sha256').update(email).digest('base64url').slice(0, 22);
}
