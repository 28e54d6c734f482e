import { z } from 'zod';
import { pageQuery } from '../../kernel/cursor.ts';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { typedLine } from '../../kernel/text.ts';
import { email, givenPassword, newPassword, sessionPage, userSchema } from './account-schemas.ts';
import { type Avatars, MAX_AVATAR_BYTES } from './avatars.ts';
import type { DataExport } from './data-export.ts';
import type { DeviceSessions } from './device-sessions.ts';
import type { OwnAccount } from './own-account.ts';
import { PICTURE_TYPES } from './picture-type.ts';

const YEAR_MS = 365 * 24 * 3_600_000;
/** Mails and exports cost more than a look at the account. */
const FEW_PER_MINUTE = 5;

const name = typedLine(1, 100);
const updateBody = z.strictObject({ firstName: name.optional(), lastName: name.optional() });
const emailBody = z.strictObject({ email, password: givenPassword });
const passwordBody = z.strictObject({ currentPassword: givenPassword, newPassword });
const deleteBody = z.strictObject({ password: givenPassword });
const sessionParams = z.strictObject({ sessionId: z.string() });
const avatarParams = z.strictObject({ name: z.string().max(100) });

export interface UserRoutesDependencies {
  readonly ownAccount: OwnAccount;
  readonly avatars: Avatars;
  readonly dataExport: DataExport;
  readonly sessions: DeviceSessions;
}

/** REST over one's own account. */
export function userRoutes(dependencies: UserRoutesDependencies): Route[] {
  return [
    ...accountRoutes(dependencies),
    ...avatarRoutes(dependencies),
    ...sessionRoutes(dependencies.sessions),
  ];
}

function accountRoutes({ ownAccount, dataExport }: UserRoutesDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/users/me',
      summary: 'The account of the caller.',
      auth: 'user',
      answers: { 200: userSchema },
      async handle(_input, { caller }) {
        return { status: 200, body: await ownAccount.get(caller.userId) };
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/users/me',
      summary: 'Change the name of the caller.',
      auth: 'user',
      body: updateBody,
      answers: { 200: userSchema },
      async handle({ body }, { caller }) {
        return { status: 200, body: await ownAccount.update(caller.userId, body) };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/users/me/email',
      summary: 'Change the e-mail address of the caller. The new one is then to be confirmed.',
      auth: 'user',
      body: emailBody,
      answers: { 200: userSchema },
      errors: ['invalid_credentials', 'email_taken'],
      requestsPerMinute: FEW_PER_MINUTE,
      async handle({ body }, { caller }) {
        const user = await ownAccount.changeEmail(caller.userId, body.email, body.password);
        return { status: 200, body: user };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/users/me/email-verification',
      summary:
        'Have a mail sent that confirms the e-mail address. None is sent once it is confirmed.',
      auth: 'user',
      answers: { 202: null },
      requestsPerMinute: FEW_PER_MINUTE,
      async handle(_input, { caller }) {
        ownAccount.requestVerification(caller.userId);
        return { status: 202, body: undefined };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/users/me/password',
      summary: 'Change the password of the caller. Every other session ends.',
      auth: 'user',
      body: passwordBody,
      answers: { 204: null },
      errors: ['invalid_credentials'],
      async handle({ body }, { caller }) {
        const { userId, sessionId } = caller;
        const { currentPassword: current, newPassword: next } = body;
        await ownAccount.changePassword({ userId, sessionId, current, next });
        return { status: 204, body: undefined };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/users/me/export',
      summary: 'Everything that is stored about the caller, as one JSON file.',
      auth: 'user',
      answers: { 200: 'file' },
      requestsPerMinute: FEW_PER_MINUTE,
      async handle(_input, { caller }) {
        const file = await dataExport.open(caller.userId);
        return { status: 200, body: undefined, file };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/users/me',
      summary:
        'Delete the account for good. What others share with it stays, without the name; its address can be registered again.',
      auth: 'user',
      body: deleteBody,
      answers: { 204: null },
      errors: ['invalid_credentials'],
      async handle({ body }, { caller }) {
        await ownAccount.delete(caller.userId, body.password);
        return { status: 204, body: undefined };
      },
    }),
  ];
}

function avatarRoutes({ avatars, ownAccount }: UserRoutesDependencies): Route[] {
  return [
    defineRoute({
      method: 'PUT',
      path: '/v1/users/me/avatar',
      summary: 'Set the picture of the caller: PNG, JPEG or WebP of at most 2 MiB.',
      auth: 'user',
      upload: { maxBytes: MAX_AVATAR_BYTES, types: Object.keys(PICTURE_TYPES) },
      answers: { 200: userSchema },
      requestsPerMinute: 30,
      async handle(_input, { caller, openFile }) {
        await avatars.set(caller.userId, openFile());
        return { status: 200, body: await ownAccount.get(caller.userId) };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/users/me/avatar',
      summary: 'Remove the picture of the caller.',
      auth: 'user',
      answers: { 204: null },
      async handle(_input, { caller }) {
        await avatars.remove(caller.userId);
        return { status: 204, body: undefined };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/avatars/:name',
      summary: 'The picture of somebody, to whoever has its URL.',
      auth: 'none',
      params: avatarParams,
      answers: { 200: 'file' },
      errors: ['not_found'],
      async handle({ params }) {
        const file = await avatars.open(params.name);
        return { status: 200, body: undefined, file, cacheForMs: YEAR_MS };
      },
    }),
  ];
}

function sessionRoutes(sessions: DeviceSessions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/users/me/sessions',
      summary: 'Where the caller is signed in, newest first.',
      auth: 'user',
      query: pageQuery({ defaultLimit: 50 }),
      answers: { 200: sessionPage },
      async handle({ query }, { caller }) {
        const page = await sessions.list(caller, query.cursor ?? null, query.limit);
        return { status: 200, body: page };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/users/me/sessions',
      summary: 'Sign out everywhere else.',
      auth: 'user',
      answers: { 204: null },
      async handle(_input, { caller }) {
        await sessions.endOthers(caller);
        return { status: 204, body: undefined };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/users/me/sessions/:sessionId',
      summary: 'Sign one device out: at once, also of meetings.',
      auth: 'user',
      params: sessionParams,
      answers: { 204: null },
      errors: ['not_found'],
      async handle({ params }, { caller }) {
        await sessions.end(caller, params.sessionId);
        return { status: 204, body: undefined };
      },
    }),
  ];
}
