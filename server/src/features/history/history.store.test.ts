import { randomUUID } from 'node:crypto';
import type {
  ErrorAnswer,
  MeetingStay,
  Page,
  Room,
  RoomStatistics,
  UserActivity,
} from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';

let api: TestApi;
let host: string;
let ann: string;
let annId: string;
let stranger: string;
let admin: string;
let room: Room;

beforeAll(async () => {
  api = await startTestApi();
  host = (await api.signUp('Hanna')).accessToken;
  const person = await api.signUp('Ann');
  [ann, annId] = [person.accessToken, person.user.id];
  stranger = (await api.signUp('Sam')).accessToken;
  const administrator = await api.signUp('Ada');
  admin = administrator.accessToken;
  await api.stores.owner.query('UPDATE users SET is_admin = TRUE WHERE id = $1', [
    administrator.user.id,
  ]);
  room = await api.createRoom(host, { name: 'Retro' });
  // Ann came three times for a minute; Bob, a guest, once for two.
  const bob = randomUUID();
  await api.stores.owner.query(
    `INSERT INTO users (id, first_name, last_name, kind) VALUES ($1, 'Bob', '', 'guest')`,
    [bob],
  );
  await addStays([
    [annId, '10:00', '10:01'],
    [annId, '10:05', '10:06'],
    [annId, '10:10', '10:11'],
    [bob, '10:00', '10:02'],
  ]);
  await api.stores.owner.query(
    `INSERT INTO room_participants (room_id, user_id, joined_at, left_at)
     SELECT room_id, user_id, MAX(joined_at), MAX(left_at) FROM meeting_history
     WHERE room_id = $1 GROUP BY room_id, user_id`,
    [room.id],
  );
});
afterAll(() => api.close());

async function addStays(stays: readonly (readonly [string, string, string])[]): Promise<void> {
  for (const [userId, from, to] of stays) {
    await api.stores.owner.query(
      'INSERT INTO meeting_history (room_id, user_id, joined_at, left_at) VALUES ($1, $2, $3, $4)',
      [room.id, userId, `2026-01-01T${from}:00Z`, `2026-01-01T${to}:00Z`],
    );
  }
}

function get<T>(path: string, token: string) {
  return api.request<T & ErrorAnswer>(path, { token });
}

describe('meetings', () => {
  test('of one’s own are listed with their time, the last first, in pages', async () => {
    const path = '/v1/users/me/meetings?limit=2';
    const first = await get<Page<MeetingStay>>(path, ann);
    expect(first.body.items).toMatchObject([
      {
        roomId: room.id,
        roomName: 'Retro',
        identity: annId,
        name: 'Ann Example',
        joinedAt: '2026-01-01T10:10:00.000Z',
        leftAt: '2026-01-01T10:11:00.000Z',
        durationSeconds: 60,
        recordingUrl: null,
      },
      { joinedAt: '2026-01-01T10:05:00.000Z' },
    ]);
    const second = await get<Page<MeetingStay>>(`${path}&cursor=${first.body.nextCursor}`, ann);
    expect(second.body).toMatchObject({
      items: [{ joinedAt: '2026-01-01T10:00:00.000Z' }],
      nextCursor: null,
    });
    expect((await get<Page<MeetingStay>>(path, stranger)).body.items).toEqual([]);
  });

  test('of a room are for its host, moderators and administrators', async () => {
    const path = `/v1/rooms/${room.id}/history`;
    for (const token of [host, admin]) {
      const { body } = await get<Page<MeetingStay>>(path, token);
      expect(body.items.map(({ name }) => name).toSorted()).toEqual([
        'Ann Example',
        'Ann Example',
        'Ann Example',
        'Bob',
      ]);
    }
    for (const token of [ann, stranger]) {
      expect((await get(path, token)).body.error.code).toBe('forbidden');
    }
    await api.stores.owner.query(
      `UPDATE room_participants SET role = 'moderator' WHERE room_id = $1 AND user_id = $2`,
      [room.id, annId],
    );
    expect((await get<Page<MeetingStay>>(path, ann)).body.items).toHaveLength(4);
  });
});

describe('statistics', () => {
  test('of a room are exact, once it has ended', async () => {
    const path = `/v1/rooms/${room.id}/statistics`;
    expect((await get(path, host)).body.error.code).toBe('conflict');
    await api.request(`/v1/rooms/${room.id}/end`, { method: 'POST', token: host });
    for (const token of [host, admin]) {
      expect((await get<RoomStatistics>(path, token)).body).toMatchObject({
        roomId: room.id,
        roomName: 'Retro',
        hostName: 'Hanna Example',
        totalParticipants: 2,
        totalParticipations: 4,
        averageDurationSeconds: 75,
        firstJoinedAt: '2026-01-01T10:00:00.000Z',
        lastLeftAt: '2026-01-01T10:11:00.000Z',
        endedAt: expect.any(String),
      });
    }
    expect((await get(path, stranger)).body.error.code).toBe('forbidden');
    expect((await get(`/v1/rooms/${randomUUID()}/statistics`, host)).body.error.code).toBe(
      'room_not_found',
    );
  });

  test('of a person are exact, and theirs and the administrators’', async () => {
    const expected = {
      userId: annId,
      name: 'Ann Example',
      roomsCreated: 0,
      roomsJoined: 1,
      participations: 3,
      totalMeetingSeconds: 180,
    };
    const path = `/v1/users/${annId}/activity`;
    expect((await get<UserActivity>('/v1/users/me/activity', ann)).body).toMatchObject(expected);
    expect((await get<UserActivity>(path, ann)).body).toMatchObject(expected);
    expect((await get<UserActivity>(path, admin)).body).toMatchObject(expected);
    expect((await get(path, stranger)).body.error.code).toBe('forbidden');
    expect((await get(`/v1/users/${randomUUID()}/activity`, admin)).body.error.code).toBe(
      'not_found',
    );
    expect((await get('/v1/users/rubbish/activity', ann)).body.error.code).toBe('forbidden');
  });
});
