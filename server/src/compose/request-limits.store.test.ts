import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../test/test-api.ts';
import { createRequestLimits } from './request-limits.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

describe('the requests of a user to one endpoint', () => {
  test('are counted for a minute, whatever the path holds', async () => {
    const { user, accessToken: token } = await api.signUp();
    const rooms = [await api.createRoom(token), await api.createRoom(token)];
    for (const { id } of rooms) {
      await api.request(`/v1/rooms/${id}/end`, { method: 'POST', token });
    }
    const { client } = api.stores.redis;
    const key = `api_rate_limit:${user.id}:POST /v1/rooms/:roomId/end`;
    expect(await client.get(key)).toBe('2');
    const lifetimeS = await client.ttl(key);
    expect(lifetimeS).toBeGreaterThan(50);
    expect(lifetimeS).toBeLessThanOrEqual(60);
  });

  test('are refused when they are too many, and those of others are not', async () => {
    const [ann, ben] = [await api.signUp(), await api.signUp()];
    await api.stores.redis.client.set(
      `api_rate_limit:${ann.user.id}:GET /v1/users/me`,
      600,
      'EX',
      60,
    );
    const refused = await api.request('/v1/users/me', { token: ann.accessToken });
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'rate_limited' } } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await api.request('/v1/users/me', { token: ben.accessToken })).status).toBe(200);
    expect((await api.request('/v1/rooms', { token: ann.accessToken })).status).toBe(200);
  });
});

describe('the messages of a user in a room', () => {
  test('are counted together for 10 seconds, and refused when they are too many', async () => {
    const { countMessages } = createRequestLimits(api.stores.redis);
    const [userId, roomId] = [randomUUID(), randomUUID()];
    await countMessages(userId, roomId, 1_000);
    await countMessages(userId, roomId, 500);
    const { client } = api.stores.redis;
    const key = `ws_rate_limit:${userId}:${roomId}`;
    expect(await client.get(key)).toBe('1500');
    expect(await client.ttl(key)).toBeLessThanOrEqual(10);
    await expect(countMessages(userId, roomId, 1)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: expect.any(Number),
    });
    await countMessages(userId, randomUUID(), 1);
  });
});
