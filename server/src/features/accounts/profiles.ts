import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../store/postgres/database.ts';
import { createCachedHash } from '../../store/redis/cached-hash.ts';
import { userProfileKey } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

const LIFETIME_MS = 3_600_000;

/** What others may know of a user. */
export interface Profile {
  readonly firstName: string;
  readonly lastName: string;
  readonly avatarUrl: string | null;
  readonly status: string;
}

/** Profiles of users, from Redis where it has them. */
export interface Profiles {
  /**
   * Whoever asks must be allowed to know.
   *
   * @returns undefined where there is no such user.
   */
  find(userId: string): Promise<Profile | undefined>;

  /**
   * Does what changes a profile: nobody reads the old one after it is done.
   *
   * @throws AppError `unavailable`, before anything was done, without Redis.
   */
  change<T>(userId: string, work: () => Promise<T>): Promise<T>;
}

interface Row {
  readonly first_name: string;
  readonly last_name: string;
  readonly avatar: string | null;
  readonly status: string;
}

export function createProfiles(database: Database, redis: RedisStore, logger: Logger): Profiles {
  const cache = createCachedHash(redis, logger, {
    name: 'profiles',
    keyOf: userProfileKey,
    lifetimeMs: LIFETIME_MS,
  });

  const load = async (userId: string): Promise<Record<string, string> | undefined> => {
    const [row] = await database.asUser(userId, (db) =>
      db.query<Row>('SELECT first_name, last_name, avatar, status FROM users WHERE id = $1', [
        userId,
      ]),
    );
    return (
      row && {
        first_name: row.first_name,
        last_name: row.last_name,
        status: row.status,
        ...(row.avatar === null ? {} : { avatar: row.avatar }),
      }
    );
  };

  return {
    async find(userId) {
      const fields = await cache.read(userId, () => load(userId));
      return (
        fields && {
          firstName: fields['first_name'] ?? '',
          lastName: fields['last_name'] ?? '',
          avatarUrl: fields['avatar'] ?? null,
          status: fields['status'] ?? '',
        }
      );
    },
    change: cache.change,
  };
}
