import { Redis } from 'ioredis';
import { AppError } from '../../kernel/app-error.ts';
import { withDeadline } from '../../kernel/deadline.ts';
import type { Logger } from '../../kernel/logger.ts';
import { PROBE_KEY } from './keys.ts';

const COMMAND_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_LIMIT_MS = 2_000;
const QUIT_TIMEOUT_MS = 1_000;

/** A look whether Redis takes writes is forgotten after this. */
const PROBE_LIFETIME_MS = 10_000;

/** Messages of ioredis and Node.js that mean that nobody answered, and of a Redis that cannot work. */
const AWAY =
  /enableOfflineQueue|Connection is closed|Command timed out|max retries per request|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|Connection is in|Stream connection ended|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|^OOM|^MISCONF|^NOREPLICAS|^BUSY|max number of clients/;

/** Redis, as the features use it. */
export interface RedisStore {
  /**
   * The client itself, for libraries that want one. Its rejections are Redis's
   * own; use `run` where an AppError is wanted.
   */
  readonly client: Redis;

  /**
   * Runs commands.
   *
   * @throws AppError `unavailable` at once when Redis is away, and when it does
   * not answer within 3 s: commands never queue for its return.
   */
  run<T>(commands: (client: Redis) => Promise<T>): Promise<T>;

  /** @throws AppError `unavailable` when Redis does not answer, or takes no writes. */
  ping(): Promise<void>;

  /** Waits for the commands under way. Idempotent. */
  close(): Promise<void>;
}

/**
 * Connects to Redis, and goes on reconnecting for ever.
 *
 * @param url `redis://` or `rediss://`; options of ioredis may follow as a query,
 * for example `?keyPrefix=balai:`.
 * @throws AppError `unavailable` when the first connection fails.
 */
export async function connectRedis(url: string, logger: Logger): Promise<RedisStore> {
  const client = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), RECONNECT_LIMIT_MS),
  });
  reportConnection(client, logger);
  let closing: Promise<void> | undefined;

  const store: RedisStore = {
    client,
    async run(commands) {
      try {
        return await commands(client);
      } catch (error) {
        throw mapRedisFault(error);
      }
    },
    async ping() {
      await store.run((redis) => redis.set(PROBE_KEY, '1', 'PX', PROBE_LIFETIME_MS));
    },
    close() {
      closing ??= quit(client);
      return closing;
    },
  };

  // What connect rejects with says only that the connection is closed.
  let reason: unknown;
  const remember = (error: Error) => {
    reason ??= error;
  };
  client.once('error', remember);
  try {
    await client.connect();
  } catch (error) {
    client.disconnect();
    throw new AppError('unavailable', 'Redis does not answer', { cause: reason ?? error });
  } finally {
    client.off('error', remember);
  }
  return store;
}

/** Turns the faults of a Redis that is lost, or cannot work, into AppError `unavailable`; leaves every other error as it is. */
export function mapRedisFault(error: unknown): unknown {
  if (error instanceof Error && AWAY.test(error.message)) {
    return new AppError('unavailable', 'Redis does not answer', {
      cause: error,
      retryAfterMs: 1_000,
    });
  }
  return error;
}

/** Says once when Redis goes and once when it comes back, however many attempts lie between. */
function reportConnection(client: Redis, logger: Logger): void {
  let isLost = false;
  client.on('error', (error: Error) => {
    if (!isLost) {
      isLost = true;
      logger.error({ err: error }, 'Redis is not reachable; trying again');
    }
  });
  client.on('ready', () => {
    if (isLost) {
      isLost = false;
      logger.info('Redis is reachable again');
    }
  });
}

async function quit(client: Redis): Promise<void> {
  if (client.status !== 'ready') {
    client.disconnect();
    return;
  }
  try {
    await withDeadline(client.quit(), QUIT_TIMEOUT_MS, 'Redis');
  } catch {
    // It is gone already, or will not say goodbye: either way the socket is to close.
    client.disconnect();
  }
}
