import type { RoomId } from '@balai/protocol';
import { checkWithin, createFailureLimit } from '../../store/redis/failure-limit.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

const WINDOW_MS = 10 * 60_000;

/** Bounds the guessing of room passwords. Only failures count. */
export interface PasswordLimits {
  /**
   * @param check Whether the password is right. Not called for who is refused.
   * @returns what it says.
   * @throws AppError `rate_limited`, `unavailable`, and what `check` throws.
   */
  check(roomId: RoomId, network: string, check: () => Promise<boolean>): Promise<boolean>;
}

/**
 * From one address, enough for an office that joins at once; in all, so little
 * that many addresses do not get far either.
 */
export function createPasswordLimits(redis: RedisStore): PasswordLimits {
  const fromNetwork = createFailureLimit(redis, {
    name: 'room-password-address',
    failures: 50,
    windowMs: WINDOW_MS,
  });
  const inAll = createFailureLimit(redis, {
    name: 'room-password',
    failures: 500,
    windowMs: WINDOW_MS,
  });
  return {
    async check(roomId, network, check) {
      const limits = [
        [fromNetwork, `${roomId}:${network}`],
        [inAll, roomId],
      ] as const;
      return await checkWithin(limits, check);
    },
  };
}
