import { ROOM_STATUSES, type Room, type RoomId } from '@balai/protocol';
import { z } from 'zod';
import type { Logger } from '../../kernel/logger.ts';
import { createCachedHash, type HashFields } from '../../store/redis/cached-hash.ts';
import { roomInfoKey } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

/** How long a room is remembered. */
const LIFETIME_MS = 30 * 60_000;

/** What was read of rooms, over all processes, in front of the database. */
export interface RoomCache {
  /**
   * The room, from the cache or from `load`, and never what it was before a change
   * that is done. Where Redis is away, from `load`.
   *
   * @param load Reads it from the database; undefined is not remembered.
   */
  read(roomId: RoomId, load: () => Promise<Room | undefined>): Promise<Room | undefined>;

  /**
   * Does what changes the room, and forgets what was known of it.
   *
   * @throws AppError `unavailable`, before anything was done, where Redis is away:
   * the change could not be made known.
   */
  change<T>(roomId: RoomId, work: () => Promise<T>): Promise<T>;
}

const truth = z.enum(['true', 'false']).transform((text) => text === 'true');
const moment = z.iso.datetime();

/** Absent fields are null. */
const hash = z.object({
  name: z.string(),
  description: z.string().optional(),
  host_id: z.string(),
  max_users: z.coerce.number().int(),
  status: z.enum(ROOM_STATUSES),
  has_password: truth,
  guests_allowed: truth,
  created_at: moment,
  scheduled_at: moment.optional(),
  ended_at: moment.optional(),
});

/** The cache of rooms in Redis. */
export function createRoomCache(redis: RedisStore, logger: Logger): RoomCache {
  const cache = createCachedHash(redis, logger, {
    name: 'rooms',
    keyOf: roomInfoKey,
    lifetimeMs: LIFETIME_MS,
  });
  return {
    async read(roomId, load) {
      const fields = await cache.read(roomId, async () => {
        const room = await load();
        return room && toFields(room);
      });
      if (fields === undefined) {
        return undefined;
      }
      const parsed = hash.safeParse(fields);
      // What another version wrote is not taken; it goes away by itself.
      return parsed.success ? toRoom(roomId, parsed.data) : await load();
    },
    change: cache.change,
  };
}

function toRoom(roomId: RoomId, fields: z.output<typeof hash>): Room {
  return {
    id: roomId,
    name: fields.name,
    description: fields.description ?? null,
    hostId: fields.host_id,
    status: fields.status,
    hasPassword: fields.has_password,
    guestsAllowed: fields.guests_allowed,
    maxUsers: fields.max_users,
    createdAt: fields.created_at,
    scheduledAt: fields.scheduled_at ?? null,
    endedAt: fields.ended_at ?? null,
  };
}

function toFields(room: Room): HashFields {
  return {
    name: room.name,
    ...(room.description === null ? {} : { description: room.description }),
    host_id: room.hostId,
    max_users: String(room.maxUsers),
    status: room.status,
    has_password: String(room.hasPassword),
    guests_allowed: String(room.guestsAllowed),
    created_at: room.createdAt,
    ...(room.scheduledAt === null ? {} : { scheduled_at: room.scheduledAt }),
    ...(room.endedAt === null ? {} : { ended_at: room.endedAt }),
  };
}
