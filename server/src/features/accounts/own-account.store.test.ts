import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorAnswer, SignedIn, User } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTestApi, type TestAnswer, type TestApi } from '../../../test/test-api.ts';
import { userProfileKey } from '../../store/redis/keys.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const me = (token: string) => api.request<User>('/v1/users/me', { token });

function signIn(email: string, password = 'correct horse') {
  return api.request<Required<SignedIn> & ErrorAnswer>('/v1/auth/sign-in', {
    body: { email, password },
  });
}

async function upload(
  token: string,
  bytes: Uint8Array,
  type = 'image/png',
): Promise<TestAnswer<User & ErrorAnswer>> {
  const answer = await fetch(`${api.url}/v1/users/me/avatar`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    body: new Uint8Array(bytes),
  });
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await answer.json()) as User & ErrorAnswer,
  };
}

/** The token of the last mail to somebody. */
async function tokenFor(email: string, subject: RegExp, atLeast = 1): Promise<string> {
  const mails = await vi.waitFor(() => {
    const found = api.mails.filter((mail) => mail.to === email && subject.test(mail.subject));
    expect(found.length).toBeGreaterThanOrEqual(atLeast);
    return found;
  }, 10_000);
  return /#token=([\w-]{43})\b/.exec(mails.at(-1)?.text ?? '')?.[1] ?? 'no token';
}

