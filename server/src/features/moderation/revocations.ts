import type { RoomId } from '@balai/protocol';
import type { Clock } from '../../kernel/clock.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { revokedIdentityKey } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

/** As long as the longest room token lives. */
const LIFETIME_MS = 24 * 60 * 60_000;

/** Who was sent out of which room, over all processes: what tokens they held is void. */
export interface Revocations {
  /** Voids every token that the person holds for the room by now. @throws AppError `unavailable`. */
  revoke(roomId: RoomId, userId: string): Promise<void>;
  /**
   * The moment before which tokens of the person for the room are void, in milliseconds
   * since 1970; null for none.
   *
   * @throws AppError `unavailable`.
   */
  find(roomId: RoomId, userId: string): Promise<number | null>;
  /** Whether this ticket is from before its bearer was sent out. @throws AppError `unavailable`. */
  voids(ticket: RoomTicket): Promise<boolean>;
}

/** Revocations in Redis. */
export function createRevocations(redis: RedisStore, clock: Clock): Revocations {
  const revocations: Revocations = {
    async revoke(roomId, userId) {
      const key = revokedIdentityKey(roomId, userId);
      await redis.run((client) => client.set(key, String(clock()), 'PX', LIFETIME_MS));
    },
    async find(roomId, userId) {
      const revokedAt = await redis.run((client) => client.get(revokedIdentityKey(roomId, userId)));
      return revokedAt === null ? null : Number(revokedAt);
    },
    async voids({ roomId, userId, bearerId, issuedAt }) {
      const revokedAt = await revocations.find(roomId, bearerId ?? userId);
      // Tokens know whole seconds: one of the same second may be from before.
      return revokedAt !== null && issuedAt <= revokedAt;
    },
  };
  return revocations;
}
