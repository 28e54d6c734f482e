import type { ErrorAnswer, SignedIn, User } from '@balai/protocol';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestAnswer, type TestApi } from '../../../test/test-api.ts';
import { REFRESH_GRACE_MS, SESSION_LIFETIME_MS } from './accounts.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const REGISTRATION = {
  email: 'Budi@Example.org',
  password: 'correct horse',
  firstName: 'Budi',
  lastName: 'Santoso',
};

function refresh(refreshToken: string): Promise<TestAnswer<Required<SignedIn> & ErrorAnswer>> {
  return api.request('/v1/auth/refresh', { body: { refreshToken } });
}

/** Name, value and attributes of the refresh cookie. */
function readCookie(answer: TestAnswer<unknown>): {
  readonly pair: string;
  readonly attributes: readonly string[];
} {
  const [pair = '', ...attributes] = (answer.headers.get('set-cookie') ?? '').split('; ');
  return { pair, attributes };
}

describe('registering', () => {
  test('makes an account and signs in', async () => {
    const answer = await api.request<Required<SignedIn>>('/v1/auth/register', {
      body: REGISTRATION,
    });
    expect(answer.status).toBe(201);
    expect(answer.body.user).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: 'budi@example.org',
      isEmailVerified: false,
      firstName: 'Budi',
      lastName: 'Santoso',
      avatarUrl: null,
      isAdmin: false,
      createdAt: expect.any(String),
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('set-cookie')).toBeNull();

    const me = await api.request<User>('/v1/users/me', { token: answer.body.accessToken });
    expect(me).toMatchObject({ status: 200, body: answer.body.user });
  });

  test('stores no password and no token, only argon2id and SHA-256', async () => {
    const { user, accessToken, refreshToken } = await api.signUp();
    const [row] = await api.stores.owner.query<{ password: string }>(
      'SELECT password FROM users WHERE id = $1',
      [user.id],
    );
    expect(row?.password).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const [dump] = await api.stores.owner.query<{ text: string }>(
      `SELECT string_agg(s::text, '\n') || (SELECT string_agg(u::text, '\n') FROM users u) AS text
       FROM user_sessions s`,
    );
    for (const secret of ['correct horse', accessToken, refreshToken, ...refreshToken.split('.')]) {
      expect(dump?.text).not.toContain(secret);
    }
  });

  test('refuses an e-mail address that has an account, however it is written', async () => {
    const { user } = await api.signUp();
    const answer = await api.request('/v1/auth/register', {
      body: { ...REGISTRATION, email: ` ${user.email.toUpperCase()} ` },
    });
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'email_taken' } } });
  });

  test('lets one of many simultaneous registrations of one address win', async () => {
    const body = { ...REGISTRATION, email: 'race@example.org' };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => api.request('/v1/auth/register', { body })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  test.each([
    ['an e-mail address that is none', { email: 'budi' }, 'body.email'],
    ['a short password', { password: '1234567' }, 'body.password'],
    ['a huge password', { password: 'x'.repeat(201) }, 'body.password'],
    ['an empty name', { firstName: '  ' }, 'body.firstName'],
    ['a name with a NUL', { lastName: 'a\u0000b' }, 'body.lastName'],
    ['an unknown delivery', { tokenDelivery: 'pigeon' }, 'body.tokenDelivery'],
    ['a number for a text', { firstName: 7 }, 'body.firstName'],
  ])('refuses %s', async (_what, change, path) => {
    const body = { ...REGISTRATION, email: 'refused@example.org', ...change };
    const answer = await api.request('/v1/auth/register', { body });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
    expect(answer.body.error.details).toEqual([expect.stringMatching(`^${path}: `)]);
  });

  test('refuses an unknown field', async () => {
    const body = { ...REGISTRATION, email: 'refused@example.org', kind: 'admin' };
    const answer = await api.request('/v1/auth/register', { body });
    expect(answer.body.error).toMatchObject({
      code: 'invalid_request',
      details: ['body: Unrecognized key: "kind"'],
    });
  });
});

