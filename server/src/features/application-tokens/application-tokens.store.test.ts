import { createHmac, randomUUID } from 'node:crypto';
import type { ErrorAnswer, JoinInfo } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestAnswer, type TestApi } from '../../../test/test-api.ts';
import {
  createTestKey,
  createTestProject,
  roomClaims,
  signRequest,
  signWith,
  type TestProject,
} from '../../../test/test-project.ts';
import { handshakeOf, TestClient } from '../../edge/signalling/testing/test-client.ts';

let api: TestApi;
let other: TestApi;
let app: TestProject;
beforeAll(async () => {
  api = await startTestApi();
  other = await startTestApi({ beside: api });
  app = await createTestProject(api);
});
afterAll(async () => {
  await other.close();
  await api.close();
});

const info = (token: string, at: TestApi = api): Promise<TestAnswer<JoinInfo & ErrorAnswer>> =>
  at.request('/v1/join-info', { token });

const sign = (
  room: Parameters<typeof roomClaims>[1] = {},
  more: Parameters<typeof roomClaims>[2] = {},
) => signWith(app.key, roomClaims(api, room, more));

async function enter(token: string, at: TestApi = api): Promise<TestClient> {
  const client = new TestClient(at.url, handshakeOf(token));
  await client.until(({ received }) => received.length > 0);
  return client;
}

/** Somebody who is in. @throws Error with what the server said. */
async function join(token: string, at: TestApi = api) {
  const client = await enter(token, at);
  const [refusal] = client.all('refused');
  if (refusal !== undefined) {
    throw new Error(`${refusal.code}: ${refusal.message}`);
  }
  return { client, joined: await client.next('joined') };
}

