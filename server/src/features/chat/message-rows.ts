import type { ChatMessage, Identity, MessageId, MessageKind, RoomId } from '@balai/protocol';
import { type ListPosition, momentSql } from '../../kernel/cursor.ts';
import type { UserId } from '../../kernel/route.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';

export interface MessageRecord {
  readonly roomId: RoomId;
  readonly message: ChatMessage;
  readonly authorId: UserId;
  /** The only one who may read it, beside its author; null for everybody in the room. */
  readonly recipientId: UserId | null;
  /** Where the file of a file message is stored. */
  readonly fileKey: string | null;
  /** Among the messages of the room. */
  readonly position: ListPosition;
}

/** A stored file, as its message names it. */
export interface AttachedFile {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly key: string;
}

export interface NewMessage {
  readonly messageId: MessageId;
  readonly roomId: RoomId;
  readonly authorId: UserId;
  /** Null for everybody in the room. */
  readonly recipientId: UserId | null;
  readonly kind: MessageKind;
  readonly text: string;
  readonly file: AttachedFile | null;
}

interface MessageRow {
  readonly id: string;
  readonly room_id: string;
  readonly user_id: string;
  /** Who the author is for clients. */
  readonly identity: string;
  readonly recipient_id: string | null;
  /** Who the recipient is for clients. */
  readonly recipient_identity: string | null;
  readonly name: string;
  readonly message: string;
  readonly message_type: MessageKind;
  readonly created_at: Date;
  readonly edited_at: Date | null;
  readonly deleted_at: Date | null;
  readonly file_name: string | null;
  readonly file_size: string | null;
  readonly file_type: string | null;
  readonly file_key: string | null;
  readonly sort_key: string;
}

const COLUMNS = `
  m.id, m.room_id, m.user_id, m.recipient_id, m.message, m.message_type, m.created_at, m.edited_at, m.deleted_at,
  m.file_name, m.file_size, m.file_type, m.file_key, u.identity, u.recipient_identity,
  concat_ws(' ', NULLIF(u.first_name, ''), NULLIF(u.last_name, '')) AS name,
  ${momentSql('m.created_at')} AS sort_key`;

const SELECT_MESSAGE = `SELECT ${COLUMNS} FROM room_messages m CROSS JOIN LATERAL find_authors(ARRAY[m.id]) u`;

/** @returns undefined where a message of this id is there already. */
export async function insertMessage(
  db: Queryable,
  message: NewMessage,
): Promise<MessageRecord | undefined> {
  const { messageId, roomId, authorId, recipientId, kind, text, file } = message;
  // The moment of the statement, not of its transaction: it orders the messages.
  const [row] = await db.query<MessageRow>(
    `WITH m AS (
       INSERT INTO room_messages (id, room_id, user_id, message_type, message,
         file_name, file_type, file_size, file_key, recipient_id, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp())
       ON CONFLICT (id) DO NOTHING
       RETURNING *
     )
     SELECT ${COLUMNS} FROM m CROSS JOIN LATERAL (
       SELECT a.first_name, a.last_name, COALESCE(a.external_id, a.id::varchar) AS identity,
              COALESCE(r.external_id, r.id::varchar) AS recipient_identity
       FROM users a LEFT JOIN users r ON r.id = m.recipient_id
       WHERE a.id = m.user_id
     ) u`,
    [
      messageId,
      roomId,
      authorId,
      kind,
      text,
      file?.name ?? null,
      file?.type ?? null,
      file?.sizeBytes ?? null,
      file?.key ?? null,
      recipientId,
    ],
  );
  return row && toRecord(row);
}

/** Whom clients know by this identity among those who are or were in a room. */
export async function findMember(
  db: Queryable,
  roomId: RoomId,
  identity: Identity,
): Promise<UserId | undefined> {
  const [row] = await db.query<{ readonly id: string }>(
    `SELECT u.id FROM room_participants p JOIN users u ON u.id = p.user_id
     WHERE p.room_id = $1 AND COALESCE(u.external_id, u.id::varchar) = $2`,
    [roomId, identity],
  );
  return row?.id;
}

/** A message in any room that the user may look into. */
export async function findMessage(
  db: Queryable,
  messageId: MessageId,
): Promise<MessageRecord | undefined> {
  const [row] = await db.query<MessageRow>(`${SELECT_MESSAGE} WHERE m.id = $1`, [messageId]);
  return row && toRecord(row);
}

/**
 * A message that the user may change or delete, which nobody else does before the
 * transaction ends.
 *
 * @returns undefined for others, and for one that was deleted.
 */
export async function lockMessage(
  db: Queryable,
  messageId: MessageId,
): Promise<MessageRecord | undefined> {
  const [row] = await db.query<MessageRow>(
    `${SELECT_MESSAGE} WHERE m.id = $1 AND m.deleted_at IS NULL FOR NO KEY UPDATE OF m`,
    [messageId],
  );
  return row && toRecord(row);
}

/**
 * The newest messages of a room, newest first. Of deleted ones it has what is left.
 *
 * @param before Only what comes before this place; null for no bound.
 */
export async function listMessages(
  db: Queryable,
  roomId: RoomId,
  before: ListPosition | null,
  limit: number,
): Promise<readonly MessageRecord[]> {
  const rows = await db.query<MessageRow>(
    // The names come for the whole page at once: asked for one by one, as a join with
    // users would, row security has to find out for each author who they are to the reader.
    `WITH page AS MATERIALIZED (
       SELECT * FROM room_messages
       WHERE room_id = $1
         AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::uuid))
       ORDER BY created_at DESC, id DESC
       LIMIT $4
     )
     SELECT ${COLUMNS}
     FROM page m
     JOIN find_authors(ARRAY(SELECT id FROM page)) u ON u.message_id = m.id
     ORDER BY m.created_at DESC, m.id DESC`,
    [roomId, before?.at ?? null, before?.id ?? null, limit],
  );
  return rows.map(toRecord);
}

/** Gives a message of one's own another text. */
export async function editMessage(
  db: Queryable,
  messageId: MessageId,
  text: string,
): Promise<void> {
  await db.query(
    'UPDATE room_messages SET message = $2, edited_at = clock_timestamp() WHERE id = $1',
    [messageId, text],
  );
}

/** Leaves nothing of a message but that there was one. */
export async function deleteMessage(db: Queryable, messageId: MessageId): Promise<void> {
  await db.query(
    `UPDATE room_messages
     SET message = '', deleted_at = clock_timestamp(),
         file_name = NULL, file_size = NULL, file_type = NULL, file_key = NULL
     WHERE id = $1`,
    [messageId],
  );
}

function toRecord(row: MessageRow): MessageRecord {
  const { file_name: name, file_type: type, file_size: size } = row;
  return {
    roomId: row.room_id,
    message: {
      messageId: row.id,
      kind: row.message_type,
      identity: row.identity,
      name: row.name,
      toIdentity: row.recipient_identity,
      text: row.message,
      file:
        name === null || type === null || size === null
          ? null
          : { name, type, sizeBytes: Number(size) },
      sentAt: row.created_at.toISOString(),
      editedAt: row.edited_at?.toISOString() ?? null,
      deletedAt: row.deleted_at?.toISOString() ?? null,
    },
    authorId: row.user_id,
    recipientId: row.recipient_id,
    fileKey: row.file_key,
    position: { at: row.sort_key, id: row.id },
  };
}
