import { LIMITS } from '@balai/protocol';
import { z } from 'zod';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { typedLine } from '../../kernel/text.ts';
import { joinAnswer, joinInfo } from './join-schemas.ts';
import type { Joining } from './joining.ts';

const MINUTE_MS = 60_000;

const joinParams = z.strictObject({ roomId: z.string() });

const joinBody = z.strictObject({
  password: z.string().max(200).optional(),
  name: typedLine(1, LIMITS.displayName).optional(),
});

/** REST over joining. */
export function joiningRoutes(joining: Joining): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/rooms/:roomId/join',
      summary: 'Get a room token, as the caller or as a guest with a name.',
      auth: 'optional',
      params: joinParams,
      body: joinBody,
      answers: { 200: joinAnswer },
      errors: [
        'room_not_found',
        'room_ended',
        'guests_not_allowed',
        'room_password_required',
        'wrong_room_password',
        'room_full',
        'banned',
        'room_locked',
        'rate_limited',
        'shutting_down',
      ],
      // A hall that sits behind one address must get in; guessing has limits of its own.
      limit: { name: 'join', requests: 3_000, windowMs: MINUTE_MS },
      async handle({ params, body }, { caller, network, origin }) {
        const answer = await joining.join({
          roomId: params.roomId,
          caller,
          password: body.password,
          name: body.name,
          network,
          origin,
        });
        return { status: 200, body: answer };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/join-info',
      summary: 'What a client needs before its socket opens, for a room token got elsewhere.',
      auth: 'room',
      answers: { 200: joinInfo },
      async handle(_input, { ticket, origin }) {
        return { status: 200, body: joining.describe(ticket.userId, origin, ticket.checkEndsAt) };
      },
    }),
  ];
}
