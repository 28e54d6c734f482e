import { randomUUID } from 'node:crypto';
import type { Identity, Notification, NotificationType, RoomId } from '@balai/protocol';
import { type ListPosition, momentSql } from '../../kernel/cursor.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';

/** A notification, and whose it is. */
export interface Addressed {
  readonly userId: Identity;
  readonly notification: Notification;
}

export interface NotificationRecord {
  readonly notification: Notification;
  readonly position: ListPosition;
}

/** What is said to somebody; who they are comes with it. */
export interface NotificationDraft {
  readonly type: NotificationType;
  readonly title: string;
  readonly message: string;
  readonly roomId: RoomId | null;
  readonly senderId: Identity;
}

interface NotificationRow {
  readonly id: string;
  readonly type: NotificationType;
  readonly title: string;
  readonly message: string;
  readonly is_read: boolean;
  readonly room_id: string | null;
  readonly sender_id: string | null;
  readonly created_at: Date;
  readonly sort_key: string;
}

const MAX_TITLE = 255;

const COLUMNS = `id, type, title, message, is_read, room_id, sender_id, created_at,
  ${momentSql('created_at')} AS sort_key`;

/** Newest first. */
export async function listNotifications(
  db: Queryable,
  userId: Identity,
  isUnreadOnly: boolean,
  after: ListPosition | null,
  limit: number,
): Promise<readonly NotificationRecord[]> {
  const rows = await db.query<NotificationRow>(
    `SELECT ${COLUMNS} FROM notifications
     WHERE user_id = $1 AND (NOT $2::boolean OR NOT is_read)
       AND ($3::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4::uuid))
     ORDER BY created_at DESC, id DESC
     LIMIT $5`,
    [userId, isUnreadOnly, after?.at ?? null, after?.id ?? null, limit],
  );
  return rows.map((row) => ({
    notification: toNotification(row),
    position: { at: row.sort_key, id: row.id },
  }));
}

export async function countUnread(db: Queryable, userId: Identity): Promise<number> {
  const [row] = await db.query<{ readonly count: string }>(
    'SELECT COUNT(*) AS count FROM notifications WHERE user_id = $1 AND NOT is_read',
    [userId],
  );
  return Number(row?.count ?? 0);
}

/** @param id Must be a UUID. @returns undefined where it is not the user's. */
export async function markRead(
  db: Queryable,
  userId: Identity,
  id: string,
): Promise<Notification | undefined> {
  const [row] = await db.query<NotificationRow>(
    `UPDATE notifications SET is_read = TRUE WHERE id = $1 AND user_id = $2 RETURNING ${COLUMNS}`,
    [id, userId],
  );
  return row && toNotification(row);
}

export async function markAllRead(db: Queryable, userId: Identity): Promise<void> {
  await db.query('UPDATE notifications SET is_read = TRUE WHERE user_id = $1 AND NOT is_read', [
    userId,
  ]);
}

/** @param id Must be a UUID. */
export async function deleteNotification(
  db: Queryable,
  userId: Identity,
  id: string,
): Promise<void> {
  await db.query('DELETE FROM notifications WHERE id = $1 AND user_id = $2', [id, userId]);
}

/** Writes the same to several people. The user of the transaction, who may not read it, is the sender. */
export async function insertNotifications(
  db: Queryable,
  recipients: readonly Identity[],
  draft: NotificationDraft,
): Promise<readonly Addressed[]> {
  const { type, message, roomId, senderId } = draft;
  const title = draft.title.slice(0, MAX_TITLE);
  const createdAt = new Date().toISOString();
  const addressed = recipients.map((userId) => ({
    userId,
    notification: {
      id: randomUUID(),
      type,
      title,
      message,
      isRead: false,
      roomId,
      senderId,
      createdAt,
    },
  }));
  await db.query(
    `INSERT INTO notifications (id, user_id, type, title, message, room_id, sender_id, created_at)
     SELECT ids.id, ids.user_id, $3, $4, $5, $6, $7, $8
     FROM unnest($1::uuid[], $2::uuid[]) AS ids (id, user_id)`,
    [
      addressed.map(({ notification }) => notification.id),
      recipients,
      type,
      title,
      message,
      roomId,
      senderId,
      createdAt,
    ],
  );
  return addressed;
}

/** Of these people, the members of the room whom a notification can reach: guests have no account. */
export async function selectReachable(
  db: Queryable,
  roomId: RoomId,
  identities: readonly Identity[],
): Promise<readonly Identity[]> {
  const rows = await db.query<{ readonly id: string }>(
    `SELECT u.id FROM users u
     WHERE u.id = ANY ($2::uuid[]) AND u.kind = 'registered' AND u.status = 'active'
       AND is_room_member($1, u.id)`,
    [roomId, identities],
  );
  return rows.map(({ id }) => id);
}

/** Everybody with an account, for an administrator. */
export async function selectEverybody(db: Queryable): Promise<readonly Identity[]> {
  const rows = await db.query<{ readonly id: string }>(
    `SELECT u.id FROM users u WHERE u.kind = 'registered' AND u.status = 'active'`,
  );
  return rows.map(({ id }) => id);
}

function toNotification(row: NotificationRow): Notification {
  return {
    id: row.id,
    type: row.type,
    title: row.title,
    message: row.message,
    isRead: row.is_read,
    roomId: row.room_id,
    senderId: row.sender_id,
    createdAt: row.created_at.toISOString(),
  };
}
