import { defineRoute, type Route } from '../../kernel/route.ts';
import { roomConfiguration } from '../rooms/room-configuration.ts';
import type { ServiceRooms } from './service-rooms.ts';
import {
  createRoomBody,
  roomParams,
  roomsQuery,
  serviceRoom,
  serviceRoomPage,
} from './service-schemas.ts';

/** REST over the rooms of a project, for its backend. */
export function serviceRoomRoutes(rooms: ServiceRooms): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/service/rooms',
      summary: 'Make a room of a name. One of this name that is open is answered as it is.',
      auth: 'project',
      scope: 'rooms:write',
      body: createRoomBody,
      answers: { 200: serviceRoom },
      isIdempotent: true,
      async handle({ body }, { project }) {
        return { status: 200, body: await rooms.create(project, body) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/service/rooms',
      summary: 'Rooms of the project, newest first. Breakout rooms are not among them.',
      auth: 'project',
      scope: 'rooms:read',
      query: roomsQuery,
      answers: { 200: serviceRoomPage },
      async handle({ query }, { project }) {
        const { status = null, names = null, prefix, cursor = null, limit } = query;
        const page = await rooms.list(project, { status, names, prefix }, cursor, limit);
        return { status: 200, body: page };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/service/rooms/:room',
      summary: 'The open room of a name.',
      auth: 'project',
      scope: 'rooms:read',
      params: roomParams,
      answers: { 200: serviceRoom },
      errors: ['room_not_found'],
      async handle({ params }, { project }) {
        return { status: 200, body: await rooms.get(project, params.room) };
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/service/rooms/:room',
      summary: 'Change an open room. It holds at once for those who are in it.',
      auth: 'project',
      scope: 'rooms:write',
      params: roomParams,
      body: roomConfiguration,
      answers: { 200: serviceRoom },
      errors: ['room_not_found', 'unavailable'],
      async handle({ params, body }, { project }) {
        return { status: 200, body: await rooms.update(project, params.room, body) };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/service/rooms/:room',
      summary: 'End a room, for everybody who is in it.',
      auth: 'project',
      scope: 'rooms:write',
      params: roomParams,
      answers: { 204: null },
      errors: ['room_not_found', 'unavailable'],
      async handle({ params }, { project }) {
        await rooms.end(project, params.room);
        return { status: 204, body: undefined };
      },
    }),
  ];
}