async function roomsOf(name: string, projectId = app.project.id) {
  return await api.stores.owner.query<{ readonly id: string; readonly max_users: number }>(
    'SELECT id, max_users FROM rooms WHERE project_id = $1 AND name = $2',
    [projectId, name],
  );
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token that an application signs', () => {
  test('lets its person into its room, which is made, as they are called there (SPEC 17.1)', async () => {
    const token = await sign(
      { name: 'Fresh' },
      { name: 'Alice A.', metadata: '{"team":1}', attributes: { seat: '4' } },
    );
    expect(await info(token)).toMatchObject({ status: 200, body: { url: api.url } });
    const { client, joined } = await join(token);
    expect(joined.room).toMatchObject({ name: 'Fresh' });
    expect(joined.self).toMatchObject({
      identity: 'alice',
      name: 'Alice A.',
      role: 'participant',
      metadata: '{"team":1}',
      attributes: { seat: '4' },
    });
    expect(joined.grants).toMatchObject({
      publish: { camera: true, screen_share_audio: true },
      subscribe: true,
      data: true,
      hidden: false,
      moderate: false,
      updateSelf: false,
    });
    client.socket.disconnect();
  });

  test('says what its person may do (SPEC 17.5)', async () => {
    const token = await sign({
      canPublishSources: ['microphone'],
      canSubscribe: false,
      canPublishData: ['chat', 'game'],
      canUpdateOwnMetadata: true,
    });
    const { client, joined } = await join(token);
    expect(joined.grants).toEqual({
      publish: { camera: false, microphone: true, screen_share: false, screen_share_audio: false },
      subscribe: false,
      data: ['chat', 'game'],
      hidden: false,
      moderate: false,
      updateSelf: true,
    });
    client.socket.disconnect();
  });

  test('bounds every role that they are given, by whom it is renewed too (SPEC 17.5)', async () => {
    const { client: leader } = await join(
      await sign({ name: 'Bounds', role: 'moderator' }, { sub: 'leader' }),
    );
    const first = await sign(
      { name: 'Bounds', canPublishSources: ['microphone'], canPublishData: ['chat'] },
      { sub: 'bounded' },
    );
    const silent = {
      camera: false,
      microphone: false,
      screen_share: false,
      screen_share_audio: false,
    };
    const tryRoles = async ({ client, joined }: Awaited<ReturnType<typeof join>>) => {
      const { participantId } = joined.self;
      for (const [role, publish] of [
        ['listener', silent],
        ['participant', { ...silent, microphone: true }],
      ] as const) {
        await leader.request('moderation.setRole', { participantId, role });
        await client.until((one) => one.all('roleChanged').at(-1)?.role === role);
        expect(client.all('roleChanged').at(-1)).toEqual({
          role,
          grants: {
            publish,
            subscribe: true,
            data: ['chat'],
            hidden: false,
            moderate: false,
            updateSelf: false,
          },
        });
      }
    };
    const before = await join(first);
    await tryRoles(before);
    const { token } = await before.client.request('room.token', {});
    const again = await join(token);
    await tryRoles(again);
    for (const client of [leader, again.client]) client.socket.disconnect();
  });

  test('makes moderators, listeners and people whom nobody sees', async () => {
    const enterAs = async (sub: string, room: Parameters<typeof roomClaims>[1]) =>
      await join(await sign({ name: 'Roles', ...room }, { sub }));
    const mia = await enterAs('mia', { role: 'moderator' });
    const liz = await enterAs('liz', { role: 'listener' });
    const spy = await enterAs('spy', { hidden: true });
    expect(mia.joined).toMatchObject({
      self: { role: 'moderator' },
      grants: { moderate: true },
    });
    expect(liz.joined).toMatchObject({
      self: { role: 'listener' },
      grants: { publish: { microphone: false } },
    });
    expect(spy.joined.grants).toMatchObject({
      hidden: true,
      data: false,
      publish: { microphone: false },
    });
    for (const { client } of [mia, liz, spy]) client.socket.disconnect();
  });

  test('makes the room as it says, and leaves one that is open as it is (SPEC 17.3)', async () => {
    const create = { maxParticipants: 7, metadata: 'hello', lastN: 3, guests: true };
    expect((await info(await sign({ name: 'Made', create }))).status).toBe(200);
    expect((await info(await sign({ name: 'Made', create: { maxParticipants: 9 } }))).status).toBe(
      200,
    );
    const rooms = await roomsOf('Made');
    expect(rooms).toMatchObject([{ max_users: 7 }]);
    const settings = await api.stores.owner.query(
      'SELECT setting_key, setting_value FROM room_settings WHERE room_id = $1 ORDER BY 1',
      [rooms[0]?.id],
    );
    expect(settings).toEqual([
      { setting_key: 'guests_allowed', setting_value: 'true' },
      { setting_key: 'last_n', setting_value: '3' },
    ]);
  });

  test('makes one room, however many come at once to two servers (SPEC 17.3)', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 12 }, (_, index) => sign({ name: 'Rush' }, { sub: `p${index}` })),
    );
    const answers = await Promise.all(
      tokens.map((token, index) => info(token, index % 2 === 0 ? api : other)),
    );
    expect(answers.map(({ status }) => status)).toEqual(tokens.map(() => 200));
    expect(await roomsOf('Rush')).toHaveLength(1);
  });

  test('makes no room where it says so (SPEC 17.3)', async () => {
    const answer = await info(await sign({ name: 'Nowhere', create: false }));
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'room_not_found' } } });
    expect(await roomsOf('Nowhere')).toEqual([]);
  });

  test('is good for what members may ask of the room, and makes none by asking (SPEC 17.3)', async () => {
    const token = await sign({ name: 'Asked' });
    const { client, joined } = await join(token);
    const { room } = joined;
    expect((await api.request(`/v1/rooms/${room.id}/messages`, { token })).status).toBe(200);
    expect((await api.request(`/v1/rooms/${randomUUID()}/messages`, { token })).status).toBe(403);
    const unused = await sign({ name: 'Unasked' });
    expect((await api.request(`/v1/rooms/${room.id}/messages`, { token: unused })).status).toBe(
      404,
    );
    expect(await roomsOf('Unasked')).toEqual([]);
    client.socket.disconnect();
  });

  test('names people and rooms of its own project only (SPEC 17.4)', async () => {
    const rival = await createTestProject(api);
    await info(await sign({ name: 'Shared name' }));
    await info(await signWith(rival.key, roomClaims(api, { name: 'Shared name' })));
    const [ours] = await roomsOf('Shared name');
    const [theirs] = await roomsOf('Shared name', rival.project.id);
    expect(ours?.id).not.toBe(theirs?.id);
    const people = await api.stores.owner.query<{ readonly project_id: string }>(
      `SELECT project_id FROM users WHERE external_id = 'alice' AND project_id = ANY($1)`,
      [[app.project.id, rival.project.id]],
    );
    expect(people).toHaveLength(2);
  });

  test('is renewed in the room by one of our own, which lets the same person in', async () => {
    const { client, joined: before } = await join(
      await sign({ name: 'Renewed' }, { jti: 'first' }),
    );
    const { token } = await client.request('room.token', {});
    const { client: again, joined } = await join(token, other);
    expect(joined).toMatchObject({
      room: { id: before.room.id },
      self: { identity: 'alice' },
    });
    again.socket.disconnect();
  });
});

