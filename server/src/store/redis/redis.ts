import type { Redis } from 'ioredis';
import { AppError } from '../../kernel/app-error.ts';
import { withDeadline } from '../../kernel/deadline.ts';
import type { Logger } from '../../kernel/logger.ts';
import { PROBE_KEY } from './keys.ts';
import { connectToKey, createRedisClient, type RedisClient } from './redis-client.ts';
import { parseRedisUrl } from './redis-url.ts';

/** Longer than the client takes to look for one server; sentinels it asks for ever. */
const START_TIMEOUT_MS = 6_000;
const QUIT_TIMEOUT_MS = 1_000;
/** A node of a cluster that is away is a line in the log once in this time. */
const NODE_REPORT_INTERVAL_MS = 10_000;

/** A look whether Redis takes writes is forgotten after this. */
const PROBE_LIFETIME_MS = 10_000;

/** Messages of ioredis and Node.js that mean that nobody answered, and of a Redis that cannot work. */
const AWAY =
  /enableOfflineQueue|Connection is closed|Command timed out|max retries per request|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|Socket timeout|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|Connection is in|Stream connection ended|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|^OOM|^MISCONF|^NOREPLICAS|^BUSY|max number of clients|Redis did not answer within|sentinels are unreachable|Cluster is (?:ended|disconnect)|Cluster redirections|refresh slots cache|startup nodes/;

/** Redis, as the features use it. */
export interface RedisStore {
  /**
   * The client itself, for libraries that want one. Its rejections are Redis's
   * own; use `run` where an AppError is wanted.
   */
  readonly client: RedisClient;

  /** What the client puts before every key and sharded channel by itself. '' for nothing. */
  readonly keyPrefix: string;

  /**
   * Runs commands.
   *
   * @throws AppError `unavailable` at once when Redis is away, and when it does
   * not answer within 3 s: commands never queue for its return.
   */
  run<T>(commands: (client: RedisClient) => Promise<T>): Promise<T>;

  /**
   * Connects to the server that has a key, for commands that wait and for listening. The
   * connection ends ('end') when it is lost and when another server has the key: ask
   * for another one then. The caller disconnects it.
   *
   * @throws AppError `unavailable`.
   */
  connectToKey(key: string): Promise<Redis>;

  /**
   * Calls this each time that Redis is reachable again, and may have lost what it had.
   *
   * @returns what ends that.
   */
  onReturn(listener: () => void): () => void;

  /** @throws AppError `unavailable` when Redis does not answer, or takes no writes. */
  ping(): Promise<void>;

  /** Waits for the commands under way. Idempotent. */
  close(): Promise<void>;
}

/**
 * Connects to Redis, and goes on reconnecting for ever.
 *
 * @param url One server, one with sentinels, or a cluster: see `parseRedisUrl`.
 * @throws AppError `unavailable` when the first connection fails.
 */
export async function connectRedis(url: string, logger: Logger): Promise<RedisStore> {
  const address = parseRedisUrl(url);
  if (address === undefined) {
    throw new Error('the URL of Redis cannot be read');
  }
  const client = createRedisClient(address);
  reportConnection(client, logger);
  let closing: Promise<void> | undefined;

  const store: RedisStore = {
    client,
    keyPrefix: address.keyPrefix,
    async run(commands) {
      try {
        return await commands(client);
      } catch (error) {
        throw mapRedisFault(error);
      }
    },
    async connectToKey(key) {
      try {
        return await connectToKey(client, key);
      } catch (error) {
        throw mapRedisFault(error);
      }
    },
    onReturn(listener) {
      client.on('ready', listener);
      return () => client.off('ready', listener);
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
    await withDeadline(client.connect(), START_TIMEOUT_MS, 'Redis');
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
function reportConnection(client: RedisClient, logger: Logger): void {
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
  reportNodes(client, logger);
}

/** Of a cluster, one node may be away while the others answer. */
function reportNodes(client: RedisClient, logger: Logger): void {
  const reportedAt = new Map<string, number>();
  client.on('node error', (error: Error, node: string) => {
    const now = performance.now();
    if (now - (reportedAt.get(node) ?? Number.NEGATIVE_INFINITY) >= NODE_REPORT_INTERVAL_MS) {
      reportedAt.set(node, now);
      logger.warn({ err: error, node }, 'a node of the Redis cluster is not reachable');
    }
  });
}

async function quit(client: RedisClient): Promise<void> {
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
