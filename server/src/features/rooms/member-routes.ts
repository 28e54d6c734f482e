import { GIVEN_ROLES } from '@balai/protocol';
import { z } from 'zod';
import { pageQuery } from '../../kernel/cursor.ts';
import { defineRoute, type Route } from '../../kernel/route.ts';
import type { Participants } from './participants.ts';
import { participantPage, participantSchema, settingsSchema } from './room-schemas.ts';
import type { RoomSettingsDesk } from './room-settings.ts';
import { roomParams } from './routes.ts';

const listQuery = pageQuery({ defaultLimit: 50 }).extend({
  present: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});

/** REST over the people of a room, and what holds there. */
export function roomMemberRoutes(participants: Participants, settings: RoomSettingsDesk): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/rooms/:roomId/participants',
      summary: 'Who is and was in the room, those who came last first. For its members.',
      auth: 'member',
      params: roomParams,
      query: listQuery,
      answers: { 200: participantPage },
      errors: ['room_not_found', 'forbidden'],
      async handle({ params, query }, { caller }) {
        const { present, cursor, limit } = query;
        const list = { isPresent: present, cursor: cursor ?? null, limit };
        return {
          status: 200,
          body: await participants.list(params.roomId, caller.userId, list),
        };
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/rooms/:roomId/participants/:identity',
      summary:
        'Give somebody another role: moderator, participant or listener. For who may by the rules of the room.',
      auth: 'user',
      params: roomParams.extend({ identity: z.string() }),
      body: z.strictObject({ role: z.enum(GIVEN_ROLES) }),
      answers: { 200: participantSchema },
      errors: ['room_not_found', 'not_found', 'forbidden', 'conflict'],
      async handle({ params, body }, { caller }) {
        const { roomId, identity } = params;
        return {
          status: 200,
          body: await participants.setRole(roomId, caller.userId, identity, body.role),
        };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/rooms/:roomId/settings',
      summary: 'What holds in the room. For its members.',
      auth: 'member',
      params: roomParams,
      answers: { 200: settingsSchema },
      errors: ['room_not_found', 'forbidden'],
      async handle({ params }, { caller }) {
        return { status: 200, body: await settings.read(params.roomId, caller.userId) };
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/v1/rooms/:roomId/settings/:key',
      summary: 'Set one setting of the room. For the host.',
      auth: 'user',
      params: roomParams.extend({ key: z.string() }),
      body: z.strictObject({ value: z.json().meta({ id: 'Json' }) }),
      answers: { 200: settingsSchema },
      errors: ['room_not_found', 'unknown_setting', 'forbidden'],
      async handle({ params, body }, { caller }) {
        const { roomId, key } = params;
        return {
          status: 200,
          body: await settings.write(roomId, caller.userId, key, body.value),
        };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/rooms/:roomId/settings/:key',
      summary: 'Go back to the default of one setting of the room. For the host.',
      auth: 'user',
      params: roomParams.extend({ key: z.string() }),
      answers: { 200: settingsSchema },
      errors: ['room_not_found', 'unknown_setting', 'forbidden'],
      async handle({ params }, { caller }) {
        const { roomId, key } = params;
        return { status: 200, body: await settings.write(roomId, caller.userId, key, undefined) };
      },
    }),
  ];
}