describe('signing in', () => {
  test('takes the right password, and the address in any case', async () => {
    const { user } = await api.signUp();
    const answer = await api.request<SignedIn>('/v1/auth/sign-in', {
      body: { email: user.email.toUpperCase(), password: 'correct horse' },
    });
    expect(answer).toMatchObject({ status: 200, body: { user } });
    expect(answer.body.refreshToken).toBeTypeOf('string');
  });

  test('takes one password in another Unicode form', async () => {
    const body = { ...REGISTRATION, email: 'unicode@example.org', password: 'caf\u00e9 caf\u00e9' };
    await api.request('/v1/auth/register', { body });
    const answer = await api.request('/v1/auth/sign-in', {
      body: { email: body.email, password: 'cafe\u0301 cafe\u0301' },
    });
    expect(answer.status).toBe(200);
  });

  test('answers the same for a wrong password, an unknown address and a banned account', async () => {
    const [wrong, banned] = [await api.signUp(), await api.signUp()];
    await api.stores.owner.query(`UPDATE users SET status = 'banned' WHERE id = $1`, [
      banned.user.id,
    ]);
    const attempts = [
      { email: wrong.user.email, password: 'incorrect horse' },
      { email: 'nobody@example.org', password: 'correct horse' },
      { email: banned.user.email, password: 'correct horse' },
    ];
    for (const body of attempts) {
      const answer = await api.request('/v1/auth/sign-in', { body });
      expect(answer).toMatchObject({
        status: 401,
        body: {
          error: {
            code: 'invalid_credentials',
            message: 'E-mail and password do not belong together.',
          },
        },
      });
    }
  });

  test('does the work of a password comparison for an unknown address too', async () => {
    const { user } = await api.signUp();
    /** Microseconds of processor time: unlike the clock it does not count what others do. */
    const attempt = async (email: string): Promise<number> => {
      const before = process.cpuUsage();
      await api.request('/v1/auth/sign-in', { body: { email, password: 'incorrect horse' } });
      const { user: used, system } = process.cpuUsage(before);
      return used + system;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      known.push(await attempt(user.email));
      unknown.push(await attempt('nobody-at-all@example.org'));
    }
    // argon2id takes some 20 ms; without it an answer takes some 3 ms.
    expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) / 2);
  });

  test('succeeds for all who are right at once, more than may fail', async () => {
    const { user } = await api.signUp();
    const answers = await Promise.all(
      Array.from({ length: 25 }, () =>
        api.request('/v1/auth/sign-in', {
          body: { email: user.email, password: 'correct horse' },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(25).fill(200));
  });

  test('is throttled after ten failures, known account or not, and the right password cannot help', async () => {
    const { user } = await api.signUp();
    const codes = async (email: string): Promise<string[]> => {
      const seen: string[] = [];
      for (let attempt = 0; attempt < 12; attempt += 1) {
        const { body } = await api.request('/v1/auth/sign-in', {
          body: { email, password: 'incorrect horse' },
        });
        seen.push(body.error.code);
      }
      return seen;
    };
    const known = await codes(user.email);
    expect(known).toEqual([
      ...Array<string>(10).fill('invalid_credentials'),
      'rate_limited',
      'rate_limited',
    ]);
    expect(await codes('unknown-and-throttled@example.org')).toEqual(known);

    const answer = await api.request('/v1/auth/sign-in', {
      body: { email: user.email, password: 'correct horse' },
    });
    expect(answer.status).toBe(429);
    expect(answer.body.error.retryAfterMs).toBeGreaterThan(0);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('is not throttled by successes', async () => {
    const { user } = await api.signUp();
    for (let attempt = 0; attempt < 15; attempt += 1) {
      const body = { email: user.email, password: 'correct horse' };
      expect((await api.request('/v1/auth/sign-in', { body })).status).toBe(200);
    }
  });
});

describe('refreshing', () => {
  test('exchanges a refresh token for the next one', async () => {
    const first = await api.signUp();
    const second = await refresh(first.refreshToken);
    expect(second).toMatchObject({ status: 200, body: { user: first.user } });
    expect(second.body.refreshToken).not.toBe(first.refreshToken);
    expect((await refresh(second.body.refreshToken)).status).toBe(200);
    const me = await api.request('/v1/users/me', { token: second.body.accessToken });
    expect(me.status).toBe(200);
  });

  test('forgives a second use at once, with the same next token', async () => {
    const { refreshToken } = await api.signUp();
    const answers = await Promise.all([1, 2, 3].map(() => refresh(refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [next, ...others] = answers.map(({ body }) => body.refreshToken);
    expect(others).toEqual([next, next]);
    expect((await refresh(next ?? '')).status).toBe(200);
  });

  test('revokes the session when a token comes back after the grace', async () => {
    const { refreshToken } = await api.signUp();
    const next = await refresh(refreshToken);
    api.world.now += REFRESH_GRACE_MS + 1;
    const reused = await refresh(refreshToken);
    expect(reused).toMatchObject({
      status: 401,
      body: { error: { code: 'refresh_token_reused' } },
    });
    const victim = await refresh(next.body.refreshToken);
    expect(victim).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
  });

  test('revokes the session when a token of long ago comes back', async () => {
    const { refreshToken } = await api.signUp();
    const second = await refresh(refreshToken);
    const third = await refresh(second.body.refreshToken);
    const reused = await refresh(refreshToken);
    expect(reused.body.error.code).toBe('refresh_token_reused');
    expect((await refresh(third.body.refreshToken)).status).toBe(401);
  });

  test('ends a session whose key is lost, where it would be needed', async () => {
    const { refreshToken } = await api.signUp();
    const next = await refresh(refreshToken);
    // What was written with a key that is not in the folder any more.
    await api.stores.owner.query(
      `UPDATE user_sessions SET encryption_key_id = repeat('0', 16),
         rotation_salt = regexp_replace(rotation_salt, '^v1:[0-9a-f]+', 'v1:' || repeat('0', 16))
       WHERE rotation_salt IS NOT NULL`,
    );
    for (const token of [refreshToken, next.body.refreshToken]) {
      expect(await refresh(token)).toMatchObject({
        status: 401,
        body: { error: { code: 'unauthorized' } },
      });
    }
    expect(api.logged()).toContain('a session ends because its key is lost');
  });

  test('goes on without the lost key, where it is not needed', async () => {
    const { refreshToken } = await api.signUp();
    const next = await refresh(refreshToken);
    await api.stores.owner.query(
      `UPDATE user_sessions SET rotation_salt = 'v1:0000000000000000:' || repeat('x', 16) || ':lost'
       WHERE rotation_salt IS NOT NULL`,
    );
    expect((await refresh(next.body.refreshToken)).status).toBe(200);
  });

  test('leaves the other sessions of a person alone', async () => {
    const first = await api.signUp();
    const other = await api.request<Required<SignedIn>>('/v1/auth/sign-in', {
      body: { email: first.user.email, password: 'correct horse' },
    });
    await refresh(first.refreshToken);
    api.world.now += REFRESH_GRACE_MS + 1;
    expect((await refresh(first.refreshToken)).body.error.code).toBe('refresh_token_reused');
    expect((await refresh(other.body.refreshToken)).status).toBe(200);
  });

  test.each([
    ['a text', 'not a token'],
    ['a token that was never issued', `${'A'.repeat(43)}.${'B'.repeat(43)}`],
  ])('refuses %s', async (_what, token) => {
    expect(await refresh(token)).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthorized' } },
    });
  });

  test('takes a forgery in a family for what it is: somebody had a token of it', async () => {
    const { refreshToken } = await api.signUp();
    const [family] = refreshToken.split('.');
    const forged = await refresh(`${family}.${'B'.repeat(43)}`);
    expect(forged.body.error.code).toBe('refresh_token_reused');
  });

  test('ends with a session that was not refreshed for 30 days', async () => {
    const { refreshToken } = await api.signUp();
    api.world.now += SESSION_LIFETIME_MS - 1_000;
    const next = await refresh(refreshToken);
    expect(next.status).toBe(200);
    api.world.now += SESSION_LIFETIME_MS + 1;
    expect((await refresh(next.body.refreshToken)).body.error.code).toBe('token_expired');
  });

  test('ends with the account', async () => {
    const { user, refreshToken } = await api.signUp();
    await api.stores.owner.query(`UPDATE users SET status = 'deleted' WHERE id = $1`, [user.id]);
    expect((await refresh(refreshToken)).body.error.code).toBe('unauthorized');
  });

  test('wants a token', async () => {
    expect(await api.request('/v1/auth/refresh', { body: {} })).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthorized' } },
    });
  });
});

describe('signing out', () => {
  test('ends the session', async () => {
    const { refreshToken } = await api.signUp();
    const answer = await api.request('/v1/auth/sign-out', { body: { refreshToken } });
    expect(answer).toMatchObject({ status: 204, body: '' });
    expect((await refresh(refreshToken)).body.error.code).toBe('unauthorized');
  });

  test('may be repeated, and takes any text', async () => {
    for (const refreshToken of ['whatever', `${'A'.repeat(43)}.${'B'.repeat(43)}`]) {
      const answer = await api.request('/v1/auth/sign-out', { body: { refreshToken } });
      expect(answer.status).toBe(204);
    }
    expect((await api.request('/v1/auth/sign-out', { method: 'POST' })).status).toBe(204);
  });
});

describe('the refresh cookie', () => {
  test('keeps the token from scripts and from other sites, through its whole life', async () => {
    const { user } = await api.signUp();
    const body = { email: user.email, password: 'correct horse', tokenDelivery: 'cookie' };
    const signedIn = await api.request<SignedIn>('/v1/auth/sign-in', { body });
    expect(signedIn.body.refreshToken).toBeUndefined();
    const { pair, attributes } = readCookie(signedIn);
    expect(pair).toMatch(/^balai_refresh=[\w-]{43}\.[\w-]{43}$/);
    expect(attributes).toEqual(
      expect.arrayContaining(['Path=/v1/auth', 'HttpOnly', 'SameSite=Strict']),
    );
    expect(attributes).not.toContain('Secure');

    const refreshed = await api.request<SignedIn>('/v1/auth/refresh', {
      method: 'POST',
      headers: { cookie: `theme=dark; ${pair}` },
    });
    expect(refreshed.status).toBe(200);
    expect(refreshed.body.refreshToken).toBeUndefined();
    const next = readCookie(refreshed).pair;
    expect(next).not.toBe(pair);

    const signedOut = await api.request('/v1/auth/sign-out', {
      method: 'POST',
      headers: { cookie: next },
    });
    expect(signedOut.status).toBe(204);
    expect(readCookie(signedOut).pair).toBe('balai_refresh=');
    expect(readCookie(signedOut).attributes.join()).toContain('Expires=Thu, 01 Jan 1970');
    const late = await api.request('/v1/auth/refresh', {
      method: 'POST',
      headers: { cookie: next },
    });
    expect(late.status).toBe(401);
  });

  test('is Secure where the server is reached over https', async () => {
    const secure = await startTestApi({ config: { publicUrl: 'https://meet.example.org' } });
    try {
      const answer = await secure.request('/v1/auth/register', {
        body: { ...REGISTRATION, tokenDelivery: 'cookie' },
      });
      expect(readCookie(answer).attributes).toContain('Secure');
    } finally {
      await secure.close();
    }
  });
});

describe('the published keys', () => {
  test('check an access token, and hold nothing secret', async () => {
    const { accessToken, user } = await api.signUp();
    const keys = createRemoteJWKSet(new URL(`${api.url}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(accessToken, keys, {
      audience: 'balai:api',
      currentDate: new Date(api.world.now),
    });
    expect(payload.sub).toBe(user.id);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(15 * 60);

    const answer = await api.request<{ keys: object[] }>('/.well-known/jwks.json');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    expect(answer.body.keys.map((key) => Object.keys(key).sort())).toEqual([
      ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
    ]);
  });
});
