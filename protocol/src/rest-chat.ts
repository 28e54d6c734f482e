import type { Identity, MessageId } from './ids.ts';
import type { Timestamp } from './models.ts';

/** A message to be said. */
export interface SendMessageRequest {
  /** A UUID of the client's own choice: repeating the request with it says nothing twice. */
  readonly messageId: MessageId;
  /** 1 to 4,000 characters. */
  readonly text: string;
  /** At most 20 members whom it calls by name: who of them is not there is notified. */
  readonly mentions?: readonly Identity[];
}

/** What a message of one's own is to say instead. */
export interface EditMessageRequest {
  /** 1 to 4,000 characters. */
  readonly text: string;
}

export const NOTIFICATION_TYPES = [
  'room_invitation',
  'meeting_reminder',
  'system',
  'message',
] as const;
export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

/** Something that somebody is to know, wherever they are. */
export interface Notification {
  readonly id: string;
  readonly type: NotificationType;
  readonly title: string;
  readonly message: string;
  readonly isRead: boolean;
  /** What it is about; null for no room. */
  readonly roomId: string | null;
  /** Who caused it; null for the system. */
  readonly senderId: Identity | null;
  readonly createdAt: Timestamp;
}

/** One page of somebody's notifications, newest first. */
export interface NotificationPage {
  readonly items: readonly Notification[];
  /** Asks for the next page; null on the last. */
  readonly nextCursor: string | null;
  /** Of all there are, whatever page this is. */
  readonly unreadCount: number;
}

/** Whom to invite into a room: an account by its id, or anybody by e-mail. */
export type InviteRequest = { readonly userId: Identity } | { readonly email: string };

/** Something that an administrator tells everybody with an account. */
export interface AnnouncementRequest {
  /** 1 to 255 characters. */
  readonly title: string;
  /** 1 to 2,000 characters. */
  readonly message: string;
}

/** How many people an announcement reached. */
export interface AnnouncementAnswer {
  readonly recipients: number;
}
