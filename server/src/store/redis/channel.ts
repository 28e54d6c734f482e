import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { withDeadline } from '../../kernel/deadline.ts';
import type { Logger } from '../../kernel/logger.ts';
import { mapRedisFault, type RedisStore } from './redis.ts';

const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 2_000;
/** A host that vanished closes no connection, and nobody waits for an answer on one that listens. */
const PING_INTERVAL_MS = 3_000;
const PING_TIMEOUT_MS = 3_000;

/** Tells something to every process, this one included. Redis keeps nothing of it. */
export interface Channel {
  /**
   * @returns how many processes are told.
   * @throws AppError `unavailable` without Redis: nobody was told.
   */
  publish(message: string): Promise<number>;
  /** Whether this process hears what is published now. */
  readonly isListening: boolean;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface ChannelListener {
  /** What it throws is logged. */
  readonly message: (text: string) => void;
  /** Messages may have been missed until now: the connection was lost meanwhile. */
  readonly restored: () => void;
}

/**
 * Opens a channel; settles when this process listens.
 *
 * It is a sharded channel (SSUBSCRIBE): in a cluster one server has it, as if it were a
 * key, and that one knows everybody who listens. Elsewhere it is like any other.
 *
 * @param redis Of which it makes a connection of its own, because one that listens can do nothing else.
 * @throws AppError `unavailable`.
 */
export async function openChannel(
  redis: RedisStore,
  name: string,
  listener: ChannelListener,
  logger: Logger,
): Promise<Channel> {
  const closing = new AbortController();
  let connection: Redis | undefined;
  let isListening = false;
  let isReplacing = false;

  const hear = (text: string): void => {
    try {
      listener.message(text);
    } catch (error) {
      // What another version of the server wrote, say. Nobody else would catch it.
      logger.error({ err: error, channel: name }, 'a message of a channel could not be heard');
    }
  };

  const listen = async (): Promise<void> => {
    const fresh = await redis.connectToKey(name);
    if (closing.signal.aborted) {
      fresh.disconnect();
      return;
    }
    connection = fresh;
    fresh.on('smessage', (_channel, text: string) => hear(text));
    try {
      await withDeadline(fresh.ssubscribe(name), PING_TIMEOUT_MS, 'Redis');
    } catch (error) {
      fresh.disconnect();
      throw mapRedisFault(error);
    }
    isListening = true;
    watch(fresh);
  };

  /** Until the connection ends; then it is replaced. */
  const watch = (fresh: Redis): void => {
    const timer = setInterval(() => {
      withDeadline(fresh.ping(), PING_TIMEOUT_MS, 'Redis').catch(() => fresh.disconnect());
    }, PING_INTERVAL_MS);
    // Its end may have come before anybody waited for it.
    const end = (): void => {
      clearInterval(timer);
      isListening = false;
      void listenAgain();
    };
    if (fresh.status === 'end') {
      end();
    } else {
      fresh.once('close', () => {
        isListening = false;
      });
      fresh.once('end', end);
    }
  };

  const listenAgain = async (): Promise<void> => {
    if (isReplacing) return;
    isReplacing = true;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS)) {
      try {
        await sleep(pauseMs, undefined, { signal: closing.signal });
      } catch {
        // Closed meanwhile.
        return;
      }
      try {
        if (!isListening) await listen();
        // Whoever is told looks for what was missed, and the store connects on its own.
        await redis.ping();
      } catch (error) {
        // The store's own connection says that Redis is away.
        logger.debug({ err: error, channel: name }, 'a channel of Redis is interrupted');
        continue;
      }
      if (closing.signal.aborted) return;
      if (!isListening) continue;
      isReplacing = false;
      listener.restored();
      return;
    }
  };

  await listen();
  return {
    get isListening() {
      return isListening;
    },
    async publish(message) {
      return Number(await redis.run((client) => client.spublish(name, message)));
    },
    async close() {
      closing.abort();
      connection?.disconnect();
    },
  };
}
