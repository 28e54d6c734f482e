import type { Identity, Notification } from '@balai/protocol';
import type { Logger } from '../../kernel/logger.ts';
import { type Channel, openChannel } from '../../store/redis/channel.ts';
import type { RedisStore } from '../../store/redis/redis.ts';
import type { LiveNotifications } from './notifications.ts';

const CHANNEL = 'notifications';
/** People in one message of the channel. */
const BATCH = 200;

/** What one process says to all of them. Written and read by this module alone. */
type Told =
  | {
      readonly type: 'notifications';
      readonly items: readonly { readonly userId: Identity; readonly notification: Notification }[];
    }
  | { readonly type: 'read'; readonly userId: Identity; readonly ids: readonly string[] | null };

/** The people who are connected to this process. Nothing here waits or throws. */
export interface ConnectedPeople {
  notify(userId: Identity, notification: Notification): void;
  markRead(userId: Identity, ids: readonly string[] | null): void;
  /** Something may have been missed: everybody is to look for themselves. */
  lookAgain(): void;
}

/** Live notifications over a channel of Redis that every process listens to. */
export interface LiveChannel extends LiveNotifications {
  /** Idempotent. */
  close(): Promise<void>;
}

/** @throws AppError `unavailable`. */
export async function openLiveNotifications(
  redis: RedisStore,
  people: ConnectedPeople,
  logger: Logger,
): Promise<LiveChannel> {
  const hear = (text: string): void => {
    // Only this module writes to the channel.
    const told = JSON.parse(text) as Told;
    if (told.type === 'read') {
      people.markRead(told.userId, told.ids);
      return;
    }
    for (const { userId, notification } of told.items) {
      people.notify(userId, notification);
    }
  };
  const channel: Channel = await openChannel(
    redis,
    CHANNEL,
    { message: hear, restored: () => people.lookAgain() },
    logger,
  );
  const say = async (told: Told): Promise<void> => {
    try {
      await channel.publish(JSON.stringify(told));
    } catch (error) {
      logger.warn({ err: error }, 'notifications were stored, and told to nobody at once');
    }
  };
  return {
    async tell(addressed) {
      for (let start = 0; start < addressed.length; start += BATCH) {
        await say({ type: 'notifications', items: addressed.slice(start, start + BATCH) });
      }
    },
    tellRead: (userId, ids) => say({ type: 'read', userId, ids }),
    close: () => channel.close(),
  };
}
