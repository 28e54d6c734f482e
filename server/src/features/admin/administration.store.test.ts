import { randomUUID } from 'node:crypto';
import type { AdminUser, ErrorAnswer, Page, SignedIn } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { createTestProject } from '../../../test/test-project.ts';

let api: TestApi;
let admin: Required<SignedIn>;
beforeAll(async () => {
  api = await startTestApi();
  admin = await api.signUp('Admin');
  await makeAdmin(true);
});
afterAll(() => api.close());

const makeAdmin = (isAdmin: boolean) =>
  api.stores.owner.query('UPDATE users SET is_admin = $2 WHERE id = $1', [admin.user.id, isAdmin]);

function list(query: string, token = admin.accessToken) {
  return api.request<Page<AdminUser> & ErrorAnswer>(`/v1/admin/users${query}`, { token });
}

function setStatus(userId: string, status: string, token = admin.accessToken) {
  return api.request<AdminUser & ErrorAnswer>(`/v1/admin/users/${userId}`, {
    method: 'PATCH',
    token,
    body: { status },
  });
}

describe('the endpoints for administrators', () => {
  test('are closed to everybody else, at the moment of use', async () => {
    const { accessToken, user } = await api.signUp();
    expect((await api.request('/v1/admin/users')).status).toBe(401);
    for (const answer of [
      await list('', accessToken),
      await setStatus(admin.user.id, 'banned', accessToken),
    ]) {
      expect(answer).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    }
    await makeAdmin(false);
    try {
      expect((await setStatus(user.id, 'banned')).status).toBe(403);
    } finally {
      await makeAdmin(true);
    }
    const me = await api.request('/v1/users/me', { token: admin.accessToken });
    expect(me.body).toMatchObject({ isAdmin: true });
  });

  test('find users by address, by name and by status, with all that the operator needs', async () => {
    const { user } = await api.signUp('Zulaikha');
    for (const q of [user.email.toUpperCase(), 'zulai', 'ZULAIKHA EX']) {
      expect((await list(`?q=${encodeURIComponent(q)}`)).body.items).toEqual([
        {
          id: user.id,
          kind: 'registered',
          email: user.email,
          firstName: 'Zulaikha',
          lastName: 'Example',
          status: 'active',
          isAdmin: false,
          lastLoginAt: expect.any(String),
          createdAt: user.createdAt,
        },
      ]);
    }
    expect((await list('?q=100%25')).body.items).toEqual([]);
    expect((await list('?status=banned&q=zulai')).body.items).toEqual([]);
  });

  test('leave out the people of applications, who have no account', async () => {
    const { project } = await createTestProject(api);
    const id = randomUUID();
    await api.stores.database.call('ensure_external_user', [project.id, id, 'zed', 'Zebedee']);
    expect((await list('?q=zebedee')).body.items).toEqual([]);
    expect((await list('')).body.items.map(({ kind }) => kind)).not.toContain('external');
  });

  test('list users in pages, newest first', async () => {
    const made: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      made.unshift((await api.signUp()).user.id);
    }
    const first = (await list('?limit=2')).body;
    const second = (await list(`?limit=2&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...second.items].slice(0, 3).map(({ id }) => id)).toEqual(made);
  });
});

describe('banning a user', () => {
  test('ends their sessions at once, keeps them out, and can be taken back', async () => {
    const { user, accessToken, refreshToken } = await api.signUp();
    const signIn = () =>
      api.request<SignedIn>('/v1/auth/sign-in', {
        body: { email: user.email, password: 'correct horse' },
      });
    const before = api.endedSessions.length;
    expect((await setStatus(user.id, 'banned')).body).toMatchObject({ status: 'banned' });
    expect((await api.request('/v1/users/me', { token: accessToken })).status).toBe(401);
    expect((await api.request('/v1/auth/refresh', { body: { refreshToken } })).status).toBe(401);
    expect((await signIn()).status).toBe(401);
    expect(api.endedSessions.length).toBeGreaterThan(before);

    expect((await setStatus(user.id, 'active')).body).toMatchObject({ status: 'active' });
    expect((await api.request('/v1/users/me', { token: accessToken })).status).toBe(401);
    expect((await signIn()).status).toBe(200);
  });

  test('cannot hit oneself, nobody, or somebody deleted', async () => {
    expect((await setStatus(admin.user.id, 'banned')).body.error.code).toBe('conflict');
    const { user } = await api.signUp();
    await api.stores.owner.query(`UPDATE users SET status = 'deleted' WHERE id = $1`, [user.id]);
    for (const id of [user.id, 'x', '00000000-0000-4000-8000-000000000000']) {
      expect((await setStatus(id, 'active')).body.error.code).toBe('not_found');
    }
    expect((await setStatus(user.id, 'deleted')).body.error.code).toBe('invalid_request');
  });
});
