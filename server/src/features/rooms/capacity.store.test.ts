import type { RoomParticipant } from '@balai/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { enterRoom, type Member } from '../../../test/test-member.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

test('of 100 who join a room for 10 at the same time exactly 10 get in (SPEC 1.7)', async () => {
  const { accessToken } = await api.signUp();
  const room = await api.createRoom(accessToken, { maxUsers: 10 });
  const attempts = await Promise.allSettled(
    Array.from({ length: 100 }, () => enterRoom(api, room.id)),
  );
  const admitted = attempts.flatMap((attempt): Member[] =>
    attempt.status === 'fulfilled' ? [attempt.value] : [],
  );
  const refusals = attempts.flatMap((attempt) =>
    attempt.status === 'rejected' ? [(attempt.reason as Error).message] : [],
  );
  expect(admitted).toHaveLength(10);
  expect(refusals).toEqual(Array.from({ length: 90 }, () => 'room_full'));
  expect(new Set(admitted.map(({ identity }) => identity)).size).toBe(10);
  const [first] = admitted;
  const { body } = await api.request<{ items: RoomParticipant[] }>(
    `/v1/rooms/${room.id}/participants?present=true`,
    { token: first?.roomToken ?? '' },
  );
  expect(body.items.length).toBeLessThanOrEqual(10);

  await first?.client.request('room.leave', {});
  await first?.client.closed();
  await enterRoom(api, room.id);
  await expect(enterRoom(api, room.id)).rejects.toThrow('room_full');

  const raised = await api.request(`/v1/rooms/${room.id}`, {
    method: 'PATCH',
    token: accessToken,
    body: { maxUsers: 11 },
  });
  expect(raised.status).toBe(200);
  await enterRoom(api, room.id);
  await expect(enterRoom(api, room.id)).rejects.toThrow('room_full');
});
