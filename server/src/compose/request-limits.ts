import type { RouteLimit } from '../kernel/route.ts';
import { API_RATE_LIMIT_PREFIX, WS_RATE_LIMIT_PREFIX } from '../store/redis/keys.ts';
import { createRateLimit, type RateLimit } from '../store/redis/rate-limit.ts';
import type { RedisStore } from '../store/redis/redis.ts';

const MINUTE_MS = 60_000;
const SOCKET_WINDOW_MS = 10_000;
/** Somewhat more than one socket's own pace allows in that time: two devices in turn pass. */
const SOCKET_MESSAGES = 1_500;

/** The limits of requests and messages, whose counts are in Redis. */
export interface RequestLimits {
  useLimit(limit: RouteLimit, subject: string): Promise<void>;
  useUserLimit(userId: string, endpoint: string, requests: number): Promise<void>;
  countMessages(userId: string, roomId: string, messages: number): Promise<void>;
}

/** One limit for each name, and for each number of requests, however many routes share it. */
export function createRequestLimits(redis: RedisStore): RequestLimits {
  const limits = new Map<string, RateLimit>();
  const obtain = (key: string, create: () => RateLimit): RateLimit => {
    const limit = limits.get(key) ?? create();
    limits.set(key, limit);
    return limit;
  };
  const messagesInRoom = createRateLimit(redis, {
    name: 'messages',
    keyPrefix: WS_RATE_LIMIT_PREFIX,
    points: SOCKET_MESSAGES,
    windowMs: SOCKET_WINDOW_MS,
  });
  return {
    async useLimit({ name, requests, windowMs }, subject) {
      const create = () => createRateLimit(redis, { name, points: requests, windowMs });
      await obtain(`route ${name}`, create).use(subject);
    },
    async useUserLimit(userId, endpoint, requests) {
      const create = () =>
        createRateLimit(redis, {
          name: 'requests',
          keyPrefix: API_RATE_LIMIT_PREFIX,
          points: requests,
          windowMs: MINUTE_MS,
        });
      await obtain(`user ${requests}`, create).use(`${userId}:${endpoint}`);
    },
    countMessages: (userId, roomId, messages) =>
      messagesInRoom.use(`${userId}:${roomId}`, messages),
  };
}
