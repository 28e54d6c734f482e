import type { RoomId } from '@balai/protocol';
import { defineRoute, type Route } from '../../kernel/route.ts';
import type { RoomOwner } from '../rooms/project-rooms.ts';
import type { BackendData } from './backend-data.ts';
import type { ServiceParticipants } from './service-participants.ts';
import {
  participantParams,
  roomParams,
  rpcBody,
  rpcOutcome,
  sendDataBody,
} from './service-schemas.ts';

const DEFAULT_RESPONSE_TIMEOUT_MS = 15_000;

export interface DataRoutesOptions {
  readonly data: BackendData;
  readonly people: Pick<ServiceParticipants, 'call'>;
  /** The id of the open room of a name. */
  readonly resolve: (owner: RoomOwner, name: string) => Promise<RoomId>;
}

/** REST over what a backend says to those who are in the rooms of its project. */
export function serviceDataRoutes({ data, people, resolve }: DataRoutesOptions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/service/rooms/:room/data',
      summary: 'Send data to those in a room who receive data. Who is not there is passed over.',
      auth: 'project',
      scope: 'data',
      params: roomParams,
      body: sendDataBody,
      answers: { 204: null },
      errors: ['room_not_found', 'payload_too_large', 'media_unavailable', 'unavailable'],
      async handle({ params, body }, { project }) {
        await data.send(await resolve(project, params.room), body);
        return { status: 204, body: undefined };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/service/rooms/:room/participants/:identity/rpc',
      summary: "Call a method of somebody's. What became of it is the answer, failures included.",
      auth: 'project',
      scope: 'data',
      params: participantParams,
      body: rpcBody,
      answers: { 200: rpcOutcome },
      errors: ['room_not_found', 'not_found', 'rate_limited', 'unavailable'],
      async handle({ params, body }, { project }) {
        const roomId = await resolve(project, params.room);
        const { method, payload, responseTimeoutMs = DEFAULT_RESPONSE_TIMEOUT_MS } = body;
        const call = { method, payload, responseTimeoutMs };
        const outcome = await people.call(roomId, params.identity, call);
        return { status: 200, body: outcome };
      },
    }),
  ];
}
