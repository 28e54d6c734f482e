import type { Logger } from '../../kernel/logger.ts';
import { mapRedisFault, type RedisStore } from './redis.ts';

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
 * @param redis Of which it makes a connection of its own, because one that listens can do nothing else.
 * @throws AppError `unavailable`.
 */
export async function openChannel(
  redis: RedisStore,
  name: string,
  listener: ChannelListener,
  logger: Logger,
): Promise<Channel> {
  // ioredis puts its prefix before keys, not before channels.
  const channel = `${redis.client.options.keyPrefix ?? ''}${name}`;
  const connection = redis.client.duplicate();
  let hasListened = false;
  let isListening = false;
  connection.on('message', (_channel, text: string) => {
    try {
      listener.message(text);
    } catch (error) {
      // What another version of the server wrote, say. Nobody else would catch it.
      logger.error({ err: error, channel: name }, 'a message of a channel could not be heard');
    }
  });
  // The store's own connection says that Redis is away.
  connection.on('error', (error: Error) =>
    logger.debug({ err: error, channel: name }, 'a channel of Redis is interrupted'),
  );
  connection.on('close', () => {
    isListening = false;
  });
  const restore = (): void => {
    isListening = true;
    listener.restored();
  };
  connection.on('ready', () => {
    if (hasListened) {
      // Subscriptions come back before anything else is done on the connection.
      connection
        .subscribe(channel)
        .then(restore, (error: unknown) =>
          logger.warn({ err: error, channel: name }, 'a channel of Redis was not opened again'),
        );
    }
  });
  try {
    await connection.connect();
    await connection.subscribe(channel);
    hasListened = true;
    isListening = true;
  } catch (error) {
    connection.disconnect();
    throw mapRedisFault(error);
  }
  return {
    get isListening() {
      return isListening;
    },
    async publish(message) {
      return await redis.run((client) => client.publish(channel, message));
    },
    async close() {
      connection.disconnect();
    },
  };
}
