import { ROOM_LISTS } from '@balai/protocol';
import { z } from 'zod';
import { pageQuery } from '../../kernel/cursor.ts';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { typedLine, typedText } from '../../kernel/text.ts';
import { roomPage, roomSchema } from './room-schemas.ts';
import type { Rooms } from './rooms.ts';

const MINUTE_MS = 60_000;
const DEFAULT_SEATS = 10;
const DEFAULT_PAGE = 20;

/** Any text: one that is not a room's id is answered `room_not_found`. */
export const roomParams = z.strictObject({ roomId: z.string() });

const name = typedLine(1, 255);
const description = typedText(0, 2_000);
const password = z.string().min(1).max(200);
const maxUsers = z.int().min(1).max(10_000);
const scheduledAt = z.iso.datetime({ offset: true });

const createBody = z.strictObject({
  name,
  description: description.optional(),
  password: password.optional(),
  maxUsers: maxUsers.default(DEFAULT_SEATS),
  guestsAllowed: z.boolean().default(true),
  scheduledAt: scheduledAt.optional(),
});

const updateBody = z.strictObject({
  name: name.optional(),
  description: description.nullable().optional(),
  password: password.nullable().optional(),
  maxUsers: maxUsers.optional(),
  scheduledAt: scheduledAt.nullable().optional(),
});

const listQuery = pageQuery({ defaultLimit: DEFAULT_PAGE }).extend({
  list: z.enum(ROOM_LISTS).default('mine'),
});

/** REST over rooms. */
export function roomRoutes(rooms: Rooms): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/rooms',
      summary: 'Make a room, for now or for later, with the caller as its host.',
      auth: 'user',
      body: createBody,
      answers: { 201: roomSchema },
      isIdempotent: true,
      limit: { name: 'create-room', requests: 300, windowMs: MINUTE_MS },
      async handle({ body }, { caller }) {
        const room = await rooms.create(caller.userId, {
          name: body.name,
          description: body.description || null,
          password: body.password ?? null,
          maxUsers: body.maxUsers,
          guestsAllowed: body.guestsAllowed,
          scheduledAt: body.scheduledAt === undefined ? null : new Date(body.scheduledAt),
        });
        return { status: 201, body: room };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/rooms',
      summary:
        'Rooms of the caller, newest first: those they host (mine), or host or are or were in, and that go on (active) or are over (past).',
      auth: 'user',
      query: listQuery,
      answers: { 200: roomPage },
      async handle({ query }, { caller }) {
        const { list, cursor, limit } = query;
        return { status: 200, body: await rooms.list(caller.userId, list, cursor ?? null, limit) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/rooms/:roomId',
      summary: 'A room, to whoever knows its id: the id is the invitation.',
      auth: 'none',
      params: roomParams,
      answers: { 200: roomSchema },
      errors: ['room_not_found'],
      limit: { name: 'get-room', requests: 600, windowMs: MINUTE_MS },
      async handle({ params }) {
        return { status: 200, body: await rooms.get(params.roomId) };
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/rooms/:roomId',
      summary: 'Change a room that is not over. For the host and administrators.',
      auth: 'user',
      params: roomParams,
      body: updateBody,
      answers: { 200: roomSchema },
      errors: ['room_not_found', 'forbidden', 'room_ended'],
      async handle({ params, body }, { caller }) {
        const room = await rooms.update(params.roomId, caller.userId, {
          ...body,
          description: body.description === '' ? null : body.description,
          scheduledAt:
            typeof body.scheduledAt === 'string' ? new Date(body.scheduledAt) : body.scheduledAt,
        });
        return { status: 200, body: room };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/rooms/:roomId/cancel',
      summary: 'Call a meeting off that nobody has been in. For the host and administrators.',
      auth: 'user',
      params: roomParams,
      answers: { 200: roomSchema },
      errors: ['room_not_found', 'forbidden', 'conflict', 'room_ended'],
      async handle({ params }, { caller }) {
        return { status: 200, body: await rooms.cancel(params.roomId, caller.userId) };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/rooms/:roomId/end',
      summary: 'End the meeting for everybody. For the host and administrators.',
      auth: 'user',
      params: roomParams,
      answers: { 200: roomSchema },
      errors: ['room_not_found', 'forbidden'],
      async handle({ params }, { caller }) {
        return { status: 200, body: await rooms.end(params.roomId, caller.userId) };
      },
    }),
  ];
}
