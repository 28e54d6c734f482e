import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { enterRoom } from '../../../test/test-member.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

test('breakout rooms end with their room, are in no list, and have no link (SPEC 18.1, 18.7)', async () => {
  const { accessToken: token } = await api.signUp('Hanna');
  const room = await api.createRoom(token);
  const host = await enterRoom(api, room.id, token);
  const { rooms } = await host.client.request('breakouts.create', {
    rooms: [{ name: 'Group', identities: [] }],
  });
  const id = rooms[0]?.id ?? '';
  const statusOf = async () => (await api.request<{ status: string }>(`/v1/rooms/${id}`)).body;

  const mine = await api.request<{ items: { id: string }[] }>('/v1/rooms', { token });
  expect(mine.body.items.map((one) => one.id)).toEqual([room.id]);
  const join = await api.request<{ error: { code: string } }>(`/v1/rooms/${id}/join`, {
    token,
    body: {},
  });
  expect(join.body.error.code).toBe('room_not_found');

  expect(await statusOf()).toMatchObject({ status: 'active' });
  await api.request(`/v1/rooms/${room.id}/end`, { method: 'POST', token });
  expect(await statusOf()).toMatchObject({ status: 'ended' });
});
