import type { RoomId } from '@balai/protocol';
import { createRateLimit } from '../../store/redis/rate-limit.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

const WINDOW_MS = 10 * 60_000;

/** Bounds the guessing of room passwords. */
export interface PasswordLimits {
  /** Before the password is looked at. @throws AppError `rate_limited`, `unavailable`. */
  attempt(roomId: RoomId, network: string): Promise<void>;
  /** Gives the points of the attempt back: only failures count. */
  succeeded(roomId: RoomId, network: string): Promise<void>;
}

/**
 * From one address, enough for an office that joins at once; in all, so little
 * that many addresses do not get far either.
 */
export function createPasswordLimits(redis: RedisStore): PasswordLimits {
  const fromNetwork = createRateLimit(redis, {
    name: 'room-password-address',
    points: 50,
    windowMs: WINDOW_MS,
  });
  const inAll = createRateLimit(redis, {
    name: 'room-password',
    points: 500,
    windowMs: WINDOW_MS,
  });
  return {
    async attempt(roomId, network) {
      await fromNetwork.use(`${roomId}:${network}`);
      await inAll.use(roomId);
    },
    async succeeded(roomId, network) {
      await Promise.all([fromNetwork.refund(`${roomId}:${network}`), inAll.refund(roomId)]);
    },
  };
}
