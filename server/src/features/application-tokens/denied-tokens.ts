import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import { deniedTokenKey } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

/**
 * At least: what a stay that came of the token renews names the same token, and a stay
 * may be longer than the token was good.
 */
const LIFETIME_MS = 24 * 60 * 60_000;

/** Tokens that applications took back, over all processes. */
export interface DeniedTokens {
  /**
   * Lets nobody in with the token from now on, nor with what was renewed from it.
   *
   * @param tokenId The token's `jti`.
   * @param expiresAt When it ends, in milliseconds since 1970.
   * @throws AppError `unavailable`.
   */
  deny(projectId: string, tokenId: string, expiresAt: number): Promise<void>;

  /**
   * @param tokenId Null for a token without one, which cannot be denied.
   * @throws AppError `unauthorized` for a token that was denied; `unavailable` where nobody
   * knows: then it counts as denied.
   */
  assertNotDenied(projectId: string, tokenId: string | null): Promise<void>;
}

/** The list in Redis. */
export function createDeniedTokens(redis: RedisStore, clock: Clock): DeniedTokens {
  return {
    async deny(projectId, tokenId, expiresAt) {
      const key = deniedTokenKey(projectId, tokenId);
      const lifetimeMs = Math.max(LIFETIME_MS, expiresAt - clock());
      await redis.run((client) => client.set(key, '1', 'PX', Math.ceil(lifetimeMs)));
    },
    async assertNotDenied(projectId, tokenId) {
      if (tokenId === null) {
        return;
      }
      const key = deniedTokenKey(projectId, tokenId);
      if ((await redis.run((client) => client.exists(key))) > 0) {
        throw new AppError('unauthorized', 'The token was denied');
      }
    },
  };
}
