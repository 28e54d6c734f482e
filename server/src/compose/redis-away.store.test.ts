/** The whole REST API while Redis is cut off, and after it came back with nothing. */
import type { Readiness, SignedIn } from '@balai/protocol';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../../test/cuttable-proxy.ts';
import { startTestApi, type TestApi } from '../../test/test-api.ts';
import { enterRoom } from '../../test/test-member.ts';
import { createTestRedisUrl } from '../../test/test-stores.ts';

/** A numbered database of this file alone, so that it can be flushed. */
const OWN_DATABASE = '/9';

let proxy: CuttableProxy;
let operator: Redis;
let api: TestApi;
beforeAll(async () => {
  const url = new URL(createTestRedisUrl());
  url.pathname = OWN_DATABASE;
  operator = new Redis(url.href);
  proxy = await startCuttableProxy(url.href, 6_379);
  api = await startTestApi({ redisUrl: proxy.url });
});
afterAll(async () => {
  await api.close();
  await proxy.close();
  operator.disconnect();
});

const me = (token: string) => api.request('/v1/users/me', { token });
const ready = async () => (await api.request<Readiness>('/readyz')).status;

const endOthers = (token: string) =>
  api.request('/v1/users/me/sessions', { method: 'DELETE', token });

async function heal(): Promise<void> {
  await proxy.mend();
  await expect.poll(ready).toBe(200);
}

describe('while Redis is away', () => {
  test('requests get unavailable with a hint, /readyz is red, and both heal by themselves', async () => {
    const { accessToken: token } = await api.signUp();
    const room = await api.createRoom(token);
    await proxy.cut();
    await expect.poll(ready).toBe(503);
    for (const [path, body] of [
      ['/v1/users/me', undefined],
      ['/v1/rooms', { name: 'x' }],
      ['/v1/auth/sign-in', { email: 'a@b.cd', password: 'x' }],
      ['/v1/auth/forgot-password', { email: 'a@b.cd' }],
      [`/v1/rooms/${room.id}/join`, { name: 'x' }],
    ] as const) {
      const started = performance.now();
      const answer = await api.request(path, { token, ...(body === undefined ? {} : { body }) });
      expect(answer, path).toMatchObject({
        status: 503,
        body: { error: { code: 'unavailable', retryable: true, retryAfterMs: 1_000 } },
      });
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(performance.now() - started).toBeLessThan(4_000);
    }
    expect(await api.request('/healthz')).toMatchObject({ status: 200 });
    expect(api.logged()).toContain('a readiness check failed');
    await heal();
    expect((await me(token)).status).toBe(200);
    expect((await api.request(`/v1/rooms/${room.id}`)).status).toBe(200);
  });

  test('nothing is half done: a session that cannot be ended everywhere goes on', async () => {
    const here = await api.signUp();
    const there = await api.request<SignedIn>('/v1/auth/sign-in', {
      body: { email: here.user.email, password: 'correct horse' },
    });
    // The request gets as far as the database, and Redis goes while it is there.
    let ending: ReturnType<typeof endOthers> | undefined;
    await api.stores.owner.transaction(async (db) => {
      await db.query('SELECT id FROM user_sessions WHERE user_id = $1 FOR UPDATE', [here.user.id]);
      ending = endOthers(here.accessToken);
      await vi.waitFor(async () => {
        const [waiting] = await api.stores.owner.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM pg_locks
           WHERE NOT granted AND pid IN (
             SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
             WHERE d.datname = current_database())`,
        );
        expect(waiting?.count).toBe(1);
      }, 10_000);
      await proxy.cut();
    });
    expect((await ending)?.body.error.code).toBe('unavailable');
    await heal();
    expect((await me(there.body.accessToken)).status).toBe(200);
    const { refreshToken } = there.body;
    expect((await api.request('/v1/auth/refresh', { body: { refreshToken } })).status).toBe(200);
  });
});

describe('after FLUSHALL', () => {
  test('sessions are found again in the database, and those that ended are not', async () => {
    const here = await api.signUp();
    const there = await api.request<SignedIn>('/v1/auth/sign-in', {
      body: { email: here.user.email, password: 'correct horse' },
    });
    await endOthers(here.accessToken);
    const room = await api.createRoom(here.accessToken);
    // FLUSHALL would empty the databases of other tests as well.
    expect(await operator.dbsize()).toBeGreaterThan(0);
    await operator.flushdb();

    expect((await me(here.accessToken)).status).toBe(200);
    expect((await me(there.body.accessToken)).status).toBe(401);
    const { refreshToken } = here;
    expect((await api.request('/v1/auth/refresh', { body: { refreshToken } })).status).toBe(200);
    expect((await api.request(`/v1/rooms/${room.id}`)).status).toBe(200);
    expect(await operator.dbsize()).toBeGreaterThan(0);
  });

  test('a full room stays full (SPEC 1.7)', async () => {
    const { accessToken } = await api.signUp();
    const room = await api.createRoom(accessToken, { maxUsers: 2 });
    const [first] = await Promise.all([enterRoom(api, room.id), enterRoom(api, room.id)]);
    await operator.flushdb();
    await expect(enterRoom(api, room.id)).rejects.toThrow('room_full');

    await first?.client.request('room.leave', {});
    await first?.client.closed();
    await enterRoom(api, room.id);
  });
});
