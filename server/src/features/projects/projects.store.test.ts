import type { ApiKey, CreatedApiKey, ErrorAnswer, Page, Project } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';

let api: TestApi;
let token: string;
let strangerToken: string;
let adminToken: string;
beforeAll(async () => {
  api = await startTestApi();
  token = (await api.signUp()).accessToken;
  strangerToken = (await api.signUp('Stranger')).accessToken;
  const admin = await api.signUp('Root');
  adminToken = admin.accessToken;
  await api.stores.owner.query('UPDATE users SET is_admin = TRUE WHERE id = $1', [admin.user.id]);
});
afterAll(() => api.close());

const NOTHING = '00000000-0000-4000-8000-000000000000';

function create(body: object, as = token) {
  return api.request<Project & ErrorAnswer>('/v1/projects', { token: as, body });
}

async function createProject(): Promise<Project> {
  const { status, body } = await create({ name: 'Lontar' });
  expect(status).toBe(201);
  return body;
}

function createKey(projectId: string, body: object = { name: 'server' }, as = token) {
  return api.request<CreatedApiKey & ErrorAnswer>(`/v1/projects/${projectId}/keys`, {
    token: as,
    body,
  });
}

describe('projects', () => {
  test('are made, read, changed and listed by their owner', async () => {
    const { body: first } = await create({ name: ' Lontar ' });
    expect(first).toEqual({
      id: expect.any(String),
      name: 'Lontar',
      jwksUrl: null,
      issuer: null,
      createdAt: expect.any(String),
    });
    const path = `/v1/projects/${first.id}`;
    expect((await api.request<Project>(path, { token })).body).toEqual(first);
    const second = await createProject();
    const page = await api.request<Page<Project>>('/v1/projects?limit=1', { token });
    expect(page.body.items).toEqual([second]);
    const rest = await api.request<Page<Project>>(
      `/v1/projects?limit=1&cursor=${page.body.nextCursor}`,
      { token },
    );
    expect(rest.body.items).toEqual([first]);
    const own = { jwksUrl: 'https://lontar.example/jwks.json', issuer: 'https://lontar.example' };
    const changed = await api.request<Project>(path, { token, method: 'PATCH', body: own });
    expect(changed.body).toEqual({ ...first, ...own });
    const renamed = await api.request<Project>(path, {
      token,
      method: 'PATCH',
      body: { name: 'Tebu', jwksUrl: null, issuer: null },
    });
    expect(renamed.body).toEqual({ ...first, name: 'Tebu' });
  });

  test('are made once where the request comes twice', async () => {
    const headers = { 'idempotency-key': 'the-same' };
    const make = () =>
      api.request<Project>('/v1/projects', { token, headers, body: { name: 'Once' } });
    expect((await make()).body).toEqual((await make()).body);
  });

  test.each<[string, object]>([
    ['no name', {}],
    ['an empty name', { name: ' ' }],
    ['an issuer without keys', { name: 'a', issuer: 'x' }],
    ['keys without an issuer', { name: 'a', jwksUrl: 'https://a.example/jwks' }],
    ['keys over http', { name: 'a', issuer: 'x', jwksUrl: 'http://a.example/jwks' }],
    ['keys with credentials', { name: 'a', issuer: 'x', jwksUrl: 'https://a:b@a.example/jwks' }],
    [
      'an issuer that looks like a key',
      { name: 'a', issuer: `BK${'a'.repeat(18)}`, jwksUrl: 'https://a.example/jwks' },
    ],
  ])('are refused with %s', async (_name, body) => {
    expect((await create(body)).body.error.code).toBe('invalid_request');
  });

  test('share no issuer', async () => {
    const own = { jwksUrl: 'https://one.example/jwks', issuer: 'https://one.example' };
    expect((await create({ name: 'One', ...own })).status).toBe(201);
    expect((await create({ name: 'Two', ...own }, strangerToken)).body.error.code).toBe('conflict');
    const other = await createProject();
    const change = await api.request(`/v1/projects/${other.id}`, {
      token,
      method: 'PATCH',
      body: own,
    });
    expect(change.body.error.code).toBe('conflict');
  });

  test('are nobody else’s, but an administrator’s', async () => {
    const project = await createProject();
    const key = (await createKey(project.id)).body;
    const path = `/v1/projects/${project.id}`;
    const attempts = [
      { path },
      { path, method: 'PATCH', body: { name: 'Mine' } },
      { path, method: 'DELETE' },
      { path: `${path}/keys` },
      { path: `${path}/keys`, method: 'POST', body: { name: 'mine' } },
      { path: `${path}/keys/${key.id}`, method: 'DELETE' },
    ];
    for (const { path: wanted, ...request } of attempts) {
      for (const [as, code] of [
        [strangerToken, 'not_found'],
        [undefined, 'unauthorized'],
      ] as const) {
        const answer = await api.request(wanted, {
          ...request,
          ...(as === undefined ? {} : { token: as }),
        });
        expect([wanted, request.method, answer.body.error?.code]).toEqual([
          wanted,
          request.method,
          code,
        ]);
      }
    }
    expect(
      (await api.request<Page<Project>>('/v1/projects', { token: strangerToken })).body.items,
    ).not.toContainEqual(project);
    expect((await api.request<Project>(path, { token: adminToken })).body).toEqual(project);
    expect((await api.request(`/v1/projects/${NOTHING}`, { token })).body.error.code).toBe(
      'not_found',
    );
    expect((await api.request('/v1/projects/nonsense', { token })).body.error.code).toBe(
      'not_found',
    );
  });

  test('are made by administrators only where the operator wants it so', async () => {
    const strict = await startTestApi({ beside: api, config: { projectCreators: 'admins' } });
    try {
      const make = (as: string) =>
        strict.request<Project & ErrorAnswer>('/v1/projects', { token: as, body: { name: 'a' } });
      expect((await make(token)).body.error.code).toBe('forbidden');
      expect((await make(adminToken)).status).toBe(201);
    } finally {
      await strict.close();
    }
  });

  test('end their meetings when they are deleted, and leave no files behind', async () => {
    const project = await createProject();
    const { owner, database } = api.stores;
    const [row] = await owner.query<{ host: string }>(
      'SELECT service_user_id AS host FROM projects WHERE id = $1',
      [project.id],
    );
    const host = row?.host ?? '';
    const [room] = await database.asUser(host, (db) =>
      db.query<{ id: string }>(
        `INSERT INTO rooms (name, host_id) VALUES ('Hall', $1) RETURNING id`,
        [host],
      ),
    );
    const file = await api.files.save(
      'messages',
      (async function* () {
        yield Buffer.from('hello');
      })(),
    );
    await owner.query(
      `INSERT INTO room_messages (room_id, user_id, message, message_type, file_name, file_size, file_type, file_key)
       VALUES ($1, $2, '', 'file', 'a', 5, 'text/plain', $3)`,
      [room?.id, host, file.key],
    );
    const path = `/v1/projects/${project.id}`;
    expect((await api.request(path, { token, method: 'DELETE' })).status).toBe(204);
    expect(api.closedRooms).toContain(room?.id);
    expect(await api.files.open(file.key)).toBeUndefined();
    expect((await api.request(path, { token })).status).toBe(404);
    expect(await owner.query('SELECT 1 FROM users WHERE id = $1', [host])).toEqual([]);
  });
});

