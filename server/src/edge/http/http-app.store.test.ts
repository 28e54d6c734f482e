import { generateKeyPairSync } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { JoinAnswer } from '@balai/protocol';
import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';

let api: TestApi;
let accessToken: string;
let refreshToken: string;
let roomToken: string;
let userId: string;
let sessionId: string;
beforeAll(async () => {
  api = await startTestApi();
  const session = await api.signUp();
  ({ accessToken, refreshToken } = session);
  userId = session.user.id;
  sessionId = decodeJwt<{ sid: string }>(accessToken).sid;
  const room = await api.createRoom(accessToken);
  const joined = await api.request<JoinAnswer>(`/v1/rooms/${room.id}/join`, {
    token: accessToken,
    body: {},
  });
  roomToken = joined.body.token;
});
afterAll(() => api.close());

/** Signs what no part of the server would sign. */
function sign(change: {
  readonly audience?: string;
  readonly issuer?: string;
  readonly type?: string;
  readonly expiresAtS?: number;
  readonly key?: Parameters<SignJWT['sign']>[0];
  readonly sid?: string;
}): Promise<string> {
  const nowS = Math.floor(api.world.now / 1_000);
  return new SignJWT({ sid: change.sid ?? sessionId })
    .setProtectedHeader({ alg: 'EdDSA', typ: change.type ?? 'at+jwt', kid: api.signingKey.keyId })
    .setSubject(userId)
    .setIssuer(change.issuer ?? 'balai')
    .setAudience(change.audience ?? 'balai:api')
    .setIssuedAt(nowS - 3_600)
    .setExpirationTime(change.expiresAtS ?? nowS + 3_600)
    .sign(change.key ?? api.signingKey.privateKey);
}

