import type { RoomId } from '@balai/protocol';
import { defineRoute, type Route } from '../../kernel/route.ts';
import type { Forwarding } from '../breakouts/forwarding.ts';
import type { Moves } from '../breakouts/moves.ts';
import type { RoomOwner } from '../rooms/project-rooms.ts';
import type { ServiceParticipants } from './service-participants.ts';
import {
  muteBody,
  otherRoomBody,
  otherRoomQuery,
  participantParams,
  participantsQuery,
  removalQuery,
  roomBans,
  roomParams,
  serviceParticipant,
  serviceParticipantPage,
  subscriptionsBody,
  trackInfo,
  updateParticipantBody,
} from './service-schemas.ts';

const DONE = { status: 204, body: undefined } as const;

export interface ParticipantRoutesOptions {
  readonly people: ServiceParticipants;
  /** The id of the open room of a name. */
  readonly resolve: (owner: RoomOwner, name: string) => Promise<RoomId>;
  readonly moves: Pick<Moves, 'moveParticipant'>;
  readonly forwarding: Pick<Forwarding, 'forward' | 'stop'>;
}

/** REST over who is in the rooms of a project, for its backend. */
export function serviceParticipantRoutes(options: ParticipantRoutesOptions): Route[] {
  return [...readingRoutes(options), ...changingRoutes(options), ...movingRoutes(options)];
}

function readingRoutes({ people, resolve }: ParticipantRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/service/rooms/:room/participants',
      summary: 'Who is in a room, hidden people included; those who came last come first.',
      auth: 'project',
      scope: 'participants:read',
      params: roomParams,
      query: participantsQuery,
      answers: { 200: serviceParticipantPage },
      errors: ['room_not_found', 'unavailable'],
      async handle({ params, query }, { project }) {
        const roomId = await resolve(project, params.room);
        return { status: 200, body: await people.list(roomId, query.cursor ?? null, query.limit) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/service/rooms/:room/participants/:identity',
      summary: 'Somebody who is in a room.',
      auth: 'project',
      scope: 'participants:read',
      params: participantParams,
      answers: { 200: serviceParticipant },
      errors: ['room_not_found', 'not_found', 'unavailable'],
      async handle({ params }, { project }) {
        const roomId = await resolve(project, params.room);
        return { status: 200, body: await people.get(roomId, params.identity) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/service/rooms/:room/bans',
      summary: 'Who may not come into a room any more, the latest first.',
      auth: 'project',
      scope: 'participants:read',
      params: roomParams,
      answers: { 200: roomBans },
      errors: ['room_not_found'],
      async handle({ params }, { project }) {
        const roomId = await resolve(project, params.room);
        return { status: 200, body: await people.listBans(project, roomId) };
      },
    }),
  ];
}

function changingRoutes({ people, resolve }: ParticipantRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'PATCH',
      path: '/v1/service/rooms/:room/participants/:identity',
      summary:
        'Change what somebody is called, says of themselves, is, and may do. It holds at once.',
      auth: 'project',
      scope: 'participants:write',
      params: participantParams,
      body: updateParticipantBody,
      answers: { 200: serviceParticipant },
      errors: ['room_not_found', 'not_found', 'unavailable'],
      async handle({ params, body }, { project }) {
        const roomId = await resolve(project, params.room);
        const changed = await people.update(project, roomId, params.identity, body);
        return { status: 200, body: changed };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/service/rooms/:room/participants/:identity',
      summary:
        'Send somebody out and void the tokens that they have for the room; with ban=true for good, also who is not there.',
      auth: 'project',
      scope: 'participants:write',
      params: participantParams,
      query: removalQuery,
      answers: { 204: null },
      errors: ['room_not_found', 'unavailable'],
      async handle({ params, query }, { project }) {
        const roomId = await resolve(project, params.room);
        const reason = query.ban ? query.reason : null;
        await people.remove(project, roomId, params.identity, reason);
        return DONE;
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/service/rooms/:room/bans/:identity',
      summary: 'Let somebody come in again.',
      auth: 'project',
      scope: 'participants:write',
      params: participantParams,
      answers: { 204: null },
      errors: ['room_not_found', 'not_found'],
      async handle({ params }, { project }) {
        await people.liftBan(project, await resolve(project, params.room), params.identity);
        return DONE;
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/service/rooms/:room/participants/:identity/mute',
      summary: 'Mute a track. Nobody is unmuted from afar: that is refused.',
      auth: 'project',
      scope: 'participants:write',
      params: participantParams,
      body: muteBody,
      answers: { 200: trackInfo },
      errors: [
        'room_not_found',
        'not_found',
        'track_not_found',
        'forbidden',
        'media_unavailable',
        'unavailable',
      ],
      async handle({ params, body }, { project }) {
        const roomId = await resolve(project, params.room);
        return { status: 200, body: await people.mute(roomId, params.identity, body) };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/service/rooms/:room/participants/:identity/subscriptions',
      summary:
        'Deliver tracks to somebody, or no longer. Tracks that are not there are passed over.',
      auth: 'project',
      scope: 'participants:write',
      params: participantParams,
      body: subscriptionsBody,
      answers: { 204: null },
      errors: [
        'room_not_found',
        'not_found',
        'forbidden',
        'conflict',
        'media_unavailable',
        'unavailable',
      ],
      async handle({ params, body }, { project }) {
        const roomId = await resolve(project, params.room);
        await people.updateSubscriptions(roomId, params.identity, body);
        return DONE;
      },
    }),
  ];
}

function movingRoutes(options: ParticipantRoutesOptions): Route[] {
  const { people, resolve, moves, forwarding } = options;
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/service/rooms/:room/participants/:identity/move',
      summary: 'Move somebody to another open room of the project.',
      auth: 'project',
      scope: 'participants:write',
      params: participantParams,
      body: otherRoomBody,
      answers: { 204: null },
      errors: ['room_not_found', 'not_found', 'room_ended', 'unavailable'],
      async handle({ params, body }, { project }) {
        const roomId = await resolve(project, params.room);
        const toRoomId = await resolve(project, body.room);
        const userId = await people.userIdOf(project, roomId, params.identity);
        await moves.moveParticipant(roomId, userId, toRoomId, 'moved');
        return DONE;
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/service/rooms/:room/participants/:identity/forward',
      summary: 'Show what somebody publishes in another open room of the project too.',
      auth: 'project',
      scope: 'participants:write',
      params: participantParams,
      body: otherRoomBody,
      answers: { 204: null },
      errors: ['room_not_found', 'not_found', 'room_ended', 'conflict', 'unavailable'],
      async handle({ params, body }, { project }) {
        const roomId = await resolve(project, params.room);
        const toRoomId = await resolve(project, body.room);
        const userId = await people.userIdOf(project, roomId, params.identity);
        await forwarding.forward(roomId, userId, toRoomId);
        return DONE;
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/service/rooms/:room/participants/:identity/forward',
      summary: 'Show what somebody publishes in the other room no longer.',
      auth: 'project',
      scope: 'participants:write',
      params: participantParams,
      query: otherRoomQuery,
      answers: { 204: null },
      errors: ['room_not_found', 'unavailable'],
      async handle({ params, query }, { project }) {
        const roomId = await resolve(project, params.room);
        const toRoomId = await resolve(project, query.room);
        const userId = await people.userIdOf(project, roomId, params.identity);
        await forwarding.stop(roomId, userId, toRoomId);
        return DONE;
      },
    }),
  ];
}
