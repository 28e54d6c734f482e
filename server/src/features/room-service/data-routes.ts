import type { RoomId, SendDataRequest } from '@balai/protocol';
import { LIMITS } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { defineRoute, type Route } from '../../kernel/route.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import type { Calls } from '../data/calls.ts';
import type { RoomOwner } from '../rooms/project-rooms.ts';
import type { Sessions } from '../sessions/sessions.ts';
import {
  participantParams,
  roomParams,
  rpcBody,
  rpcOutcome,
  sendDataBody,
} from './service-schemas.ts';

const DEFAULT_RESPONSE_TIMEOUT_MS = 15_000;

export interface DataRoutesOptions {
  readonly media: Pick<MediaPlane, 'sendData'>;
  readonly sessions: Pick<Sessions, 'findStay'>;
  readonly calls: Pick<Calls, 'callFromBackend'>;
  /** The id of the open room of a name. */
  readonly resolve: (owner: RoomOwner, name: string) => Promise<RoomId>;
}

/** REST over what a backend says to those who are in the rooms of its project. */
export function serviceDataRoutes(options: DataRoutesOptions): Route[] {
  const { calls, resolve } = options;
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
      errors: ['room_not_found', 'payload_too_large', 'media_unavailable'],
      async handle({ params, body }, { project }) {
        await sendData(options, await resolve(project, params.room), body);
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
      errors: ['room_not_found', 'not_found', 'rate_limited'],
      async handle({ params, body }, { project }) {
        const roomId = await resolve(project, params.room);
        const { method, payload, responseTimeoutMs = DEFAULT_RESPONSE_TIMEOUT_MS } = body;
        const call = { method, payload, responseTimeoutMs };
        const outcome = await calls.callFromBackend(roomId, params.identity, call);
        return { status: 200, body: outcome };
      },
    }),
  ];
}

async function sendData(
  { media, sessions }: DataRoutesOptions,
  roomId: RoomId,
  { payload, topic = '', kind = 'reliable', destinationIdentities }: SendDataRequest,
): Promise<void> {
  const bytes = Buffer.from(payload, 'base64');
  if (bytes.length > LIMITS.dataPayloadBytes) {
    throw new AppError('payload_too_large');
  }
  const destinations = destinationIdentities?.flatMap(
    (identity) => sessions.findStay(roomId, identity)?.participantId ?? [],
  );
  // For some, of whom nobody is there: nobody else is to get it.
  if (destinations?.length === 0) {
    return;
  }
  await media.sendData({ roomId, kind, topic, payload: bytes, destinations: destinations ?? [] });
}
