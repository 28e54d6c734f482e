import { z } from 'zod';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { typedLine, typedText } from '../../kernel/text.ts';
import type { Rooms } from './rooms.ts';

const MINUTE_MS = 60_000;
const DEFAULT_SEATS = 10;
const DEFAULT_PAGE = 20;

/** Any text: one that is not a room's id is answered `room_not_found`. */
const roomParams = z.strictObject({ roomId: z.string() });

const createBody = z.strictObject({
  name: typedLine(1, 255),
  description: typedText(0, 2_000).optional(),
  password: z.string().min(1).max(200).optional(),
  maxUsers: z.int().min(1).max(10_000).default(DEFAULT_SEATS),
  guestsAllowed: z.boolean().default(true),
});

const listQuery = z.strictObject({
  cursor: z.string().max(200).optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(100))
    .default(DEFAULT_PAGE),
});

/** REST over rooms. */
export function roomRoutes(rooms: Rooms): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/rooms',
      summary: 'Make a room, with the caller as its host.',
      auth: 'user',
      body: createBody,
      limit: { name: 'create-room', requests: 300, windowMs: MINUTE_MS },
      async handle({ body }, { caller }) {
        const room = await rooms.create(caller.userId, {
          name: body.name,
          description: body.description || null,
          password: body.password ?? null,
          maxUsers: body.maxUsers,
          guestsAllowed: body.guestsAllowed,
        });
        return { status: 201, body: room };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/rooms',
      summary: "The caller's own rooms, newest first.",
      auth: 'user',
      query: listQuery,
      async handle({ query }, { caller }) {
        const page = await rooms.list(caller.userId, query.cursor ?? null, query.limit);
        return { status: 200, body: page };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/rooms/:roomId',
      summary: 'A room, to whoever knows its id: the id is the invitation.',
      auth: 'none',
      params: roomParams,
      limit: { name: 'get-room', requests: 600, windowMs: MINUTE_MS },
      async handle({ params }) {
        return { status: 200, body: await rooms.get(params.roomId) };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/rooms/:roomId/end',
      summary: 'End the meeting for everybody. For the host.',
      auth: 'user',
      params: roomParams,
      async handle({ params }, { caller }) {
        return { status: 200, body: await rooms.end(params.roomId, caller.userId) };
      },
    }),
  ];
}
