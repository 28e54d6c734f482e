import { z } from 'zod';
import { userSessionIndexKey, userSessionKey } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';
import { ACCESS_TOKEN_LIFETIME_MS } from './access-tokens.ts';

const LIFETIME_MS = 24 * 3_600_000;
/** A session that ended is remembered for as long as any of its access tokens is good. */
const REVOKED_LIFETIME_MS = ACCESS_TOKEN_LIFETIME_MS + 60_000;

/** A session that goes on. */
export interface LiveSession {
  readonly userId: string;
  readonly expiresAt: Date;
  readonly createdAt: Date;
}

/**
 * What is known of sessions, over all processes, in front of the database. A
 * session that ended stays in it as such, so that whoever read of it in the
 * database a moment before cannot bring it back.
 *
 * Every method throws AppError `unavailable` without Redis.
 */
export interface SessionCache {
  find(sessionId: string): Promise<LiveSession | 'revoked' | undefined>;
  /** Does nothing for a session that was revoked. */
  remember(sessionId: string, session: LiveSession): Promise<void>;
  revoke(userId: string, sessionIds: readonly string[]): Promise<void>;
  /** Takes `revoke` back: the database did not. */
  forget(userId: string, sessionIds: readonly string[]): Promise<void>;
}

/** ARGV: lifetime, then the fields. */
const REMEMBER = `
if redis.call('HEXISTS', KEYS[1], 'revoked') == 1 then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`;

/** ARGV: lifetime. */
const REVOKE = `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'revoked', '1')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`;

const fields = z.object({
  user_id: z.string(),
  expires_at: z.coerce.number(),
  created_at: z.coerce.number(),
});

export function createSessionCache(redis: RedisStore): SessionCache {
  return {
    async find(sessionId) {
      const hash = await redis.run((client) => client.hgetall(userSessionKey(sessionId)));
      if (hash['revoked'] !== undefined) {
        return 'revoked';
      }
      const parsed = fields.safeParse(hash);
      return parsed.success
        ? {
            userId: parsed.data.user_id,
            expiresAt: new Date(parsed.data.expires_at),
            createdAt: new Date(parsed.data.created_at),
          }
        : undefined;
    },

    async remember(sessionId, { userId, expiresAt, createdAt }) {
      await redis.run(async (client) => {
        await Promise.all([
          client.eval(
            REMEMBER,
            1,
            userSessionKey(sessionId),
            LIFETIME_MS,
            ...['user_id', userId],
            ...['expires_at', expiresAt.getTime()],
            ...['created_at', createdAt.getTime()],
          ),
          client.sadd(userSessionIndexKey(userId), sessionId),
          client.pexpire(userSessionIndexKey(userId), LIFETIME_MS),
        ]);
      });
    },

    async revoke(userId, sessionIds) {
      await redis.run(async (client) => {
        await Promise.all([
          ...sessionIds.map((id) =>
            client.eval(REVOKE, 1, userSessionKey(id), REVOKED_LIFETIME_MS),
          ),
          ...(sessionIds.length === 0
            ? []
            : [client.srem(userSessionIndexKey(userId), ...sessionIds)]),
        ]);
      });
    },

    async forget(userId, sessionIds) {
      await redis.run(async (client) => {
        await Promise.all([
          ...sessionIds.map((id) => client.del(userSessionKey(id))),
          ...(sessionIds.length === 0
            ? []
            : [client.srem(userSessionIndexKey(userId), ...sessionIds)]),
        ]);
      });
    },
  };
}
