import { type AdminUser, USER_STATUSES } from '@balai/protocol';
import { z } from 'zod';
import { pageQuery } from '../../kernel/cursor.ts';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { typedLine } from '../../kernel/text.ts';
import { exactly, pageOf, timestamp, uuid } from '../../kernel/wire-schemas.ts';
import type { Administration } from './administration.ts';

const listQuery = pageQuery({ defaultLimit: 50 }).extend({
  q: typedLine(1, 255).optional(),
  status: z.enum(USER_STATUSES).optional(),
});
const userParams = z.strictObject({ userId: z.string() });
const statusBody = z.strictObject({ status: z.enum(['active', 'inactive', 'banned']) });

const adminUserSchema = exactly<AdminUser>()(
  z
    .strictObject({
      id: uuid,
      kind: z.enum(['registered', 'external', 'guest']),
      email: z.string().nullable(),
      firstName: z.string(),
      lastName: z.string(),
      status: z.enum(USER_STATUSES),
      isAdmin: z.boolean(),
      lastLoginAt: timestamp.nullable(),
      createdAt: timestamp,
    })
    .meta({ id: 'AdminUser' }),
);

/** REST for operators. */
export function adminRoutes(administration: Administration): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/admin/users',
      summary: 'All users with an account, newest first; by e-mail address or beginning of a name.',
      auth: 'admin',
      query: listQuery,
      answers: { 200: pageOf('AdminUserPage', adminUserSchema) },
      async handle({ query }, { caller }) {
        const filter = { text: query.q, status: query.status };
        const cursor = query.cursor ?? null;
        const page = await administration.listUsers(caller.userId, filter, cursor, query.limit);
        return { status: 200, body: page };
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/admin/users/:userId',
      summary: 'Ban a user, or let them in again. All their sessions end.',
      auth: 'admin',
      params: userParams,
      body: statusBody,
      answers: { 200: adminUserSchema },
      errors: ['not_found', 'conflict'],
      async handle({ params, body }, { caller }) {
        const user = await administration.setStatus(caller.userId, params.userId, body.status);
        return { status: 200, body: user };
      },
    }),
  ];
}