async function storedFiles(): Promise<string[]> {
  const entries = await readdir(join(api.dataDir, 'files'), {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('a profile', () => {
  test('changes what is sent, and nothing else', async () => {
    const { accessToken: token, user } = await api.signUp('Siti');
    const answer = await api.request<User>('/v1/users/me', {
      method: 'PATCH',
      token,
      body: { firstName: ' Dewi ' },
    });
    expect(answer).toMatchObject({ status: 200, body: { ...user, firstName: 'Dewi' } });
    expect((await me(token)).body).toEqual(answer.body);
  });

  test('is never read as it was before a change that is done', async () => {
    const { accessToken: token, user } = await api.signUp('Before');
    const room = await api.createRoom(token);
    const nameInRoom = async () => {
      const answer = await api.request<{ name: string }>(`/v1/rooms/${room.id}/join`, {
        token,
        body: {},
      });
      return answer.body.name;
    };
    expect(await nameInRoom()).toBe('Before Example');
    const key = userProfileKey(user.id);
    expect(await api.stores.redis.client.hget(key, 'first_name')).toBe('Before');
    for (const firstName of ['One', 'Two', 'Three']) {
      // Readers all the while: none may put the old name back.
      const readers = Array.from({ length: 5 }, nameInRoom);
      await api.request('/v1/users/me', { method: 'PATCH', token, body: { firstName } });
      expect(await nameInRoom()).toBe(`${firstName} Example`);
      await Promise.all(readers);
      expect(await nameInRoom()).toBe(`${firstName} Example`);
    }
    expect(await api.stores.redis.client.pttl(key)).toBeGreaterThan(3_590_000);
  });
});

describe('a picture', () => {
  test('is shown under a URL that nobody can guess, and replaced by the next one', async () => {
    const { accessToken: token } = await api.signUp();
    const first = await upload(token, PNG);
    expect(first.body.avatarUrl).toMatch(/^\/v1\/avatars\/[\w-]{43}\.png$/);
    const shown = await fetch(`${api.url}${first.body.avatarUrl}`);
    expect(Buffer.from(await shown.arrayBuffer())).toEqual(PNG);
    expect(Object.fromEntries(shown.headers)).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'public, max-age=31536000',
    });

    const second = await upload(token, PNG);
    expect(second.body.avatarUrl).not.toBe(first.body.avatarUrl);
    expect((await fetch(`${api.url}${first.body.avatarUrl}`)).status).toBe(404);

    const removed = await api.request('/v1/users/me/avatar', { method: 'DELETE', token });
    expect(removed.status).toBe(204);
    expect((await me(token)).body.avatarUrl).toBeNull();
    expect((await fetch(`${api.url}${second.body.avatarUrl}`)).status).toBe(404);
    expect(await storedFiles()).toEqual([]);
  });

  test.each([
    ['HTML that calls itself a picture', Buffer.from('<script>alert(1)</script>'), 'image/png'],
    ['a PNG that calls itself a JPEG', PNG, 'image/jpeg'],
    ['an SVG', Buffer.from('<svg/>'), 'image/svg+xml'],
    ['nothing', Buffer.alloc(0), 'image/png'],
  ])('is not taken where it is %s', async (_what, bytes, type) => {
    const { accessToken: token } = await api.signUp();
    const answer = await upload(token, bytes, type);
    expect(answer).toMatchObject({
      status: 415,
      body: { error: { code: 'unsupported_file_type' } },
    });
    expect((await me(token)).body.avatarUrl).toBeNull();
    expect(await storedFiles()).toEqual([]);
  });

  test('is not taken where it is larger than 2 MiB', async () => {
    const { accessToken: token } = await api.signUp();
    const answer = await upload(token, Buffer.concat([PNG, Buffer.alloc(2 * 1_024 * 1_024)]));
    expect(answer).toMatchObject({ status: 413, body: { error: { code: 'payload_too_large' } } });
  });

  test.each(['x.png', `${'a'.repeat(43)}.png`, '..%2F..%2Fkeys%2Fsigning-key.json'])(
    'is not found under %s',
    async (name) => {
      const answer = await api.request(`/v1/avatars/${name}`);
      expect(answer).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    },
  );
});

describe('a password', () => {
  test('changes for who knows the present one, and every other session ends', async () => {
    const here = await api.signUp();
    const there = (await signIn(here.user.email)).body;
    const change = (currentPassword: string) =>
      api.request('/v1/users/me/password', {
        token: here.accessToken,
        body: { currentPassword, newPassword: 'incorrect horse' },
      });
    expect((await change('a guess')).body.error.code).toBe('invalid_credentials');
    expect((await me(there.accessToken)).status).toBe(200);

    expect((await change('correct horse')).status).toBe(204);
    expect((await me(here.accessToken)).status).toBe(200);
    expect((await me(there.accessToken)).status).toBe(401);
    expect((await signIn(here.user.email)).status).toBe(401);
    expect((await signIn(here.user.email, 'incorrect horse')).status).toBe(200);
  });

  test('changes once for many who know the present one at the same time', async () => {
    const { user } = await api.signUp();
    const tokens = await Promise.all(
      [0, 1, 2, 3].map(async () => (await signIn(user.email)).body.accessToken),
    );
    const answers = await Promise.all(
      tokens.map((token, index) =>
        api.request('/v1/users/me/password', {
          token,
          body: { currentPassword: 'correct horse', newPassword: `battery staple ${index}` },
        }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([204, 401, 401, 401]);
    const winner = statuses.indexOf(204);
    const alive = await Promise.all(tokens.map(async (token) => (await me(token)).status));
    expect(alive).toEqual(tokens.map((_, index) => (index === winner ? 200 : 401)));
    expect((await signIn(user.email, `battery staple ${winner}`)).status).toBe(200);
  });

  test('that is being replaced opens nothing once it is', async () => {
    const { user, accessToken: token } = await api.signUp();
    const attempts = await api.stores.owner.transaction(async (db) => {
      await db.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [user.id]);
      const underWay = Promise.all([
        signIn(user.email),
        api.request('/v1/users/me/email', {
          token,
          body: { email: `other-${user.email}`, password: 'correct horse' },
        }),
        api.request('/v1/users/me', {
          method: 'DELETE',
          token,
          body: { password: 'correct horse' },
        }),
      ]);
      // All have found the password right, and wait for the row.
      await vi.waitFor(
        async () => {
          const [row] = await db.query<{ readonly count: number }>(
            `SELECT count(*)::int AS count FROM pg_stat_activity
             WHERE datname = current_database() AND pg_blocking_pids(pid) <> '{}'`,
          );
          expect(row?.count).toBe(3);
        },
        { timeout: 10_000 },
      );
      await db.query(`UPDATE users SET password = 'replaced' WHERE id = $1`, [user.id]);
      return { underWay };
    });
    for (const { status, body } of await attempts.underWay) {
      expect([status, (body as ErrorAnswer).error.code]).toEqual([401, 'invalid_credentials']);
    }
  });

  test('cannot be guessed with a stolen access token', async () => {
    const { accessToken: token } = await api.signUp();
    const codes: string[] = [];
    for (let attempt = 0; attempt < 11; attempt += 1) {
      const answer = await api.request('/v1/users/me', {
        method: 'DELETE',
        token,
        body: { password: `guess ${attempt}` },
      });
      codes.push(answer.body.error.code);
    }
    expect(codes).toEqual([...Array<string>(10).fill('invalid_credentials'), 'rate_limited']);
  });
});

describe('a forgotten password', () => {
  const forget = (email: string) => api.request('/v1/auth/forgot-password', { body: { email } });
  const reset = (token: string, password = 'battery staple') =>
    api.request('/v1/auth/reset-password', { body: { token, password } });

  test('is replaced by way of a mail, once, and every session ends', async () => {
    const { user, accessToken, refreshToken } = await api.signUp();
    expect(await forget(user.email.toUpperCase())).toMatchObject({ status: 202, body: '' });
    const token = await tokenFor(user.email, /new password/);
    const [row] = await api.stores.owner.query<{ text: string }>(
      'SELECT u::text AS text FROM users u WHERE id = $1',
      [user.id],
    );
    expect(row?.text).not.toContain(token);

    expect((await reset(token)).status).toBe(204);
    expect((await me(accessToken)).status).toBe(401);
    expect((await api.request('/v1/auth/refresh', { body: { refreshToken } })).status).toBe(401);
    expect((await signIn(user.email)).status).toBe(401);
    const next = await signIn(user.email, 'battery staple');
    expect(next.body.user.isEmailVerified).toBe(true);
    expect((await reset(token, 'something else')).body.error.code).toBe('mail_token_invalid');
  });

  test('is answered the same, at once, for an address without an account', async () => {
    const { user } = await api.signUp();
    await tokenFor(user.email, /Confirm/);
    const known = await forget(user.email);
    const unknown = await forget('nobody-here@example.org');
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
    await tokenFor(user.email, /new password/);
    const sent = api.mails.filter(({ subject }) => /new password/.test(subject));
    expect(sent.filter(({ to }) => to === user.email)).toHaveLength(1);
    expect(api.mails.filter(({ to }) => to === 'nobody-here@example.org')).toEqual([]);
  });

  test('is throttled alike for known and unknown addresses', async () => {
    const { user } = await api.signUp();
    const statuses = async (email: string): Promise<number[]> => {
      const seen: number[] = [];
      for (let attempt = 0; attempt < 6; attempt += 1) {
        seen.push((await forget(email)).status);
      }
      return seen;
    };
    const known = await statuses(user.email);
    expect(known).toEqual([202, 202, 202, 202, 202, 429]);
    expect(await statuses('nobody-again@example.org')).toEqual(known);
  });

  test.each(['password', 'email'] as const)(
    'cannot be replaced with a token of before a change of the %s',
    async (changed) => {
      const { user, accessToken: token } = await api.signUp();
      await forget(user.email);
      const mailToken = await tokenFor(user.email, /new password/);
      const change =
        changed === 'password'
          ? { currentPassword: 'correct horse', newPassword: 'incorrect horse' }
          : { email: `new-${user.email}`, password: 'correct horse' };
      const { status } = await api.request(`/v1/users/me/${changed}`, { token, body: change });
      expect([200, 204]).toContain(status);
      expect((await reset(mailToken)).body.error.code).toBe('mail_token_invalid');
    },
  );

  test('cannot be replaced with a token that is too old, or with the newer one of two', async () => {
    const { user } = await api.signUp();
    await forget(user.email);
    const first = await tokenFor(user.email, /new password/);
    await forget(user.email);
    const second = await tokenFor(user.email, /new password/, 2);
    expect((await reset(first)).body.error.code).toBe('mail_token_invalid');
    await api.stores.owner.query(
      `UPDATE users SET password_reset_expires_at = NOW() - INTERVAL '1 s' WHERE id = $1`,
      [user.id],
    );
    expect((await reset(second)).body.error.code).toBe('mail_token_invalid');
  });
});

describe('an e-mail address', () => {
  test('is confirmed by the mail that comes after registering, once', async () => {
    const { user, accessToken } = await api.signUp();
    expect(user.isEmailVerified).toBe(false);
    const token = await tokenFor(user.email, /Confirm/);
    const confirm = () => api.request('/v1/auth/verify-email', { body: { token } });
    expect((await confirm()).status).toBe(204);
    expect((await me(accessToken)).body.isEmailVerified).toBe(true);
    expect((await confirm()).body.error.code).toBe('mail_token_invalid');
  });

  test('can be confirmed with another mail, and not again after that', async () => {
    const { user, accessToken: token } = await api.signUp();
    const ask = () => api.request('/v1/users/me/email-verification', { method: 'POST', token });
    await tokenFor(user.email, /Confirm/);
    expect((await ask()).status).toBe(202);
    const second = await tokenFor(user.email, /Confirm/, 2);
    await api.request('/v1/auth/verify-email', { body: { token: second } });
    expect((await me(token)).body.isEmailVerified).toBe(true);
  });

  test('changes for who knows the password, and is then to be confirmed', async () => {
    const { user, accessToken: token } = await api.signUp();
    const other = await api.signUp();
    const change = (email: string, password = 'correct horse') =>
      api.request<User & ErrorAnswer>('/v1/users/me/email', { token, body: { email, password } });
    expect((await change('new@example.org', 'a guess')).body.error.code).toBe(
      'invalid_credentials',
    );
    expect((await change(other.user.email)).body.error.code).toBe('email_taken');
    expect((await change('New@Example.org')).body).toMatchObject({
      email: 'new@example.org',
      isEmailVerified: false,
    });
    await tokenFor('new@example.org', /Confirm/);
    expect((await signIn(user.email)).status).toBe(401);
    expect((await signIn('new@example.org')).status).toBe(200);
  });
});

describe('deleting an account', () => {
  test('takes all that is the person’s own, ends their meetings, and frees the address', async () => {
    const { user, accessToken: token, refreshToken } = await api.signUp('Siti');
    await upload(token, PNG);
    const room = await api.createRoom(token);
    const friend = await api.signUp();
    await api.request('/v1/contacts', { token, body: { email: friend.user.email } });
    await api.request('/v1/users/me/settings/join_muted', {
      method: 'PUT',
      token,
      body: { value: true },
    });
    const remove = (password: string) =>
      api.request('/v1/users/me', { method: 'DELETE', token, body: { password } });
    expect((await remove('a guess')).body.error.code).toBe('invalid_credentials');
    expect((await remove('correct horse')).status).toBe(204);

    expect((await me(token)).status).toBe(401);
    expect((await api.request('/v1/auth/refresh', { body: { refreshToken } })).status).toBe(401);
    expect((await signIn(user.email)).status).toBe(401);
    expect(await storedFiles()).toEqual([]);
    expect(api.closedRooms).toContain(room.id);
    const [dump] = await api.stores.owner.query<{ row: string; status: string; kept: number }>(
      `SELECT u::text AS row, u.status,
              (SELECT count(*)::int FROM user_contacts WHERE user_id = u.id)
                + (SELECT count(*)::int FROM user_settings WHERE user_id = u.id) AS kept
       FROM users u WHERE id = $1`,
      [user.id],
    );
    expect(dump).toMatchObject({ status: 'deleted', kept: 0 });
    expect(dump?.row).not.toContain('Siti');
    expect(dump?.row).not.toContain(user.email);

    const again = await api.request('/v1/auth/register', {
      body: { email: user.email, password: 'correct horse', firstName: 'S', lastName: 'E' },
    });
    expect(again.status).toBe(201);
  });
});

describe('an export', () => {
  test('is one JSON file with everything about the person, and nobody else', async () => {
    const { user, accessToken: token } = await api.signUp('Exporter');
    const other = await api.signUp('Stranger');
    const room = await api.createRoom(token, { name: 'My own hall' });
    await api.createRoom(other.accessToken, { name: 'Their hall' });
    await api.request('/v1/contacts', { token, body: { email: other.user.email } });
    await api.request('/v1/users/me/settings/join_muted', {
      method: 'PUT',
      token,
      body: { value: true },
    });
    await api.stores.owner.query(
      `INSERT INTO room_messages (room_id, user_id, message)
       SELECT $1, $2, 'said ' || n FROM generate_series(1, 1203) n`,
      [room.id, user.id],
    );
    await api.request('/v1/projects', { token, body: { name: 'My own project' } });
    const answer = await api.request<Record<string, Record<string, unknown>[]>>(
      '/v1/users/me/export',
      { token },
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toContain('balai-export.json');
    expect(answer.body['account']).toMatchObject({ id: user.id, email: user.email });
    expect(answer.body['messages']).toHaveLength(1_203);
    expect(new Set(answer.body['messages']?.map(({ message }) => message)).size).toBe(1_203);
    expect(answer.body['rooms']).toMatchObject([{ name: 'My own hall' }]);
    expect(answer.body['projects']).toMatchObject([{ name: 'My own project' }]);
    expect(answer.body['contacts']).toMatchObject([{ contact_id: other.user.id }]);
    expect(answer.body['settings']).toMatchObject([{ setting_key: 'join_muted' }]);
    expect(answer.body['sessions']).toMatchObject([{ address: '127.0.0.1' }]);
    const text = JSON.stringify(answer.body);
    expect(text).not.toContain('Their hall');
    expect(text).not.toContain(other.user.email);
    expect(text).not.toMatch(/argon2|family|rotation_salt|[0-9a-f]{64}/);
  });
});
