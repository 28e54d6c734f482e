import { randomUUID } from 'node:crypto';
import type {
  ChatMessage,
  ParticipantRole,
  RoomId,
  ServerEvent,
  ServerMessage,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { UserId } from '../../kernel/route.ts';
import { openChannel } from '../../store/redis/channel.ts';
import type { RedisStore } from '../../store/redis/redis.ts';
import { RetoldMessages } from './retold-messages.ts';
import type { Rooms } from './rooms.ts';

const CHANNEL = 'room_news';

/** What the chat tells those who are in a room. */
export type MessageEvent = Extract<
  ServerEvent,
  'chatMessage' | 'chatMessageUpdated' | 'chatMessageDeleted'
>;

/** What everybody in a room is to hear of, whichever process they are connected to. */
export type RoomNews =
  | {
      readonly type: 'message';
      readonly roomId: RoomId;
      readonly event: MessageEvent;
      readonly message: ChatMessage;
      /** Who hears of it; null for everybody. */
      readonly audience: readonly UserId[] | null;
    }
  | {
      readonly type: 'roleGiven';
      readonly roomId: RoomId;
      readonly userId: UserId;
      readonly role: Exclude<ParticipantRole, 'host'>;
    }
  /** Somebody has to go, whose tokens are void. */
  | { readonly type: 'sentOut'; readonly roomId: RoomId; readonly userId: string }
  /** What is kept of the room is another thing now: who has it looks it up. */
  | { readonly type: 'roomChanged'; readonly roomId: RoomId }
  /** These of its people, null for all, go from these rooms to another one, with a token for it. */
  | {
      readonly type: 'moved';
      readonly roomId: RoomId;
      readonly from: readonly RoomId[];
      readonly userIds: readonly UserId[] | null;
      readonly toRoomId: RoomId;
      readonly reason: ServerMessage<'moved'>['reason'];
      /** The rooms close behind them. */
      readonly closes: boolean;
    }
  /** Who waits for the room in the process that tells this are others now. */
  | { readonly type: 'lobbyChanged'; readonly roomId: RoomId }
  /** The breakout rooms of the room, or who belongs there, are others now. */
  | {
      readonly type: 'breakoutsChanged';
      readonly roomId: RoomId;
      readonly breakoutIds: readonly RoomId[];
    }
  | { readonly type: 'closed'; readonly roomId: RoomId };

/** Somebody who is in a room of this process. */
export interface PresentPerson {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly role: ParticipantRole;
}

/** The people who are in the rooms of this process. */
export interface PeopleHere {
  /** Neither waits nor throws. Does nothing for rooms that are elsewhere. */
  hear(news: RoomNews): void;
  /** Everybody. */
  present(): readonly PresentPerson[];
  /** The rooms in which somebody is, or waits to be let in. */
  rooms(): readonly RoomId[];
}

/** Tells the people of a room, in all processes. */
export interface RoomNewsDesk {
  /**
   * Those who are here hear of it before this returns, the others a moment later, in
   * the order in which this process told it. Never fails: where Redis is away the
   * others hear messages when it is back, and processes look for roles, rules and ended rooms then.
   */
  tell(news: RoomNews): void;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface RoomNewsDependencies {
  readonly redis: RedisStore;
  readonly people: PeopleHere;
  readonly rooms: Pick<Rooms, 'get' | 'findRole'>;
  /** Whether somebody was sent out of the room since they were let in: whom the news of that names. */
  readonly findSentOut: (person: PresentPerson) => Promise<UserId | undefined>;
  readonly logger: Logger;
}

/** What one process says to all of them. Written and read by this module alone. */
interface Told {
  readonly from: string;
  /** Of a message, which may be told twice. Missing for other news. */
  readonly id?: string;
  readonly news: RoomNews;
}

/**
 * Opens the channel over which processes tell each other.
 *
 * It carries what happened, not what sockets are to get: who hears of a role has to
 * take it on, too. And nobody here waits for it.
 *
 * @throws AppError `unavailable`.
 */
export async function openRoomNews(dependencies: RoomNewsDependencies): Promise<RoomNewsDesk> {
  const { redis, people, logger } = dependencies;
  const self = randomUUID();
  const messages = new RetoldMessages({ publish: (text) => channel.publish(text) });
  const channel = await openChannel(
    redis,
    CHANNEL,
    {
      message(text) {
        const { from, id, news } = JSON.parse(text) as Told;
        if (from !== self && (id === undefined || messages.isNew(id))) {
          people.hear(news);
        }
      },
      restored() {
        messages.restored();
        void hearMissed(dependencies);
      },
    },
    logger,
  );
  return {
    tell(news) {
      people.hear(news);
      const id = news.type === 'message' ? randomUUID() : undefined;
      const told: Told = { from: self, ...(id !== undefined && { id }), news };
      const text = JSON.stringify(told);
      const { isListening } = channel;
      const note = (isPublished: boolean): void => {
        if (id !== undefined) messages.told(id, text, isPublished && isListening);
      };
      channel.publish(text).then(
        () => note(true),
        (error: unknown) => {
          const { type, roomId } = news;
          logger.warn({ err: error, type, roomId }, 'other processes were not told of a room');
          note(false);
        },
      );
    },
    close() {
      messages.close();
      return channel.close();
    },
  };
}

/** What was done to rooms while this process did not hear of it. Never rejects. */
async function hearMissed(dependencies: RoomNewsDependencies): Promise<void> {
  const { redis, people, rooms, findSentOut, logger } = dependencies;
  // The channel has a connection of its own, which may be back before the one for commands.
  await untilReady(redis.client);
  const present = people.present();
  const ended = new Set<RoomId>();
  for (const roomId of people.rooms()) {
    try {
      const { status } = await rooms.get(roomId);
      if (status === 'ended' || status === 'cancelled') {
        ended.add(roomId);
        people.hear({ type: 'closed', roomId });
      } else {
        people.hear({ type: 'roomChanged', roomId });
      }
    } catch (error) {
      if (error instanceof AppError && error.code === 'room_not_found') {
        ended.add(roomId);
        people.hear({ type: 'closed', roomId });
      } else {
        logger.warn({ err: error, roomId }, 'a room could not be looked up again');
      }
    }
  }
  for (const person of present) {
    const { roomId, userId, role: known } = person;
    if (ended.has(roomId)) {
      continue;
    }
    try {
      const sentOut = await findSentOut(person);
      if (sentOut !== undefined) {
        people.hear({ type: 'sentOut', roomId, userId: sentOut });
        continue;
      }
      const role = await rooms.findRole(roomId, userId);
      if (role !== undefined && role !== 'host' && role !== known) {
        people.hear({ type: 'roleGiven', roomId, userId, role });
      }
    } catch (error) {
      logger.warn(
        { err: error, roomId, userId },
        'what became of somebody could not be looked up again',
      );
    }
  }
}

/** Settles when the client may be used, or never will. */
async function untilReady(client: RedisStore['client']): Promise<void> {
  if (client.status !== 'ready' && client.status !== 'end') {
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        client.off('ready', settle);
        client.off('end', settle);
        resolve();
      };
      client.on('ready', settle);
      client.on('end', settle);
    });
  }
}
