import {
  type AnnouncementAnswer,
  type InviteRequest,
  NOTIFICATION_TYPES,
  type Notification,
  type NotificationPage,
} from '@balai/protocol';
import { z } from 'zod';
import { pageQuery } from '../../kernel/cursor.ts';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { typedLine, typedText } from '../../kernel/text.ts';
import { exactly, timestamp, uuid } from '../../kernel/wire-schemas.ts';
import { roomParams } from '../rooms/routes.ts';
import type { Invitations } from './invitations.ts';
import type { Notifications } from './notifications.ts';

const MINUTE_MS = 60_000;

const notificationSchema = exactly<Notification>()(
  z
    .strictObject({
      id: uuid,
      type: z.enum(NOTIFICATION_TYPES),
      title: z.string(),
      message: z.string(),
      isRead: z.boolean(),
      roomId: uuid.nullable(),
      senderId: uuid.nullable(),
      createdAt: timestamp,
    })
    .meta({ id: 'Notification' }),
);

const notificationPage = exactly<NotificationPage>()(
  z
    .strictObject({
      items: z.array(notificationSchema),
      nextCursor: z.string().nullable(),
      unreadCount: z.int(),
    })
    .meta({ id: 'NotificationPage' }),
);

const announcementSchema = exactly<AnnouncementAnswer>()(
  z.strictObject({ recipients: z.int() }).meta({ id: 'AnnouncementAnswer' }),
);

const inviteBody: z.ZodType<InviteRequest> = z.union([
  z.strictObject({ userId: z.guid().toLowerCase() }),
  z.strictObject({ email: z.string().trim().toLowerCase().max(255).pipe(z.email()) }),
]);

const listQuery = pageQuery({ defaultLimit: 20 }).extend({
  unread: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});

const notificationParams = z.strictObject({ notificationId: z.string() });

/** REST over notifications and what makes them. */
export function notificationRoutes(
  notifications: Notifications,
  invitations: Invitations,
): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/notifications',
      summary: 'The notifications of the caller, newest first.',
      auth: 'user',
      query: listQuery,
      answers: { 200: notificationPage },
      async handle({ query: { unread, cursor, limit } }, { caller }) {
        const list = { isUnreadOnly: unread, cursor: cursor ?? null, limit };
        return { status: 200, body: await notifications.list(caller.userId, list) };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/notifications/read',
      summary: 'Mark every notification of the caller as read.',
      auth: 'user',
      answers: { 204: null },
      async handle(_input, { caller }) {
        await notifications.readAll(caller.userId);
        return { status: 204, body: undefined };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/notifications/:notificationId/read',
      summary: 'Mark one notification as read.',
      auth: 'user',
      params: notificationParams,
      answers: { 200: notificationSchema },
      errors: ['not_found'],
      async handle({ params }, { caller }) {
        return {
          status: 200,
          body: await notifications.read(caller.userId, params.notificationId),
        };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/notifications/:notificationId',
      summary: 'Remove a notification.',
      auth: 'user',
      params: notificationParams,
      answers: { 204: null },
      async handle({ params }, { caller }) {
        await notifications.remove(caller.userId, params.notificationId);
        return { status: 204, body: undefined };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/rooms/:roomId/invitations',
      summary:
        'Invite an account that one knows, or anybody by e-mail. For host and moderators. The answer does not tell who has an account.',
      auth: 'user',
      params: roomParams,
      body: inviteBody,
      answers: { 204: null },
      errors: ['room_not_found', 'not_found', 'forbidden', 'conflict', 'room_ended'],
      isIdempotent: true,
      limit: { name: 'invite', requests: 300, windowMs: 10 * MINUTE_MS },
      requestsPerMinute: 60,
      async handle({ params, body }, { caller }) {
        await invitations.invite(params.roomId, caller.userId, body);
        return { status: 204, body: undefined };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/admin/announcements',
      summary: 'Tell everybody with an account something, as a notification. For administrators.',
      auth: 'admin',
      body: z.strictObject({ title: typedLine(1, 255), message: typedText(1, 2_000) }),
      answers: { 200: announcementSchema },
      isIdempotent: true,
      requestsPerMinute: 10,
      async handle({ body }, { caller }) {
        const recipients = await notifications.announce(caller.userId, body.title, body.message);
        return { status: 200, body: { recipients } };
      },
    }),
  ];
}
