import type { RoomId } from '@balai/protocol';
import { lobbyAdmissionKey } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

/** A working day: who drops out of a meeting does not wait again. */
const LIFETIME_MS = 12 * 60 * 60_000;

/** Who was let in from the lobby of a room, over all processes. */
export interface Admissions {
  /** @throws AppError `unavailable`. */
  add(roomId: RoomId, userIds: readonly string[]): Promise<void>;
  /** @throws AppError `unavailable`. */
  has(roomId: RoomId, userId: string): Promise<boolean>;
  /** Who is sent out of the room waits again. @throws AppError `unavailable`. */
  forget(roomId: RoomId, userId: string): Promise<void>;
}

/** Admissions in Redis. */
export function createAdmissions(redis: RedisStore): Admissions {
  return {
    async add(roomId, userIds) {
      await redis.run((client) =>
        Promise.all(
          userIds.map((userId) =>
            client.set(lobbyAdmissionKey(roomId, userId), '1', 'PX', LIFETIME_MS),
          ),
        ),
      );
    },
    async has(roomId, userId) {
      const found = await redis.run((client) => client.exists(lobbyAdmissionKey(roomId, userId)));
      return found === 1;
    },
    async forget(roomId, userId) {
      await redis.run((client) => client.del(lobbyAdmissionKey(roomId, userId)));
    },
  };
}