describe('what is refused', () => {
  const nowS = () => Math.floor(api.world.now / 1_000);
  const day = 86_400;

  test.each<[string, () => Record<string, unknown>, string]>([
    ['that is too old', () => ({ exp: nowS() - 11 }), 'token_expired'],
    ['that never ends', () => ({ exp: undefined }), 'unauthorized'],
    ['that ends after more than a day', () => ({ exp: nowS() + day + 1 }), 'unauthorized'],
    [
      'that is longer than a day by when it began',
      () => ({ nbf: nowS() - day, exp: nowS() + 60 }),
      'unauthorized',
    ],
    ['that does not say when it was made', () => ({ iat: undefined }), 'unauthorized'],
    ['that is not good yet', () => ({ nbf: nowS() + 11 }), 'unauthorized'],
    ['from the future', () => ({ iat: nowS() + 60 }), 'unauthorized'],
    ['without a person', () => ({ sub: undefined }), 'unauthorized'],
    ['for nobody', () => ({ sub: '' }), 'unauthorized'],
    ['for somebody with a long name', () => ({ sub: 'x'.repeat(129) }), 'unauthorized'],
    ['for who is there twice', () => ({ sub: 'alice~2' }), 'unauthorized'],
    ['with a control character', () => ({ sub: 'a\u0000b' }), 'unauthorized'],
    ['for who is no part of a path', () => ({ sub: '..' }), 'unauthorized'],
    ['for a room that is none', () => ({ room: { name: '.', join: true } }), 'unauthorized'],
    ['for somebody else than us', () => ({ aud: 'elsewhere' }), 'unauthorized'],
    ['without a room', () => ({ room: undefined }), 'unauthorized'],
    ['for a room without a name', () => ({ room: { name: ' ', join: true } }), 'unauthorized'],
    ['that is not for joining', () => ({ room: { name: 'a' } }), 'unauthorized'],
    [
      'with a restriction written wrong',
      () => ({ room: { name: 'a', join: true, canPublsh: false } }),
      'unauthorized',
    ],
    [
      'that makes a host',
      () => ({ room: { name: 'a', join: true, role: 'host' } }),
      'unauthorized',
    ],
    [
      'with a room that cannot be',
      () => ({ room: { name: 'a', join: true, create: { maxParticipants: 0 } } }),
      'unauthorized',
    ],
    ['of a backend', () => ({ service: ['tokens'] }), 'unauthorized'],
    ['of another key', () => ({ iss: 'BK000000000000000000' }), 'unauthorized'],
  ])('a token %s (SPEC 17.1, 17.2)', async (_what, change, code) => {
    const answer = await info(await sign({}, change()));
    expect(answer).toMatchObject({ status: 401, body: { error: { code } } });
  });

  test('nothing because two clocks differ by ten seconds (SPEC 17.2)', async () => {
    for (const change of [{ exp: nowS() - 9 }, { nbf: nowS() + 9 }, { iat: nowS() + 9 }]) {
      expect((await info(await sign({}, change))).status).toBe(200);
    }
  });

  test('what is wrong is said to who holds the secret, and to nobody else', async () => {
    const wrong = roomClaims(api, { canPublish: 'yes' as never });
    const said = await info(await signWith(app.key, wrong));
    expect(said.body.error).toMatchObject({ message: expect.stringContaining('room.canPublish') });
    const guessed = await info(await signWith({ ...app.key, secret: 'guess' }, wrong));
    expect(guessed.body.error).toMatchObject({
      message: expect.not.stringContaining('canPublish'),
    });
  });

  test('a token without a signature, by any of its names', async () => {
    const claims = part({ iss: app.key.id, ...roomClaims(api) });
    for (const alg of ['none', 'None', 'NONE', '']) {
      expect((await info(`${part({ alg, typ: 'JWT' })}.${claims}.`)).status).toBe(401);
    }
  });

  test('a token whose claims or signature were exchanged', async () => {
    const [header, claims, signature] = (await sign()).split('.');
    const mine = part({ iss: app.key.id, ...roomClaims(api, { role: 'moderator' }) });
    const flipped = `${signature?.startsWith('A') ? 'B' : 'A'}${signature?.slice(1)}`;
    for (const forged of [
      `${header}.${mine}.${signature}`,
      `${header}.${claims}.${flipped}`,
      `${header}.${claims}.`,
    ]) {
      expect((await info(forged)).status).toBe(401);
    }
  });

  test('a token that passes for one of our own, or has what only ours have', async () => {
    const claims = part({ iss: app.key.id, ...roomClaims(api) });
    const signed = (header: object) => {
      const body = `${part(header)}.${claims}`;
      return `${body}.${createHmac('sha256', app.key.secret).update(body).digest('base64url')}`;
    };
    expect((await info(signed({ alg: 'HS256', typ: 'JWT' }))).status).toBe(200);
    for (const header of [
      { alg: 'HS256', typ: 'room+jwt' },
      { alg: 'HS256', typ: 'at+jwt' },
      { alg: 'HS512' },
      { alg: 'HS256', crit: ['x'], x: 1 },
      { alg: 'HS256', b64: false, crit: ['b64'] },
    ]) {
      expect((await info(signed(header))).status, JSON.stringify(header)).toBe(401);
    }
    // What a header says of keys is not listened to.
    const tricks = { kid: '../../etc/passwd', jku: 'https://evil.example/jwks', x5u: 'x' };
    expect((await info(signed({ alg: 'HS256', ...tricks }))).status).toBe(200);
  });

  test('a token of a key that signs other things, and of one that was revoked', async () => {
    const narrow = await createTestKey(api, app.owner, app.project, ['rooms:read']);
    expect(await info(await signWith(narrow, roomClaims(api)))).toMatchObject({
      status: 403,
      body: { error: { code: 'forbidden' } },
    });
    const brief = await createTestKey(api, app.owner, app.project, ['tokens']);
    const token = await signWith(brief, roomClaims(api));
    expect((await info(token)).status).toBe(200);
    const path = `/v1/projects/${app.project.id}/keys/${brief.id}`;
    await api.request(path, { method: 'DELETE', token: app.owner.accessToken });
    expect((await info(token)).status).toBe(401);
    expect((await info(token, other)).status).toBe(401);
  });

  test('a token that one key signed in the name of another project', async () => {
    const rival = await createTestProject(api);
    const claims = { ...roomClaims(api), iss: app.key.id };
    expect((await info(await signWith(rival.key, claims))).status).toBe(401);
  });

  test('a token of a person who was shut out', async () => {
    const token = await sign({}, { sub: 'mallory' });
    expect((await info(token)).status).toBe(200);
    await api.stores.owner.query(
      `UPDATE users SET status = 'banned' WHERE external_id = 'mallory' AND project_id = $1`,
      [app.project.id],
    );
    expect((await info(token)).status).toBe(401);
  });

  test('a room token where accounts or backends are asked for', async () => {
    const token = await sign();
    expect((await api.request('/v1/users/me', { token })).status).toBe(401);
    const body = { jti: 'a', exp: nowS() };
    expect((await api.request('/v1/service/tokens/deny', { token, body })).status).toBe(401);
  });
});

