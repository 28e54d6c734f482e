import type { RoomId, TrackId } from '@balai/protocol';
import type { Logger } from '../kernel/logger.ts';
import type { PeerId } from '../media/node-media.ts';
import { roomNodesKey, roomTracksKey } from '../store/redis/keys.ts';
import type { RedisStore } from '../store/redis/redis.ts';
import { NOW } from './registry.ts';
import type { RoomPlaces } from './room-places.ts';
import type { ReplicaId } from './wire.ts';

/** How long what a replica said outlives it. */
const LEASE_MS = 30_000;
/** A lease outlives two lost renewals. */
const RENEWAL_MS = 10_000;

/** KEYS: nodes, tracks. ARGV: lease, replica, pairs of node and people, '', pairs of track and node. */
const RENEW = `
${NOW}
local i = 3
while ARGV[i] ~= '' do
  redis.call('HSET', KEYS[1], ARGV[i] .. ' ' .. ARGV[2], ARGV[i + 1] .. ' ' .. (now + ARGV[1]))
  i = i + 2
end
for k = i + 1, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[k], ARGV[k + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
`;

/** KEYS: nodes. Returns pairs of node and people. */
const FIND_NODES = `
${NOW}
local all = redis.call('HGETALL', KEYS[1])
local found = {}
for i = 1, #all, 2 do
  local people, leaseEnd = string.match(all[i + 1], '^(%d+) (%d+)$')
  if tonumber(leaseEnd) > now then
    found[#found + 1] = string.match(all[i], '^(.*) ')
    found[#found + 1] = people
  else
    redis.call('HDEL', KEYS[1], all[i])
  end
end
return found
`;

/** What this replica says of one room. */
interface SaidOfRoom {
  readonly people: Map<PeerId, number>;
  readonly tracks: Map<TrackId, PeerId>;
}

/** {@link RoomPlaces} in Redis. Renews its leases until it is closed. */
export interface RedisRoomPlaces extends RoomPlaces {
  /** Idempotent. */
  close(): void;
}

export function createRedisRoomPlaces(options: {
  readonly redis: RedisStore;
  readonly replicaId: ReplicaId;
  readonly logger: Logger;
}): RedisRoomPlaces {
  const { redis, replicaId, logger } = options;
  const said = new Map<RoomId, SaidOfRoom>();

  const change = (roomId: RoomId, write: (room: SaidOfRoom) => void): void => {
    const room = said.get(roomId) ?? { people: new Map(), tracks: new Map() };
    write(room);
    if (room.people.size + room.tracks.size > 0) said.set(roomId, room);
    else said.delete(roomId);
  };

  const write = async (
    roomId: RoomId,
    people: Iterable<readonly [PeerId, number]>,
    tracks: Iterable<readonly [TrackId, PeerId]>,
  ): Promise<void> => {
    const args = [...[...people].flat(), '', ...[...tracks].flat()];
    await redis.run((client) =>
      client.eval(
        RENEW,
        2,
        roomNodesKey(roomId),
        roomTracksKey(roomId),
        LEASE_MS,
        replicaId,
        ...args,
      ),
    );
  };

  const renew = async (): Promise<void> => {
    const rooms = [...said].map(([roomId, { people, tracks }]) => write(roomId, people, tracks));
    for (const result of await Promise.allSettled(rooms)) {
      if (result.status === 'rejected') {
        logger.warn({ err: result.reason }, 'where rooms are was not renewed');
      }
    }
  };
  const timer = setInterval(() => void renew(), RENEWAL_MS);
  const stopListening = redis.onReturn(() => void renew());

  return {
    async setPeople(roomId, peerId, people) {
      change(roomId, (room) => {
        if (people > 0) room.people.set(peerId, people);
        else room.people.delete(peerId);
      });
      if (people > 0) {
        await write(roomId, [[peerId, people]], []);
        return;
      }
      const field = `${peerId} ${replicaId}`;
      await redis.run((client) => client.hdel(roomNodesKey(roomId), field));
    },
    async findNodes(roomId) {
      const pairs = (await redis.run((client) =>
        client.eval(FIND_NODES, 1, roomNodesKey(roomId)),
      )) as readonly string[];
      const found = new Map<PeerId, number>();
      for (let index = 0; index < pairs.length; index += 2) {
        const peerId = pairs[index] ?? '';
        found.set(peerId, (found.get(peerId) ?? 0) + Number(pairs[index + 1]));
      }
      return found;
    },
    async addTrack(roomId, trackId, peerId) {
      change(roomId, ({ tracks }) => tracks.set(trackId, peerId));
      await write(roomId, [], [[trackId, peerId]]);
    },
    async removeTrack(roomId, trackId) {
      change(roomId, ({ tracks }) => tracks.delete(trackId));
      await redis.run((client) => client.hdel(roomTracksKey(roomId), trackId));
    },
    leaveTrack(roomId, trackId) {
      change(roomId, ({ tracks }) => tracks.delete(trackId));
    },
    async findTracks(roomId, trackIds) {
      const [first, ...others] = trackIds;
      if (first === undefined) return new Map();
      const peers = await redis.run((client) =>
        client.hmget(roomTracksKey(roomId), first, ...others),
      );
      return new Map(
        trackIds.flatMap((trackId, index) => {
          const peerId = peers[index];
          return peerId === null || peerId === undefined ? [] : [[trackId, peerId] as const];
        }),
      );
    },
    close() {
      clearInterval(timer);
      stopListening();
    },
  };
}
