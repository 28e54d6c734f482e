import type { ChatMessage, Identity, MessageId, RoomId } from '@balai/protocol';
import type { Queryable } from '../../store/postgres/postgres.ts';

/** A place among the messages of a room, which are ordered by time and then by id. */
export interface MessagePosition {
  /** `created_at` in ISO form, UTC, with microseconds: exact, which a Date is not. */
  readonly createdAt: string;
  readonly messageId: MessageId;
}

export interface MessageRecord {
  readonly roomId: RoomId;
  readonly message: ChatMessage;
  readonly position: MessagePosition;
}

export interface NewMessage {
  readonly messageId: MessageId;
  readonly roomId: RoomId;
  readonly identity: Identity;
  readonly text: string;
}

interface MessageRow {
  readonly id: string;
  readonly room_id: string;
  readonly user_id: string;
  readonly name: string;
  readonly message: string;
  readonly created_at: Date;
  readonly sort_key: string;
}

const COLUMNS = `
  m.id, m.room_id, m.user_id, m.message, m.created_at,
  concat_ws(' ', NULLIF(u.first_name, ''), NULLIF(u.last_name, '')) AS name,
  to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS sort_key`;

const SELECT_MESSAGE = `SELECT ${COLUMNS} FROM room_messages m JOIN users u ON u.id = m.user_id`;

/** @returns undefined where a message of this id is there already. */
export async function insertMessage(
  db: Queryable,
  message: NewMessage,
): Promise<MessageRecord | undefined> {
  // The moment of the statement, not of its transaction: it orders the messages.
  const [row] = await db.query<MessageRow>(
    `WITH m AS (
       INSERT INTO room_messages (id, room_id, user_id, message, created_at)
       VALUES ($1, $2, $3, $4, clock_timestamp())
       ON CONFLICT (id) DO NOTHING
       RETURNING *
     )
     SELECT ${COLUMNS} FROM m JOIN users u ON u.id = m.user_id`,
    [message.messageId, message.roomId, message.identity, message.text],
  );
  return row && toRecord(row);
}

export async function findMessage(
  db: Queryable,
  messageId: MessageId,
): Promise<MessageRecord | undefined> {
  const [row] = await db.query<MessageRow>(`${SELECT_MESSAGE} WHERE m.id = $1`, [messageId]);
  return row && toRecord(row);
}

/**
 * The newest texts of a room, newest first.
 *
 * @param before Only what comes before this place; null for no bound.
 */
export async function listMessages(
  db: Queryable,
  roomId: RoomId,
  before: MessagePosition | null,
  limit: number,
): Promise<readonly MessageRecord[]> {
  // The names come for the whole page at once: asked for one by one, as a join with
  // users would, row security has to find out for each author who they are to the reader.
  const rows = await db.query<MessageRow>(
    `WITH page AS MATERIALIZED (
       SELECT * FROM room_messages
       WHERE room_id = $1 AND message_type = 'text' AND deleted_at IS NULL
         AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::uuid))
       ORDER BY created_at DESC, id DESC
       LIMIT $4
     )
     SELECT ${COLUMNS}
     FROM page m
     JOIN find_authors(ARRAY(SELECT id FROM page)) u ON u.message_id = m.id
     ORDER BY m.created_at DESC, m.id DESC`,
    [roomId, before?.createdAt ?? null, before?.messageId ?? null, limit],
  );
  return rows.map(toRecord);
}

function toRecord(row: MessageRow): MessageRecord {
  return {
    roomId: row.room_id,
    message: {
      messageId: row.id,
      identity: row.user_id,
      name: row.name,
      text: row.message,
      sentAt: row.created_at.toISOString(),
    },
    position: { createdAt: row.sort_key, messageId: row.id },
  };
}
