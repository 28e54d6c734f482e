import type { Contact, UserSearchAnswer } from '@balai/protocol';
import { z } from 'zod';
import { pageQuery } from '../../kernel/cursor.ts';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { typedLine } from '../../kernel/text.ts';
import { exactly, pageOf, timestamp, uuid } from '../../kernel/wire-schemas.ts';
import type { Contacts } from './contacts.ts';

const email = z.string().trim().toLowerCase().max(255).pipe(z.email());

/** Shorter beginnings of names would list people rather than find somebody. */
const MIN_SEARCH = 3;
/** Enough for somebody who types, too few to try addresses. */
const SEARCHES_PER_MINUTE = 30;

const searchQuery = z.strictObject({ q: typedLine(MIN_SEARCH, 255) });
const contactParams = z.strictObject({ userId: z.string() });
const addBody = z
  .strictObject({ email: email.optional(), userId: z.string().max(64).optional() })
  .refine(
    (body) => (body.email === undefined) !== (body.userId === undefined),
    'must have either email or userId',
  );

const summaryFields = {
  id: uuid,
  firstName: z.string(),
  lastName: z.string(),
  avatarUrl: z.string().nullable(),
  email: z.string().nullable(),
};

const searchSchema = exactly<UserSearchAnswer>()(
  z
    .strictObject({ items: z.array(z.strictObject(summaryFields).meta({ id: 'UserSummary' })) })
    .meta({ id: 'UserSearchAnswer' }),
);

const contactSchema = exactly<Contact>()(
  z
    .strictObject({
      ...summaryFields,
      addedAt: timestamp,
      room: z.strictObject({ id: uuid, name: z.string() }).nullable(),
    })
    .meta({ id: 'Contact' }),
);

/** REST over contacts. */
export function contactRoutes(contacts: Contacts): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/users/search',
      summary:
        'Find anybody by their whole e-mail address, or people one has met by the beginning of their name.',
      auth: 'user',
      query: searchQuery,
      answers: { 200: searchSchema },
      requestsPerMinute: SEARCHES_PER_MINUTE,
      async handle({ query }, { caller }) {
        const body: UserSearchAnswer = { items: await contacts.search(caller.userId, query.q) };
        return { status: 200, body };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/contacts',
      summary: 'The contacts of the caller, newest first, and the rooms they are in.',
      auth: 'user',
      query: pageQuery({ defaultLimit: 50 }),
      answers: { 200: pageOf('ContactPage', contactSchema) },
      async handle({ query }, { caller }) {
        const page = await contacts.list(caller.userId, query.cursor ?? null, query.limit);
        return { status: 200, body: page };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/contacts',
      summary: 'Add a contact: anybody by e-mail address, or somebody one has met by id.',
      auth: 'user',
      body: addBody,
      answers: { 201: contactSchema },
      errors: ['not_found'],
      isIdempotent: true,
      requestsPerMinute: SEARCHES_PER_MINUTE,
      async handle({ body }, { caller }) {
        const contact =
          body.email === undefined
            ? await contacts.addById(caller.userId, body.userId ?? '')
            : await contacts.addByEmail(caller.userId, body.email);
        return { status: 201, body: contact };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/contacts/:userId',
      summary: 'Remove a contact.',
      auth: 'user',
      params: contactParams,
      answers: { 204: null },
      errors: ['not_found'],
      async handle({ params }, { caller }) {
        await contacts.remove(caller.userId, params.userId);
        return { status: 204, body: undefined };
      },
    }),
  ];
}
