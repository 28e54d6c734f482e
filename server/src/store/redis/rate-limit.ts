import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../../kernel/app-error.ts';
import { rateLimitPrefix } from './keys.ts';
import { mapRedisFault, type RedisStore } from './redis.ts';

/** How often something may be done. */
export interface RateLimitSpec {
  /** Limits of one name share their count. */
  readonly name: string;
  /** Of the keys, before the subject. Default `rate:` and the name. */
  readonly keyPrefix?: string;
  /** Points that a subject may use within one window. */
  readonly points: number;
  readonly windowMs: number;
}

/** Counts what subjects do, over all replicas. A window begins with a subject's first point. */
export interface RateLimit {
  /**
   * Uses one point, or several at once.
   *
   * @throws AppError `rate_limited` when there are not so many left; `unavailable` without Redis.
   */
  use(subject: string, points?: number): Promise<void>;
}

/** A limit in Redis. */
export function createRateLimit(redis: RedisStore, spec: RateLimitSpec): RateLimit {
  const limiter = new RateLimiterRedis({
    storeClient: redis.client,
    keyPrefix: spec.keyPrefix ?? rateLimitPrefix(spec.name),
    points: spec.points,
    duration: Math.ceil(spec.windowMs / 1_000),
  });
  return {
    use: (subject, points = 1) => guard(() => limiter.consume(subject, points)),
  };
}

async function guard(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof RateLimiterRes) {
      throw new AppError('rate_limited', undefined, {
        retryAfterMs: Math.max(1, error.msBeforeNext),
      });
    }
    throw mapRedisFault(error);
  }
}