describe('tokens', () => {
  const me = (headers: Record<string, string>) => api.request('/v1/users/me', { headers });

  test('are taken as RFC 6750 writes them', async () => {
    expect((await me({ authorization: `Bearer ${accessToken}` })).status).toBe(200);
    expect((await me({ authorization: `bearer  ${accessToken}` })).status).toBe(200);
    expect((await api.request('/v1/users/me', { token: await sign({}) })).status).toBe(200);
  });

  test.each<[string, () => string | Promise<string>]>([
    ['nothing', () => ''],
    ['a text', () => 'nonsense'],
    ['a room token', () => roomToken],
    ['a refresh token', () => refreshToken],
    ['a token whose signature was cut off', () => accessToken.replace(/\.[^.]*$/, '.')],
    ['a token whose claims were exchanged', () => swapClaims(accessToken, roomToken)],
    ['a token for another audience', () => sign({ audience: 'balai:room' })],
    ['a token of another issuer', () => sign({ issuer: 'somebody' })],
    ['a token of another type', () => sign({ type: 'room+jwt' })],
    ['a token of a session that never was', () => sign({ sid: '0'.repeat(64) })],
    ['a token of no session', () => sign({ sid: '' })],
    ['a token signed with another key', () => sign({ key: foreignKey() })],
    ['a token without signature (alg none)', () => unsigned()],
    ['a token signed with the public key as a secret (HS256)', () => confused()],
    [
      'a token of another audience that is old as well',
      () => sign({ audience: 'balai:room', expiresAtS: 1_000 }),
    ],
  ])('refuses %s as access token', async (_what, make) => {
    const answer = await me({ authorization: `Bearer ${await make()}` });
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('refuses another scheme, and no token at all', async () => {
    expect((await me({ authorization: `Basic ${accessToken}` })).body.error.code).toBe(
      'unauthorized',
    );
    expect((await me({})).body.error.code).toBe('unauthorized');
  });

  test('refuses an access token as room token', async () => {
    const answer = await api.request('/v1/join-info', { token: accessToken });
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
    expect((await api.request('/v1/join-info', { token: roomToken })).status).toBe(200);
  });

  test('says so when a token is only too old', async () => {
    api.world.now += 15 * 60_000;
    try {
      const access = await api.request('/v1/users/me', { token: accessToken });
      expect(access).toMatchObject({ status: 401, body: { error: { code: 'token_expired' } } });
      const room = await api.request('/v1/join-info', { token: roomToken });
      expect(room).toMatchObject({ status: 401, body: { error: { code: 'token_expired' } } });
    } finally {
      api.world.now -= 15 * 60_000;
    }
  });
});

describe('bad requests', () => {
  const signIn = (request: Parameters<TestApi['request']>[1]) =>
    api.request('/v1/auth/sign-in', { method: 'POST', ...request });

  test.each([
    ['malformed JSON', { rawBody: '{"email":' }, 'body: is not valid JSON'],
    ['a bare value', { rawBody: '"text"' }, 'body: is not valid JSON'],
    [
      'another content type',
      { rawBody: 'email=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      'header.content-type: must be application/json',
    ],
    [
      'another character set',
      { rawBody: '{}', headers: { 'content-type': 'application/json; charset=utf-16' } },
      'body: ',
    ],
    ['an array', { rawBody: '[]' }, 'body: '],
    ['no body', {}, 'body: '],
  ])('with %s are answered invalid_request', async (_what, request, detail) => {
    const answer = await signIn(request);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
    expect(answer.body.error.details?.[0]).toContain(detail);
  });

  test('with a body over 64 kB are answered payload_too_large', async () => {
    const answer = await signIn({ rawBody: JSON.stringify({ email: 'x'.repeat(70_000) }) });
    expect(answer).toMatchObject({ status: 413, body: { error: { code: 'payload_too_large' } } });
  });

  test('with unknown fields are answered invalid_request, also where none are known', async () => {
    const answer = await api.request('/v1/users/me?verbose=1', { token: accessToken });
    expect(answer.body.error).toMatchObject({
      code: 'invalid_request',
      details: ['query: Unrecognized key: "verbose"'],
    });
  });

  test('with a field named __proto__ change nothing', async () => {
    const answer = await signIn({
      rawBody: '{"email":"a@b.cd","password":"x","__proto__":{"isAdmin":true}}',
    });
    expect(answer.body.error.code).toBe('invalid_request');
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test('do not get all of a huge field name back', async () => {
    const answer = await signIn({ body: { ['k'.repeat(10_000)]: 1 } });
    const lengths = (answer.body.error.details ?? []).map((detail) => detail.length);
    expect(Math.max(...lengths)).toBe(200);
  });

  test('to what does not exist are answered not_found, as JSON', async () => {
    for (const path of ['/v1/nothing', '/v1', '/nothing.png', '/assets/x']) {
      const answer = await api.request(path, { headers: { accept: 'text/html' } });
      expect(answer, path).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    }
    const wrongMethod = await api.request('/v1/users/me', { method: 'PUT', token: accessToken });
    expect(wrongMethod.body.error.code).toBe('not_found');
  });

  test('with a malformed path are answered invalid_request', async () => {
    const answer = await api.request('/v1/rooms/%E0%A4%A');
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
  });

  test('with a Host header that is none are answered invalid_request', async () => {
    for (const host of ['a b; script-src *', 'a;b', 'a,b', "a'b", 'a*b']) {
      expect(await rawStatus({ host }), host).toBe(400);
    }
    expect(await rawStatus({ host: '[::1]:3000' })).toBe(200);
    expect(await rawStatus({ host: 'meet.example.org' })).toBe(200);
  });
});

describe('answers', () => {
  test('carry the request id that was sent, or a new one', async () => {
    const given = await api.request('/healthz', { headers: { 'x-request-id': 'abc-1.2_3' } });
    expect(given.headers.get('x-request-id')).toBe('abc-1.2_3');
    for (const id of ['', 'a b', 'x'.repeat(65), '<script>']) {
      const made = await api.request('/healthz', { headers: { 'x-request-id': id } });
      expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('carry headers that keep pages to themselves', async () => {
    const { headers } = await api.request('/healthz');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('strict-transport-security')).toBeNull();
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain(`connect-src 'self' ${api.url.replace('http', 'ws')}`);
    expect(policy).toContain("media-src 'self' blob:");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('upgrade-insecure-requests');
  });

  test('tell nobody else that they may read them', async () => {
    const { headers } = await api.request('/healthz', {
      headers: { origin: 'https://other.example' },
    });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the log', () => {
  test('has one line for each request, with its id, path and status', async () => {
    await api.request('/v1/rooms?limit=7', { headers: { 'x-request-id': 'find-me' } });
    const lines = api
      .logged()
      .split('\n')
      .filter((line) => line.includes('find-me'))
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      {
        msg: 'a request was answered',
        req: { id: 'find-me', method: 'GET', path: '/v1/rooms' },
        res: { statusCode: 401 },
      },
    ]);
  });

  test('holds no secret, at its finest level, whatever was done', async () => {
    const email = 'discreet@example.org';
    const password = 'S3cret-passw0rd';
    const roomPassword = 'S3cret-r00m';
    const account = { email, password, firstName: 'D', lastName: 'E' };
    const first = await api.request<{ accessToken: string; refreshToken: string }>(
      '/v1/auth/register',
      { body: account },
    );
    await api.request('/v1/auth/register', { body: account });
    await api.request('/v1/auth/sign-in', { body: { email, password: `${password}!` } });
    const cookie = await api.request('/v1/auth/sign-in', {
      body: { email, password, tokenDelivery: 'cookie' },
    });
    const cookieToken = /balai_refresh=([^;]+)/.exec(cookie.headers.get('set-cookie') ?? '')?.[1];
    const next = await api.request<{ refreshToken: string }>('/v1/auth/refresh', {
      body: { refreshToken: first.body.refreshToken },
    });
    await api.request('/v1/auth/refresh', {
      method: 'POST',
      headers: { cookie: `balai_refresh=${cookieToken}` },
    });
    const room = await api.createRoom(first.body.accessToken, { password: roomPassword });
    const joined = await api.request<JoinAnswer>(`/v1/rooms/${room.id}/join`, {
      body: { name: 'R', password: roomPassword },
    });
    await api.request(`/v1/users/me?token=${first.body.accessToken}`, { token: 'x' });
    await api.request('/v1/users/me', { token: `${joined.body.token}x` });
    await api.request('/v1/auth/sign-in', { rawBody: `{"password":"${password}"` });

    const logged = api.logged();
    expect(logged).toContain('a request was answered');
    for (const secret of [
      password,
      roomPassword,
      first.body.accessToken,
      first.body.refreshToken,
      next.body.refreshToken,
      cookieToken ?? 'no cookie',
      joined.body.token,
      email,
      '127.0.0.1',
    ]) {
      expect(logged.includes(secret), secret).toBe(false);
    }
  });
});

describe('a server behind proxies', () => {
  test('counts the address that a trusted proxy names, and nobody else’s word', async () => {
    const addressOf = async (trustProxy: number): Promise<string | undefined> => {
      const other = await startTestApi({ config: { trustProxy } });
      try {
        await other.request('/v1/auth/register', {
          body: { email: 'a@b.cd', password: '12345678', firstName: 'a', lastName: 'b' },
          headers: { 'x-forwarded-for': '192.0.2.7' },
        });
        const rows = await other.stores.owner.query<{ ip: string }>(
          'SELECT host(ip_address) AS ip FROM user_sessions',
        );
        return rows[0]?.ip;
      } finally {
        await other.close();
      }
    };
    expect(await addressOf(0)).toBe('127.0.0.1');
    expect(await addressOf(1)).toBe('192.0.2.7');
  });

  test('counts the failures of a whole IPv6 network together', async () => {
    const other = await startTestApi({ config: { trustProxy: 1 } });
    try {
      const { user } = await other.signUp();
      const attempt = (address: string) =>
        other.request('/v1/auth/sign-in', {
          body: { email: user.email, password: 'incorrect horse' },
          headers: { 'x-forwarded-for': address },
        });
      for (let index = 1; index <= 10; index += 1) {
        expect((await attempt(`2001:db8::${index}`)).status).toBe(401);
      }
      expect((await attempt('2001:db8::ffff')).status).toBe(429);
      expect((await attempt('2001:db8:0:1::1')).status).toBe(401);
    } finally {
      await other.close();
    }
  });

  test('tells browsers to stay on https where its public URL has it', async () => {
    const other = await startTestApi({ config: { publicUrl: 'https://meet.example.org' } });
    try {
      const { headers } = await other.request('/healthz');
      expect(headers.get('strict-transport-security')).toContain('max-age=');
      expect(headers.get('content-security-policy')).toContain('wss://meet.example.org');
    } finally {
      await other.close();
    }
  });
});

describe('other sites', () => {
  test('may call the API where the configuration names them', async () => {
    const other = await startTestApi({ config: { corsOrigins: ['https://app.example'] } });
    try {
      const preflight = await other.request('/v1/rooms', {
        method: 'OPTIONS',
        headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example');
      expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
      const failure = await other.request('/v1/rooms', {
        headers: { origin: 'https://app.example' },
      });
      expect(failure.status).toBe(401);
      expect(failure.headers.get('access-control-allow-origin')).toBe('https://app.example');
      const stranger = await other.request('/v1/rooms', {
        headers: { origin: 'https://evil.example' },
      });
      expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
    } finally {
      await other.close();
    }
  });

  test('may all call it with *, but never with cookies', async () => {
    const other = await startTestApi({ config: { corsOrigins: '*' } });
    try {
      const { headers } = await other.request('/v1/rooms', {
        headers: { origin: 'https://any.example' },
      });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    } finally {
      await other.close();
    }
  });
});

describe('a store that is away', () => {
  test('is answered unavailable with a hint when to retry, at once', async () => {
    const other = await startTestApi();
    try {
      const { accessToken: token } = await other.signUp();
      await other.stores.database.close();
      const started = performance.now();
      const answer = await other.request('/v1/users/me', { token });
      expect(answer).toMatchObject({
        status: 503,
        body: { error: { code: 'unavailable', retryable: true, retryAfterMs: 1_000 } },
      });
      await other.stores.redis.close();
      const limited = await other.request('/v1/auth/sign-in', {
        body: { email: 'a@b.cd', password: 'x' },
      });
      expect(limited).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } });
      expect(performance.now() - started).toBeLessThan(2_000);
    } finally {
      await other.close();
    }
  });
});

/** The header and signature of one token around the claims of another. */
function swapClaims(token: string, other: string): string {
  const [header, , signature] = token.split('.');
  return [header, other.split('.')[1], signature].join('.');
}

function foreignKey() {
  return generateKeyPairSync('ed25519').privateKey;
}

function unsigned(): string {
  return new UnsecuredJWT({})
    .setSubject(userId)
    .setIssuer('balai')
    .setAudience('balai:api')
    .setIssuedAt()
    .setExpirationTime('1h')
    .encode();
}

/** The oldest trick: the public key is known to all, so it signs as if it were a shared secret. */
function confused(): Promise<string> {
  const secret = new TextEncoder().encode(JSON.stringify(api.signingKey.publicJwk));
  return new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: api.signingKey.keyId })
    .setSubject(userId)
    .setIssuer('balai')
    .setAudience('balai:api')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(secret);
}

/** fetch does not let anybody choose the Host header. */
function rawStatus(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(`${api.url}/healthz`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
