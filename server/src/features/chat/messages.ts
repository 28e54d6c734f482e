import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  type ChatMessage,
  type Identity,
  type MessageId,
  may,
  type Page,
  type RoomId,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { readCursor, toPage } from '../../kernel/cursor.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { FileAnswer, UserId } from '../../kernel/route.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { FileStorage } from '../../store/files/file-storage.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import type { MessageEvent } from '../rooms/room-news.ts';
import type { Standing } from '../rooms/room-rows.ts';
import { readRoomSettings } from '../rooms/room-settings.ts';
import { type Rooms, roleOf } from '../rooms/rooms.ts';
import {
  type AttachedFile,
  deleteMessage,
  editMessage,
  findMessage,
  insertMessage,
  listMessages,
  lockMessage,
  type MessageRecord,
} from './message-rows.ts';
import { audienceOf, requireRecipient, requireSame, storeMessage } from './stored-message.ts';

export interface NewText {
  readonly messageId: MessageId;
  readonly text: string;
  /** The only one who gets it, beside its author. Absent: everybody. */
  readonly to?: Identity | undefined;
  /** Members whom it calls by name: none where it is for one only, who is told in any case. */
  readonly mentions: readonly Identity[];
}

export interface NewFile {
  readonly messageId: MessageId;
  readonly name: string;
  readonly type: string;
  readonly content: Readable;
}

/** What is said in rooms: stored first, then told to everybody who is there. */
export interface Messages {
  /**
   * Newest first. For those who are or were in the room.
   *
   * @param field Where the cursor came from, for the fault.
   * @throws AppError `room_not_found`, `forbidden`, `invalid_request` for a cursor that is none.
   */
  list(
    roomId: RoomId,
    callerId: Identity,
    page: { readonly cursor: string | null; readonly field: string; readonly limit: number },
  ): Promise<Page<ChatMessage>>;

  /**
   * Says something. Repeating it with the same id says nothing again, and returns
   * what was stored the first time.
   *
   * @throws AppError `room_not_found`; `forbidden` for who was never in the room,
   * and where the room's settings say so; `room_ended`; `conflict` when the id is
   * that of somebody else's message or of one in another room; `not_found` where
   * the one whom it is for neither is nor was in the room.
   */
  send(roomId: RoomId, callerId: Identity, message: NewText): Promise<ChatMessage>;

  /** Sends a file. As `send`; the file is not read where it is refused. */
  sendFile(roomId: RoomId, callerId: Identity, file: NewFile): Promise<ChatMessage>;

  /**
   * Changes a text of one's own.
   *
   * @throws AppError as `send`; `not_found` where there is no such message, or no
   * more; `conflict` for what is no text.
   */
  edit(
    roomId: RoomId,
    callerId: Identity,
    messageId: MessageId,
    text: string,
  ): Promise<ChatMessage>;

  /**
   * Takes a message back, or away from another one: for its author, and for host and
   * moderators. Repeating it is harmless.
   *
   * @throws AppError `room_not_found`, `not_found`; `forbidden`, also for what the server noted.
   */
  remove(roomId: RoomId, callerId: Identity, messageId: MessageId): Promise<ChatMessage>;

  /** The file of a message. @throws AppError `room_not_found`, `forbidden`, `not_found`. */
  openFile(roomId: RoomId, callerId: Identity, messageId: MessageId): Promise<FileAnswer>;

  /**
   * Notes what somebody did to the room. Never fails: it is done, noted or not.
   *
   * @param text A clause whose subject is the actor: `renamed the room to Hall`.
   */
  note(roomId: RoomId, actorId: Identity, text: string): Promise<void>;
}

