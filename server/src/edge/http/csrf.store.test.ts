import type { SignedIn } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';

const FRIEND = 'https://app.example';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ config: { corsOrigins: [FRIEND] } });
});
afterAll(() => api.close());

/** A browser that is signed in by cookie. */
async function signInByCookie(): Promise<string> {
  const { user } = await api.signUp();
  const answer = await api.request<SignedIn>('/v1/auth/sign-in', {
    body: { email: user.email, password: 'correct horse', tokenDelivery: 'cookie' },
  });
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

const refresh = (headers: Record<string, string>) =>
  api.request('/v1/auth/refresh', { method: 'POST', headers });

describe('a page of another site', () => {
  test.each(['cross-site', 'same-site'])(
    'cannot refresh or end a session by cookie (%s)',
    async (site) => {
      const cookie = await signInByCookie();
      const headers = { cookie, 'sec-fetch-site': site, origin: 'https://evil.example' };
      expect((await refresh(headers)).status).toBe(401);
      await api.request('/v1/auth/sign-out', { method: 'POST', headers });
      expect((await refresh({ cookie, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    },
  );

  test('can where the configuration names it', async () => {
    const cookie = await signInByCookie();
    const headers = { cookie, 'sec-fetch-site': 'cross-site', origin: FRIEND };
    expect((await refresh(headers)).status).toBe(200);
  });

  test('cannot do anything else with a cookie, however it asks', async () => {
    const cookie = await signInByCookie();
    for (const [method, path] of [
      ['GET', '/v1/users/me'],
      ['DELETE', '/v1/users/me/sessions'],
      ['POST', '/v1/rooms'],
      ['POST', '/v1/users/me/password'],
    ] as const) {
      const answer = await api.request(path, { method, headers: { cookie } });
      expect(answer.status, path).toBe(401);
    }
  });

  test('cannot send what a form can send', async () => {
    const { user } = await api.signUp();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const answer = await api.request('/v1/auth/sign-in', {
        rawBody: JSON.stringify({ email: user.email, password: 'correct horse' }),
        headers: { 'content-type': type },
      });
      expect(answer.status, type).toBe(400);
    }
  });
});
