import type { RoomId } from '@balai/protocol';
import type { UserId } from '../../kernel/route.ts';
import { userCurrentRoomKey } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

/**
 * In which room people are now, over all processes: a sign to their contacts, and
 * nothing that anybody relies on. Whoever is in several is in the one joined last.
 *
 * Every method throws AppError `unavailable` when Redis does not answer.
 */
export interface CurrentRooms {
  enter(roomId: RoomId, userId: UserId): Promise<void>;
  /** Prolongs what holds, and writes again what was lost. */
  refresh(roomId: RoomId, userIds: readonly UserId[]): Promise<void>;
  leave(roomId: RoomId, userId: UserId): Promise<void>;
  /** Who is in no room is not in the answer. */
  find(userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, RoomId>>;
}

/** ARGV: room, lifetime. */
const REFRESH = `
local room = redis.call('GET', KEYS[1])
if not room or room == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1
`;

/** ARGV: room. */
const LEAVE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
`;

/** @param leaseMs How long a place outlives the last heartbeat. */
export function createCurrentRooms(redis: RedisStore, leaseMs: number): CurrentRooms {
  return {
    async enter(roomId, userId) {
      await redis.run((client) => client.set(userCurrentRoomKey(userId), roomId, 'PX', leaseMs));
    },
    async refresh(roomId, userIds) {
      await redis.run((client) =>
        Promise.all(
          userIds.map((userId) =>
            client.eval(REFRESH, 1, userCurrentRoomKey(userId), roomId, leaseMs),
          ),
        ),
      );
    },
    async leave(roomId, userId) {
      await redis.run((client) => client.eval(LEAVE, 1, userCurrentRoomKey(userId), roomId));
    },
    async find(userIds) {
      const rooms = await redis.run((client) =>
        Promise.all(userIds.map((userId) => client.get(userCurrentRoomKey(userId)))),
      );
      return new Map(
        userIds.flatMap((userId, index) => {
          const roomId = rooms[index];
          return roomId === null || roomId === undefined ? [] : [[userId, roomId] as const];
        }),
      );
    },
  };
}