export interface MessagesDependencies {
  readonly rooms: Pick<Rooms, 'actIn'>;
  readonly files: FileStorage;
  /**
   * Tells those of the people who are in the room, in whatever process; null for everybody.
   * Neither waits nor throws.
   */
  readonly tell: (
    roomId: RoomId,
    event: MessageEvent,
    message: ChatMessage,
    audience: readonly UserId[] | null,
  ) => void;
  /**
   * Makes sure that who is in the room under this identity is written down.
   *
   * @throws AppError `not_found` for who is there without being told of.
   */
  readonly settleRecipient: (roomId: RoomId, identity: Identity) => Promise<void>;
  /** The name under which somebody is in a room now. */
  readonly findPresentName: (roomId: RoomId, identity: Identity) => string | undefined;
  /** Whether somebody who is in the room may write there, as far as they themselves go. */
  readonly mayWrite: (roomId: RoomId, userId: UserId) => Promise<boolean>;
  /** Tells those who are not there that they were called, or written to. Must not fail. */
  readonly tellMentioned: (
    roomId: RoomId,
    message: ChatMessage,
    mentions: readonly UserId[],
  ) => Promise<void>;
  readonly logger: Logger;
}

const isMember = ({ isMember: isIn }: Standing): boolean => isIn;

/** Messages in the database, and their files in the storage. */
export function createMessages(dependencies: MessagesDependencies): Messages {
  const { rooms, files, findPresentName, logger } = dependencies;

  /** Gives an author who is in the room the name that the others see there. */
  const named = (roomId: RoomId, message: ChatMessage): ChatMessage => {
    const name = findPresentName(roomId, message.identity);
    return name === undefined ? message : { ...message, name };
  };

  const tell = (event: MessageEvent, record: MessageRecord): ChatMessage => {
    const told = named(record.roomId, record.message);
    dependencies.tell(record.roomId, event, told, audienceOf(record));
    return told;
  };

  /** Runs what says something, for somebody who may say it now. */
  const speak = async <T>(
    roomId: RoomId,
    callerId: Identity,
    isFile: boolean,
    work: (db: Queryable, roomId: RoomId) => Promise<T>,
  ): Promise<T> => {
    // Before the transaction: another process may have to say it.
    const mayWrite = await dependencies.mayWrite(roomId.toLowerCase(), callerId);
    return await rooms.actIn(roomId, callerId, isMember, async (db, room, standing) => {
      if (room.status !== 'active') {
        throw new AppError('room_ended');
      }
      if (!mayWrite) {
        throw new AppError('forbidden', 'You may not write here');
      }
      if (!may('speakWhereSilent', roleOf(standing))) {
        const settings = await readRoomSettings(db, room.id);
        if (!settings.chat_enabled || (isFile && !settings.files_enabled)) {
          const what = settings.chat_enabled ? 'send files' : 'write';
          throw new AppError('forbidden', `Only the host and moderators may ${what} here`);
        }
      }
      return await work(db, room.id);
    });
  };

  const find = async (
    db: Queryable,
    roomId: RoomId,
    messageId: MessageId,
    look: (db: Queryable, messageId: MessageId) => Promise<MessageRecord | undefined>,
  ): Promise<MessageRecord> => {
    const record = isUuid(messageId) ? await look(db, messageId) : undefined;
    if (record?.roomId !== roomId) {
      throw new AppError('not_found', 'There is no such message in this room');
    }
    return record;
  };

  return {
    async list(roomId, callerId, { cursor, field, limit }) {
      const before = cursor === null ? null : readCursor(cursor, field);
      const records = await rooms.actIn(roomId, callerId, isMember, (db, room) =>
        // One more than asked for tells whether there is a next page.
        listMessages(db, room.id, before, limit + 1),
      );
      return toPage(
        records,
        limit,
        (record) => named(record.roomId, record.message),
        ({ position }) => position,
      );
    },

    async send(roomId, callerId, { messageId, text, to, mentions }) {
      if (to !== undefined) {
        await dependencies.settleRecipient(roomId.toLowerCase(), to);
      }
      const { record, isNew } = await speak(roomId, callerId, false, async (db, id) => {
        const recipientId = to === undefined ? null : await requireRecipient(db, id, callerId, to);
        const draft = { messageId, roomId: id, authorId: callerId, recipientId } as const;
        return await storeMessage(db, { ...draft, kind: 'text', text, file: null });
      });
      if (!isNew) {
        return named(record.roomId, record.message);
      }
      const message = tell('chatMessage', record);
      const called = record.recipientId === null ? mentions : [record.recipientId];
      // Only accounts of this server get notifications.
      if (called.length > 0 && message.identity === callerId) {
        await dependencies.tellMentioned(record.roomId, message, called);
      }
      return message;
    },

    async sendFile(roomId, callerId, { messageId, name, type, content }) {
      const draft = { messageId, authorId: callerId, recipientId: null, kind: 'file' } as const;
      const earlier = await speak(roomId, callerId, true, async (db, id) => {
        const record = await findMessage(db, messageId);
        return record && requireSame(record, { ...draft, roomId: id });
      });
      if (earlier !== undefined) {
        content.resume();
        return named(earlier.roomId, earlier.message);
      }
      const stored = await files.save('messages', content);
      const file: AttachedFile = { name, type, ...stored };
      let isKept = false;
      try {
        const { record, isNew } = await speak(roomId, callerId, true, (db, id) =>
          storeMessage(db, { ...draft, roomId: id, text: '', file }),
        );
        isKept = isNew;
        return isNew ? tell('chatMessage', record) : named(record.roomId, record.message);
      } finally {
        if (!isKept) {
          await files.remove(stored.key);
        }
      }
    },

    async edit(roomId, callerId, messageId, text) {
      const record = await speak(roomId, callerId, false, async (db, id) => {
        const { message, authorId } = await find(db, id, messageId, findMessage);
        if (authorId !== callerId) {
          throw new AppError('forbidden', 'Only its author may change a message');
        }
        if (message.kind !== 'text') {
          throw new AppError('conflict', 'Only texts can be changed');
        }
        if ((await lockMessage(db, messageId)) === undefined) {
          throw new AppError('not_found', 'This message was deleted');
        }
        await editMessage(db, messageId, text);
        return await find(db, id, messageId, findMessage);
      });
      return tell('chatMessageUpdated', record);
    },

    async remove(roomId, callerId, messageId) {
      const { record, fileKey, isNews } = await rooms.actIn(
        roomId,
        callerId,
        isMember,
        async (db, room, standing) => {
          const found = await find(db, room.id, messageId, findMessage);
          const isOwn = found.authorId === callerId;
          if (!isOwn && !may('deleteMessages', roleOf(standing))) {
            throw new AppError('forbidden', 'Only its author and moderators may delete a message');
          }
          if (found.message.kind === 'system') {
            throw new AppError('forbidden', 'What the server noted stays');
          }
          const locked = await lockMessage(db, messageId);
          if (locked !== undefined) {
            await deleteMessage(db, messageId);
          }
          const left = await find(db, room.id, messageId, findMessage);
          return {
            record: left,
            fileKey: locked?.fileKey ?? null,
            isNews: locked !== undefined,
          };
        },
      );
      if (!isNews) {
        return named(record.roomId, record.message);
      }
      const message = tell('chatMessageDeleted', record);
      if (fileKey !== null) {
        await files.remove(fileKey);
      }
      return message;
    },

    async openFile(roomId, callerId, messageId) {
      const { message, fileKey } = await rooms.actIn(roomId, callerId, isMember, (db, room) =>
        find(db, room.id, messageId, findMessage),
      );
      const opened = fileKey === null ? undefined : await files.open(fileKey);
      if (message.file === null || opened === undefined) {
        throw new AppError('not_found', 'There is no file, or no more');
      }
      const { name, type } = message.file;
      return { ...opened, name, type };
    },

    async note(roomId, actorId, text) {
      try {
        const record = await rooms.actIn(roomId, actorId, isMember, (db, room) =>
          insertMessage(db, {
            messageId: randomUUID(),
            roomId: room.id,
            authorId: actorId,
            recipientId: null,
            kind: 'system',
            text,
            file: null,
          }),
        );
        if (record !== undefined) {
          tell('chatMessage', record);
        }
      } catch (error) {
        logger.warn({ err: error, roomId }, 'what happened to a room was not noted in its chat');
      }
    },
  };
}
