import type { ErrorAnswer, JoinAnswer, Page, SessionInfo, SignedIn } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { silentLogger } from '../../../test/test-stores.ts';
import { openChannel } from '../../store/redis/channel.ts';
import { userSessionIndexKey, userSessionKey } from '../../store/redis/keys.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const me = (token: string) => api.request('/v1/users/me', { token });

async function signIn(email: string, userAgent = 'test'): Promise<Required<SignedIn>> {
  const answer = await api.request<Required<SignedIn>>('/v1/auth/sign-in', {
    body: { email, password: 'correct horse' },
    headers: { 'user-agent': userAgent },
  });
  return answer.body;
}

function list(token: string, query = '') {
  return api.request<Page<SessionInfo> & ErrorAnswer>(`/v1/users/me/sessions${query}`, { token });
}

function sessionIdOf(accessToken: string): string {
  const claims = Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString();
  return JSON.parse(claims).sid;
}

const end = (token: string, id: string) =>
  api.request(`/v1/users/me/sessions/${id}`, { method: 'DELETE', token });

describe('the list of sessions', () => {
  test('says where one is signed in, and which of them asks', async () => {
    const first = await api.signUp();
    const second = await signIn(first.user.email, 'Firefox on a boat');
    const answer = await list(second.accessToken);
    expect(answer.body).toEqual({
      items: [
        expect.objectContaining({
          isCurrent: true,
          address: '127.0.0.1',
          userAgent: 'Firefox on a boat',
        }),
        expect.objectContaining({ isCurrent: false }),
      ],
      nextCursor: null,
    });
    expect(JSON.stringify(answer.body)).not.toContain(sessionIdOf(second.accessToken));
  });

  test('comes in pages, without the sessions that ended', async () => {
    const { user, accessToken: token } = await api.signUp();
    for (let device = 0; device < 4; device += 1) {
      await signIn(user.email);
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Page<SessionInfo> = (
        await list(token, `?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      ).body;
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(new Set(seen).size).toBe(5);
    await end(token, seen[0] ?? '');
    expect((await list(token)).body.items.map(({ id }) => id)).toEqual(seen.slice(1));
    expect((await list(token, '?cursor=x')).body.error.code).toBe('invalid_request');
  });
});

describe('a session that is ended', () => {
  test('takes its access tokens, room tokens and refresh tokens with it, at once', async () => {
    const here = await api.signUp();
    const there = await signIn(here.user.email);
    const room = await api.createRoom(here.accessToken);
    const joined = await api.request<JoinAnswer>(`/v1/rooms/${room.id}/join`, {
      token: there.accessToken,
      body: {},
    });
    const useRoomToken = () => api.request('/v1/join-info', { token: joined.body.token });
    expect((await useRoomToken()).status).toBe(200);
    const target = (await list(here.accessToken)).body.items.find(({ isCurrent }) => !isCurrent);

    expect((await end(here.accessToken, target?.id ?? '')).status).toBe(204);
    for (const answer of [await me(there.accessToken), await useRoomToken()]) {
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
    }
    const { refreshToken } = there;
    expect((await api.request('/v1/auth/refresh', { body: { refreshToken } })).status).toBe(401);
    expect((await me(here.accessToken)).status).toBe(200);
    expect((await end(here.accessToken, target?.id ?? '')).body.error.code).toBe('not_found');
  });

  test('is told to every process within a second', async () => {
    const { user, accessToken: token } = await api.signUp();
    const there = await signIn(user.email);
    const heard: string[] = [];
    const listener = { message: (text: string) => heard.push(text), restored: () => undefined };
    const channel = await openChannel(api.stores.redis, 'ended_sessions', listener, silentLogger);
    try {
      const started = performance.now();
      await api.request('/v1/users/me/sessions', { method: 'DELETE', token });
      await expect.poll(() => heard, { interval: 5 }).toEqual([sessionIdOf(there.accessToken)]);
      expect(performance.now() - started).toBeLessThan(1_000);
      expect(api.endedSessions).toContain(sessionIdOf(there.accessToken));
    } finally {
      await channel.close();
    }
  });

  test('may be the one that asks, or the one that signs out', async () => {
    const { user, accessToken } = await api.signUp();
    const [own] = (await list(accessToken)).body.items;
    expect((await end(accessToken, own?.id ?? '')).status).toBe(204);
    expect((await me(accessToken)).status).toBe(401);

    const next = await signIn(user.email);
    await api.request('/v1/auth/sign-out', { body: { refreshToken: next.refreshToken } });
    expect((await me(next.accessToken)).status).toBe(401);
  });

  test('cannot be somebody else’s', async () => {
    const [ann, ben] = [await api.signUp(), await api.signUp()];
    const [target] = (await list(ben.accessToken)).body.items;
    for (const id of [target?.id ?? '', 'not-an-id']) {
      expect((await end(ann.accessToken, id)).body.error.code).toBe('not_found');
    }
    expect((await me(ben.accessToken)).status).toBe(200);
  });

  test('ends when its refresh token is used twice', async () => {
    const { accessToken, refreshToken } = await api.signUp();
    await api.request('/v1/auth/refresh', { body: { refreshToken } });
    api.world.now += 10_001;
    await api.request('/v1/auth/refresh', { body: { refreshToken } });
    expect((await me(accessToken)).body.error.code).toBe('unauthorized');
  });
});

describe('the cache of sessions', () => {
  test('is written when one signs in, with an index, for 24 hours', async () => {
    const { user, accessToken } = await api.signUp();
    const { client } = api.stores.redis;
    const key = userSessionKey(sessionIdOf(accessToken));
    expect(await client.hgetall(key)).toEqual({
      user_id: user.id,
      expires_at: expect.stringMatching(/^\d+$/),
      created_at: expect.stringMatching(/^\d+$/),
    });
    expect(await client.ttl(key)).toBeGreaterThan(86_390);
    expect(await client.smembers(userSessionIndexKey(user.id))).toEqual([sessionIdOf(accessToken)]);
  });

  test('is filled again from the database, and never with what ended', async () => {
    const { user, accessToken: token } = await api.signUp();
    const there = await signIn(user.email);
    const keys = [token, there.accessToken].map((text) => userSessionKey(sessionIdOf(text)));
    await api.request('/v1/users/me/sessions', { method: 'DELETE', token });
    await api.stores.redis.client.del(...keys);
    expect((await me(token)).status).toBe(200);
    expect((await me(there.accessToken)).status).toBe(401);
    expect(await api.stores.redis.client.exists(...keys)).toBe(1);
  });

  test('does not bring a session back that ends while it is read', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { user, accessToken: token } = await api.signUp();
      const there = await signIn(user.email);
      await api.stores.redis.client.del(userSessionKey(sessionIdOf(there.accessToken)));
      const readers = Array.from({ length: 4 }, () => me(there.accessToken));
      await api.request('/v1/users/me/sessions', { method: 'DELETE', token });
      await Promise.all(readers);
      expect((await me(there.accessToken)).status).toBe(401);
    }
  });

  test('is of no use to the token of somebody else', async () => {
    const [ann, ben] = [await api.signUp(), await api.signUp()];
    await api.stores.redis.client.hset(
      userSessionKey(sessionIdOf(ben.accessToken)),
      'user_id',
      ann.user.id,
    );
    expect((await me(ben.accessToken)).status).toBe(401);
  });
});

test('the salt of a rotation is stored encrypted', async () => {
  const { user, refreshToken } = await api.signUp();
  await api.request('/v1/auth/refresh', { body: { refreshToken } });
  const [row] = await api.stores.owner.query(
    'SELECT rotation_salt, encryption_key_id FROM user_sessions WHERE user_id = $1',
    [user.id],
  );
  expect(row).toEqual({
    rotation_salt: expect.stringMatching(/^v1:[0-9a-f]{16}:/),
    encryption_key_id: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
});