describe('a token that was taken back', () => {
  const deny = async (jti: string, key = app.key, exp = Math.floor(api.world.now / 1_000) + 600) =>
    await api.request('/v1/service/tokens/deny', {
      token: await signRequest(api, key),
      body: { jti, exp },
    });

  test('lets nobody in any more, at any server, nor does what came of it (SPEC 17.6)', async () => {
    const jti = randomUUID();
    const token = await sign({ name: 'Denied' }, { jti, sub: 'dora' });
    const { client, joined } = await join(token);
    const renewed = (await client.request('room.token', {})).token;
    expect((await deny(jti)).status).toBe(204);
    for (const server of [api, other]) {
      for (const one of [token, renewed]) {
        expect((await info(one, server)).status).toBe(401);
        const refused = await enter(one, server);
        expect((await refused.next('refused')).code).toBe('unauthorized');
      }
    }
    // Who is in the room stays; what they renew from now on is no better.
    const later = await client.request('room.token', {});
    expect((await info(later.token)).status).toBe(401);
    const messages = await api.request(`/v1/rooms/${joined.room.id}/messages`, {
      token: later.token,
    });
    expect(messages.status).toBe(401);
    client.socket.disconnect();
  });

  test('is of one project: the same id in another goes on', async () => {
    const rival = await createTestProject(api);
    await deny('same-id', rival.key);
    expect((await info(await sign({}, { jti: 'same-id' }))).status).toBe(200);
  });

  test('is taken back by who may sign tokens, and within a year', async () => {
    const narrow = await createTestKey(api, app.owner, app.project, ['rooms:write']);
    expect((await deny('x', narrow)).status).toBe(403);
    const far = Math.floor(api.world.now / 1_000) + 366 * 86_400;
    expect((await deny('x', app.key, far)).status).toBe(400);
    expect((await deny('')).status).toBe(400);
  });
});

test('who was sent out of a room comes in with a new token only', async () => {
  const token = await sign({ name: 'Strict' }, { sub: 'rita' });
  const { client, joined } = await join(token);
  const { room } = joined;
  const renewed = (await client.request('room.token', {})).token;
  const [row] = await api.stores.owner.query<{ readonly id: string }>(
    `SELECT id FROM users WHERE external_id = 'rita' AND project_id = $1`,
    [app.project.id],
  );
  await api.meetings.moderation.sendOut(room.id, row?.id ?? '');
  await client.closed();
  for (const one of [token, renewed]) {
    expect((await info(one, other)).status).toBe(401);
  }
  api.world.now += 1_000;
  expect((await info(await sign({ name: 'Strict' }, { sub: 'rita' }))).status).toBe(200);
  expect((await info(await sign({ name: 'Elsewhere' }, { sub: 'rita' }))).status).toBe(200);
});
