import { Chat } from '../features/chat/chat.ts';
import { deliverMessage, settleRecipient } from '../features/chat/message-delivery.ts';
import { createMessages } from '../features/chat/messages.ts';
import { describeFact } from '../features/chat/room-notes.ts';
import { chatRoutes } from '../features/chat/routes.ts';
import type { Job } from '../features/housekeeping/housekeeping.ts';
import type { Outbox } from '../features/mail/outbox.ts';
import type { Revocations } from '../features/moderation/revocations.ts';
import { createInvitations } from '../features/notifications/invitations.ts';
import {
  type ConnectedPeople,
  openLiveNotifications,
} from '../features/notifications/live-notifications.ts';
import { createNotifications } from '../features/notifications/notifications.ts';
import { createReminderJob } from '../features/notifications/reminders.ts';
import { notificationRoutes } from '../features/notifications/routes.ts';
import type { RoomNews, RoomNewsDesk } from '../features/rooms/room-news.ts';
import type { RoomFact, Rooms } from '../features/rooms/rooms.ts';
import type { Broadcast } from '../features/sessions/connection.ts';
import { CHAT_TOPIC, maySendData } from '../features/sessions/grants.ts';
import type { PeopleElsewhere } from '../features/sessions/people-elsewhere.ts';
import type { Seats } from '../features/sessions/seats.ts';
import type { Sessions } from '../features/sessions/sessions.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Route, UploadSpec, UserId } from '../kernel/route.ts';
import type { FileStorage } from '../store/files/file-storage.ts';
import type { Database } from '../store/postgres/database.ts';
import type { RedisStore } from '../store/redis/redis.ts';

export interface MessagePartsOptions {
  readonly database: Database;
  readonly redis: RedisStore;
  readonly files: FileStorage;
  readonly rooms: Rooms;
  readonly sessions: Sessions;
  readonly broadcast: Broadcast;
  readonly elsewhere: PeopleElsewhere;
  readonly seats: Pick<Seats, 'findAbsent'>;
  readonly revocations: Pick<Revocations, 'find'>;
  readonly news: Pick<RoomNewsDesk, 'tell'>;
  readonly sockets: ConnectedPeople;
  /** What files the chat takes. */
  readonly upload: UploadSpec;
  /** Origin of the web app, where links in mails lead. */
  readonly publicUrl: string;
  readonly putMail: Outbox['put'];
  readonly logger: Logger;
}

/** What people write to each other, and are told. */
export interface MessageParts {
  readonly chat: Chat;
  readonly routes: readonly Route[];
  readonly jobs: readonly Job[];
  /** Notifications that somebody has not read. */
  countUnread(userId: UserId): Promise<number>;
  /** Does in this process what was told to all of them; nothing for other news. */
  hear(news: RoomNews): void;
  /** Writes what happened to a room into its chat, and invites whom it invites. */
  tellFact(fact: RoomFact): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Builds what people write to each other, and are told. */
export async function createMessageParts(options: MessagePartsOptions): Promise<MessageParts> {
  const { database, rooms, sessions, elsewhere, seats, news, logger } = options;
  const live = await openLiveNotifications(options.redis, options.sockets, logger);
  const notifications = createNotifications({
    database,
    live,
    findAbsent: seats.findAbsent,
    getRoomName: async (roomId) => (await rooms.get(roomId)).name,
    logger,
  });
  const messages = createMessages({
    rooms,
    files: options.files,
    tell: (roomId, event, message, audience) =>
      news.tell({ type: 'message', roomId, event, message, audience }),
    settleRecipient: (roomId, identity) => settleRecipient(sessions, elsewhere, roomId, identity),
    findPresentName: (roomId, identity) => sessions.findStay(roomId, identity)?.ticket.name,
    async mayWrite(roomId, userId) {
      const stay = sessions.findStayOf(roomId, userId);
      const grants = stay?.ticket.grants ?? (await elsewhere.findSeated(roomId, userId))?.grants;
      if (grants === undefined) {
        // Who was sent out has to be let in again first.
        return (await options.revocations.find(roomId, userId)) === null;
      }
      return maySendData(grants, CHAT_TOPIC);
    },
    tellMentioned: notifications.tellMentioned,
    logger,
  });
  const invitations = createInvitations({
    database,
    rooms,
    notifications,
    putMail: options.putMail,
    linkTo: (roomId) => `${options.publicUrl}/r/${roomId}`,
  });
  return {
    chat: new Chat(messages, sessions),
    routes: [
      ...chatRoutes(messages, options.upload),
      ...notificationRoutes(notifications, invitations),
    ],
    jobs: [createReminderJob(database, live)],
    countUnread: (userId) => notifications.countUnread(userId),
    hear(told) {
      if (told.type === 'message') {
        deliverMessage(told, sessions, options.broadcast);
      }
    },
    async tellFact(fact) {
      const note = describeFact(fact);
      if (note !== undefined) {
        await messages.note(fact.room.id, fact.actorId, note);
      }
      await notifications.tellInvited(fact);
    },
    close: () => live.close(),
  };
}
