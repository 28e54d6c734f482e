import type {
  ChatMessage,
  Identity,
  Notification,
  NotificationPage,
  RoomId,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { readCursor, toPage } from '../../kernel/cursor.ts';
import type { Logger } from '../../kernel/logger.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import type { RoomFact } from '../rooms/rooms.ts';
import {
  type Addressed,
  countUnread,
  deleteNotification,
  insertNotifications,
  listNotifications,
  markAllRead,
  markRead,
  selectEverybody,
  selectReachable,
} from './notification-rows.ts';

export interface NotificationList {
  readonly isUnreadOnly: boolean;
  readonly cursor: string | null;
  readonly limit: number;
}

/** What people are to know, wherever they are: kept until they read it, and told at once. */
export interface Notifications {
  /** Newest first. @throws AppError `invalid_request` for a cursor that is none. */
  list(userId: Identity, list: NotificationList): Promise<NotificationPage>;

  countUnread(userId: Identity): Promise<number>;

  /** Repeating it is harmless. @throws AppError `not_found`. */
  read(userId: Identity, id: string): Promise<Notification>;

  /** Marks everything as read. */
  readAll(userId: Identity): Promise<void>;

  /** Removes one. Repeating it is harmless. */
  remove(userId: Identity, id: string): Promise<void>;

  /**
   * Writes to people and tells them.
   *
   * @param work Writes, on behalf of the sender.
   */
  send(
    senderId: Identity,
    work: (db: Queryable) => Promise<readonly Addressed[]>,
  ): Promise<readonly Addressed[]>;

  /**
   * Tells members of a room that a message calls them, or is for them alone, but those who are
   * there. Never fails.
   */
  tellMentioned(roomId: RoomId, message: ChatMessage, mentions: readonly Identity[]): Promise<void>;

  /** Tells those who were invited that a meeting was moved or is off. Never fails. */
  tellInvited(fact: RoomFact): Promise<void>;

  /** Tells everybody with an account, in an administrator's name. @returns how many. */
  announce(adminId: Identity, title: string, message: string): Promise<number>;
}

/** Tells people at once, in whatever process they are connected. */
export interface LiveNotifications {
  /** Never fails: who was not told finds it in the list. */
  tell(addressed: readonly Addressed[]): Promise<void>;
  /** Other windows of the person learn what was read; null for everything. Never fails. */
  tellRead(userId: Identity, ids: readonly string[] | null): Promise<void>;
}

export interface NotificationsDependencies {
  readonly database: Database;
  readonly live: LiveNotifications;
  /** Those of the people who are not in the room now, in no process. */
  readonly findAbsent: (
    roomId: RoomId,
    identities: readonly Identity[],
  ) => Promise<readonly Identity[]>;
  readonly getRoomName: (roomId: RoomId) => Promise<string>;
  readonly logger: Logger;
}

/** Longest part of a chat message that its notification repeats. */
const EXCERPT_LENGTH = 200;

/** Notifications in the database. */
export function createNotifications(dependencies: NotificationsDependencies): Notifications {
  const { database, live, logger } = dependencies;

  const send: Notifications['send'] = async (senderId, work) => {
    const addressed = await database.asUser(senderId, work);
    await live.tell(addressed);
    return addressed;
  };

  /** What caused the notification is done, told or not. */
  const attempt = async (roomId: RoomId, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      logger.warn({ err: error, roomId }, 'people were not notified');
    }
  };

  return {
    send,

    async list(userId, { isUnreadOnly, cursor, limit }) {
      const after = cursor === null ? null : readCursor(cursor);
      return await database.asUser(userId, async (db) => {
        // One more than asked for tells whether there is a next page.
        const records = await listNotifications(db, userId, isUnreadOnly, after, limit + 1);
        const page = toPage(
          records,
          limit,
          ({ notification }) => notification,
          ({ position }) => position,
        );
        return { ...page, unreadCount: await countUnread(db, userId) };
      });
    },

    countUnread: (userId) => database.asUser(userId, (db) => countUnread(db, userId)),

    async read(userId, id) {
      const notification = isUuid(id)
        ? await database.asUser(userId, (db) => markRead(db, userId, id))
        : undefined;
      if (notification === undefined) {
        throw new AppError('not_found');
      }
      await live.tellRead(userId, [notification.id]);
      return notification;
    },

    async readAll(userId) {
      await database.asUser(userId, (db) => markAllRead(db, userId));
      await live.tellRead(userId, null);
    },

    async remove(userId, id) {
      if (isUuid(id)) {
        await database.asUser(userId, (db) => deleteNotification(db, userId, id));
        await live.tellRead(userId, [id]);
      }
    },

    async tellMentioned(roomId, { identity, name, toIdentity, text }, mentions) {
      const others = [...new Set(mentions)].filter((mentioned) => mentioned !== identity);
      if (others.length === 0) {
        return;
      }
      await attempt(roomId, async () => {
        const absent = await dependencies.findAbsent(roomId, others);
        if (absent.length === 0) {
          return;
        }
        const did = toIdentity === null ? 'mentioned you' : 'wrote to you';
        const title = `${name} ${did} in ${await dependencies.getRoomName(roomId)}`;
        const message = text.slice(0, EXCERPT_LENGTH);
        const draft = { type: 'message', title, message, roomId, senderId: identity } as const;
        await send(identity, async (db) =>
          insertNotifications(db, await selectReachable(db, roomId, absent), draft),
        );
      });
    },

    async tellInvited(fact) {
      if (fact.type !== 'cancelled' && fact.type !== 'rescheduled') {
        return;
      }
      const { room, actorId } = fact;
      await attempt(room.id, () =>
        send(actorId, async (db) => {
          const invited = await db.query<{ readonly id: string }>('SELECT find_invited($1) AS id', [
            room.id,
          ]);
          return await insertNotifications(
            db,
            invited.map(({ id }) => id).filter((id) => id !== actorId),
            {
              type: 'room_invitation',
              ...describeChange(fact),
              roomId: room.id,
              senderId: actorId,
            },
          );
        }),
      );
    },

    async announce(adminId, title, message) {
      const draft = { type: 'system', title, message, roomId: null, senderId: adminId } as const;
      const addressed = await send(adminId, async (db) =>
        insertNotifications(db, await selectEverybody(db), draft),
      );
      return addressed.length;
    },
  };
}

function describeChange({ type, room }: RoomFact): {
  readonly title: string;
  readonly message: string;
} {
  if (type === 'cancelled') {
    return { title: `Cancelled: ${room.name}`, message: 'The meeting will not take place.' };
  }
  return {
    title: `Moved: ${room.name}`,
    message:
      room.scheduledAt === null
        ? 'The meeting has no fixed start any more.'
        : `The meeting starts at ${describeMoment(room.scheduledAt)}.`,
  };
}

/** For people, in the form of the reminders. */
export function describeMoment(moment: string): string {
  return `${moment.slice(0, 16).replace('T', ' ')} UTC`;
}