describe('API keys', () => {
  test('tell their secret once', async () => {
    const project = await createProject();
    const { status, body: created } = await createKey(project.id, {
      name: 'server',
      scopes: ['data', 'tokens'],
    });
    expect(status).toBe(201);
    expect(created).toEqual({
      id: expect.stringMatching(/^BK[0-9A-Za-z]{18}$/),
      name: 'server',
      scopes: ['tokens', 'data'],
      secret: expect.stringMatching(/^[\w-]{43}$/),
      createdAt: expect.any(String),
      lastUsedAt: null,
      revokedAt: null,
    });
    const { secret, ...listed } = created;
    const list = await api.request<ApiKey[]>(`/v1/projects/${project.id}/keys`, { token });
    expect(list.body).toEqual([listed]);
    expect(api.logged()).not.toContain(secret);
  });

  test('are several, each with scopes of its own, all of them by default', async () => {
    const project = await createProject();
    const [one, two] = [await createKey(project.id), await createKey(project.id)];
    expect(one.body.scopes).toHaveLength(6);
    expect(one.body.id).not.toBe(two.body.id);
    expect(one.body.secret).not.toBe(two.body.secret);
    for (const scopes of [[], ['everything']]) {
      expect((await createKey(project.id, { name: 'a', scopes })).body.error.code).toBe(
        'invalid_request',
      );
    }
  });

  test('are revoked for good, and stay in the list', async () => {
    const project = await createProject();
    const { id } = (await createKey(project.id)).body;
    const path = `/v1/projects/${project.id}/keys`;
    const revoke = () => api.request<ApiKey>(`${path}/${id}`, { token, method: 'DELETE' });
    const { body: revoked } = await revoke();
    expect(revoked).toMatchObject({ id, revokedAt: expect.any(String) });
    expect((await revoke()).body).toEqual(revoked);
    expect((await api.request<ApiKey[]>(path, { token })).body).toEqual([revoked]);
    const other = await createProject();
    const elsewhere = await api.request(`/v1/projects/${other.id}/keys/${id}`, {
      token,
      method: 'DELETE',
    });
    expect(elsewhere.body.error.code).toBe('not_found');
  });
});
