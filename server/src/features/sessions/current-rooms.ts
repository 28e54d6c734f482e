import type { Identity, RoomId } from '@balai/protocol';
import { userCurrentRoomKey } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

/**
 * In which room people are now, over all processes: a sign to their contacts, and
 * nothing that anybody relies on. Whoever is in several is in the one joined last.
 *
 * Every method throws AppError `unavailable` when Redis does not answer.
 */
export interface CurrentRooms {
  enter(roomId: RoomId, identity: Identity): Promise<void>;
  /** Prolongs what holds, and writes again what was lost. */
  refresh(roomId: RoomId, identities: readonly Identity[]): Promise<void>;
  leave(roomId: RoomId, identity: Identity): Promise<void>;
  /** Who is in no room is not in the answer. */
  find(identities: readonly Identity[]): Promise<ReadonlyMap<Identity, RoomId>>;
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
    async enter(roomId, identity) {
      await redis.run((client) => client.set(userCurrentRoomKey(identity), roomId, 'PX', leaseMs));
    },
    async refresh(roomId, identities) {
      await redis.run((client) =>
        Promise.all(
          identities.map((identity) =>
            client.eval(REFRESH, 1, userCurrentRoomKey(identity), roomId, leaseMs),
          ),
        ),
      );
    },
    async leave(roomId, identity) {
      await redis.run((client) => client.eval(LEAVE, 1, userCurrentRoomKey(identity), roomId));
    },
    async find(identities) {
      const rooms = await redis.run((client) =>
        Promise.all(identities.map((identity) => client.get(userCurrentRoomKey(identity)))),
      );
      return new Map(
        identities.flatMap((identity, index) => {
          const roomId = rooms[index];
          return roomId === null || roomId === undefined ? [] : [[identity, roomId] as const];
        }),
      );
    },
  };
}
