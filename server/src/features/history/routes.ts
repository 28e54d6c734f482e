import type { MeetingStay, RoomStatistics, UserActivity } from '@balai/protocol';
import { z } from 'zod';
import { pageQuery } from '../../kernel/cursor.ts';
import { defineRoute, type Route } from '../../kernel/route.ts';
import { exactly, pageOf, timestamp, uuid } from '../../kernel/wire-schemas.ts';
import { roomParams } from '../rooms/routes.ts';
import type { History } from './history.ts';

const staySchema = exactly<MeetingStay>()(
  z
    .strictObject({
      id: uuid,
      roomId: uuid,
      roomName: z.string(),
      identity: z.string(),
      name: z.string(),
      joinedAt: timestamp,
      leftAt: timestamp.nullable(),
      durationSeconds: z.number().nullable(),
      recordingUrl: z.string().nullable(),
    })
    .meta({ id: 'MeetingStay' }),
);

const stayPage = pageOf('MeetingStayPage', staySchema);

const statisticsSchema = exactly<RoomStatistics>()(
  z
    .strictObject({
      roomId: uuid,
      roomName: z.string(),
      hostId: uuid,
      hostName: z.string(),
      totalParticipants: z.int(),
      totalParticipations: z.int(),
      averageDurationSeconds: z.number().nullable(),
      firstJoinedAt: timestamp.nullable(),
      lastLeftAt: timestamp.nullable(),
      createdAt: timestamp,
      endedAt: timestamp.nullable(),
    })
    .meta({ id: 'RoomStatistics' }),
);

const activitySchema = exactly<UserActivity>()(
  z
    .strictObject({
      userId: uuid,
      name: z.string(),
      email: z.string().nullable(),
      roomsCreated: z.int(),
      roomsJoined: z.int(),
      participations: z.int(),
      totalMeetingSeconds: z.number(),
      lastSignedInAt: timestamp.nullable(),
      createdAt: timestamp,
    })
    .meta({ id: 'UserActivity' }),
);

const listQuery = pageQuery({ defaultLimit: 20 });

/** REST over what is past. */
export function historyRoutes(history: History): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/users/me/meetings',
      summary: 'The meetings that the caller was in, the last first.',
      auth: 'user',
      query: listQuery,
      answers: { 200: stayPage },
      async handle({ query: { cursor, limit } }, { caller }) {
        const page = { cursor: cursor ?? null, limit };
        return { status: 200, body: await history.ofUser(caller.userId, page) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/users/me/activity',
      summary: 'Figures of what the caller did here so far.',
      auth: 'user',
      answers: { 200: activitySchema },
      async handle(_input, { caller }) {
        const { userId } = caller;
        return { status: 200, body: await history.userActivity(userId, userId) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/users/:userId/activity',
      summary: 'Figures of what somebody did here so far. For themselves and administrators.',
      auth: 'user',
      params: z.strictObject({ userId: z.string() }),
      answers: { 200: activitySchema },
      errors: ['forbidden', 'not_found'],
      async handle({ params }, { caller }) {
        return {
          status: 200,
          body: await history.userActivity(params.userId, caller.userId),
        };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/rooms/:roomId/history',
      summary:
        'Who was in the room from when to when, the last first. For host, moderators and administrators.',
      auth: 'user',
      params: roomParams,
      query: listQuery,
      answers: { 200: stayPage },
      errors: ['room_not_found', 'forbidden'],
      async handle({ params, query: { cursor, limit } }, { caller }) {
        const page = { cursor: cursor ?? null, limit };
        return { status: 200, body: await history.ofRoom(params.roomId, caller.userId, page) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/rooms/:roomId/statistics',
      summary: 'Figures of a meeting that has ended. For host, moderators and administrators.',
      auth: 'user',
      params: roomParams,
      answers: { 200: statisticsSchema },
      errors: ['room_not_found', 'forbidden', 'conflict'],
      async handle({ params }, { caller }) {
        return { status: 200, body: await history.roomStatistics(params.roomId, caller.userId) };
      },
    }),
  ];
}
