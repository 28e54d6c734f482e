import type { RoomId, VideoCodec } from '@balai/protocol';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../store/postgres/database.ts';
import { type CachedHash, createCachedHash } from '../../store/redis/cached-hash.ts';
import { roomCodecsKey } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';
import { ROOM_SETTINGS } from './room-settings.ts';

/** How long the wish of a room is remembered. */
const LIFETIME_MS = 30 * 60_000;

/** In which codecs rooms would have their video sent, over all processes, in front of the database. */
export interface RoomCodecs {
  /**
   * The best first; empty for a room without a wish, and where there is no such room.
   *
   * @param roomId Must be a UUID.
   */
  find(roomId: RoomId): Promise<readonly VideoCodec[]>;
  /** Does what changes the wish, and forgets what was known of it. @throws AppError `unavailable`. */
  readonly change: CachedHash['change'];
}

/** The cache in Redis. */
export function createRoomCodecs(
  database: Database,
  redis: RedisStore,
  logger: Logger,
): RoomCodecs {
  const cache = createCachedHash(redis, logger, {
    name: 'codecs of rooms',
    keyOf: roomCodecsKey,
    lifetimeMs: LIFETIME_MS,
  });
  return {
    async find(roomId) {
      const fields = await cache.read(roomId, async () => {
        const [row] = await database.call<{ readonly find_room_video_codecs: string | null }>(
          'find_room_video_codecs',
          [roomId],
        );
        return { codecs: row?.find_room_video_codecs ?? '[]' };
      });
      return ROOM_SETTINGS.read('video_codecs', fields?.['codecs']);
    },
    change: cache.change,
  };
}
