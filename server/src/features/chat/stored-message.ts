import { AppError } from '../../kernel/app-error.ts';
import type { UserId } from '../../kernel/route.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import {
  findMember,
  findMessage,
  insertMessage,
  type MessageRecord,
  type NewMessage,
} from './message-rows.ts';

/** Stores a message once. @throws AppError `conflict` where its id is that of another one. */
export async function storeMessage(
  db: Queryable,
  message: NewMessage,
): Promise<{ readonly record: MessageRecord; readonly isNew: boolean }> {
  const added = await insertMessage(db, message);
  if (added !== undefined) {
    return { record: added, isNew: true };
  }
  return { record: requireSame(await findMessage(db, message.messageId), message), isNew: false };
}

/** The message that is there under an id, where it is the one that was sent before. */
export function requireSame(
  record: MessageRecord | undefined,
  sent: Pick<NewMessage, 'messageId' | 'roomId' | 'authorId' | 'recipientId' | 'kind'>,
): MessageRecord {
  if (
    record?.roomId !== sent.roomId ||
    record.authorId !== sent.authorId ||
    record.recipientId !== sent.recipientId ||
    record.message.kind !== sent.kind
  ) {
    throw new AppError('conflict', 'This message id is taken');
  }
  return record;
}

/**
 * The only one whom a message is for.
 *
 * @throws AppError `not_found` for who neither is nor was in the room; `invalid_request` for its author.
 */
export async function requireRecipient(
  db: Queryable,
  roomId: string,
  authorId: UserId,
  identity: string,
): Promise<UserId> {
  const recipientId = await findMember(db, roomId, identity);
  if (recipientId === undefined) {
    throw new AppError('not_found', 'Nobody of this identity is or was in the room');
  }
  if (recipientId === authorId) {
    throw new AppError('invalid_request', undefined, { details: ['to: must be somebody else'] });
  }
  return recipientId;
}

/** Who may hear of a message; null for everybody in the room. */
export function audienceOf({ authorId, recipientId }: MessageRecord): readonly UserId[] | null {
  return recipientId === null ? null : [authorId, recipientId];
}
