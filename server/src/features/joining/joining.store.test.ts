import { randomUUID } from 'node:crypto';
import type { ErrorAnswer, JoinAnswer, JoinInfo, JoinRequest, Room } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  startTestApi,
  TEST_CAPABILITIES,
  type TestAnswer,
  type TestApi,
} from '../../../test/test-api.ts';
import { createTestProject } from '../../../test/test-project.ts';

let api: TestApi;
let hostToken: string;
let hostId: string;
beforeAll(async () => {
  api = await startTestApi({
    config: {
      iceServers: [{ urls: ['stun:stun.example.org'] }],
      turn: { urls: ['turn:turn.example.org'], secret: 's' },
    },
  });
  const host = await api.signUp('Hasan');
  hostToken = host.accessToken;
  hostId = host.user.id;
});
afterAll(() => api.close());
beforeEach(() => {
  api.world.hasSeat = () => true;
  api.world.isDraining = false;
});

function join(
  room: Room,
  body: JoinRequest,
  token?: string,
): Promise<TestAnswer<JoinAnswer & ErrorAnswer>> {
  return api.request(`/v1/rooms/${room.id}/join`, {
    body,
    ...(token === undefined ? {} : { token }),
  });
}

async function countGuests(): Promise<number> {
  return (await api.stores.owner.query(`SELECT 1 FROM users WHERE kind = 'guest'`)).length;
}

describe('joining', () => {
  test('as a guest needs a name only, and answers with all that a socket needs', async () => {
    const room = await api.createRoom(hostToken);
    const answer = await join(room, { name: ' Ratna ' });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        url: api.url,
        iceServers: [
          { urls: ['stun:stun.example.org'] },
          { urls: ['turn:turn.example.org'], username: expect.any(String) },
        ],
        routerCapabilities: TEST_CAPABILITIES,
        token: expect.any(String),
        room,
        name: 'Ratna',
        grants: {
          publish: { camera: true, microphone: true, screen_share: true, screen_share_audio: true },
          subscribe: true,
          data: true,
          hidden: false,
          moderate: false,
          updateSelf: true,
        },
      },
    });
    expect(await api.roomTokens.verify(answer.body.token)).toMatchObject({
      roomId: room.id,
      identity: answer.body.identity,
      sessionId: null,
      name: 'Ratna',
      role: 'participant',
      grants: answer.body.grants,
    });
    const lifetimeMs = Date.parse(answer.body.tokenExpiresAt) - api.world.now;
    expect(lifetimeMs).toBeGreaterThan(598_000);
    expect(lifetimeMs).toBeLessThanOrEqual(600_000);
  });

  test('makes a guest a user of the kind guest, without e-mail and password', async () => {
    const { body } = await join(await api.createRoom(hostToken), { name: 'Ratna' });
    expect(
      await api.stores.owner.query(
        'SELECT kind, email, password, first_name, last_name FROM users WHERE id = $1',
        [body.identity],
      ),
    ).toEqual([{ kind: 'guest', email: null, password: null, first_name: 'Ratna', last_name: '' }]);
  });

  test('as a user goes by the name of the account, or by another one', async () => {
    const room = await api.createRoom(hostToken);
    const { user, accessToken } = await api.signUp('Dewi');
    expect((await join(room, {}, accessToken)).body).toMatchObject({
      identity: user.id,
      name: 'Dewi Example',
      grants: { moderate: false },
    });
    expect((await join(room, { name: 'D.' }, accessToken)).body.name).toBe('D.');
  });

  test('as the host gives the grant to moderate, and needs no password', async () => {
    const room = await api.createRoom(hostToken, { password: 'open sesame' });
    const { body } = await join(room, {}, hostToken);
    expect(body).toMatchObject({ identity: hostId, grants: { moderate: true } });
    expect(await api.roomTokens.verify(body.token)).toMatchObject({ role: 'host' });
  });

  test('with the right password works for everybody', async () => {
    const room = await api.createRoom(hostToken, { password: 'open sesame' });
    const answer = await join(room, { name: 'Ratna', password: 'open sesame' });
    expect(answer.status).toBe(200);
    expect(answer.body.room.hasPassword).toBe(true);
  });

  test('does not mind a password where none is needed', async () => {
    const room = await api.createRoom(hostToken);
    expect((await join(room, { name: 'Ratna', password: 'any' })).status).toBe(200);
  });

  test('asks for the seat of the very identity that the token names', async () => {
    const asked: [string, number][] = [];
    api.world.hasSeat = (_roomId, identity, maxUsers) => {
      asked.push([identity, maxUsers]);
      return true;
    };
    const { body } = await join(await api.createRoom(hostToken, { maxUsers: 3 }), { name: 'R' });
    expect(asked).toEqual([[body.identity, 3]]);
  });
});

describe('joining a room of an application by its link', () => {
  async function createProjectRoom(guests: boolean): Promise<Room> {
    const { project } = await createTestProject(api);
    const { owner, database } = api.stores;
    const [row] = await owner.query<{ host: string }>(
      'SELECT service_user_id AS host FROM projects WHERE id = $1',
      [project.id],
    );
    const host = row?.host ?? '';
    const id = randomUUID();
    await database.asUser(host, async (db) => {
      await db.query(`INSERT INTO rooms (id, name, host_id) VALUES ($1, 'Class', $2)`, [id, host]);
      await db.query(
        `INSERT INTO room_settings (room_id, setting_key, setting_value)
         VALUES ($1, 'guests_allowed', $2)`,
        [id, String(guests)],
      );
    });
    return (await api.request<Room>(`/v1/rooms/${id}`)).body;
  }

  test('makes everybody a guest of the application, accounts of this server too', async () => {
    const room = await createProjectRoom(true);
    const answers = [await join(room, { name: 'Ratna' }), await join(room, {}, hostToken)];
    expect(answers.map(({ body }) => body.name)).toEqual(['Ratna', 'Hasan Example']);
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body.identity).not.toBe(hostId);
      expect(
        await api.stores.owner.query(
          `SELECT u.kind FROM users u JOIN rooms r ON r.project_id = u.project_id
           WHERE u.id = $1 AND r.id = $2`,
          [body.identity, room.id],
        ),
      ).toEqual([{ kind: 'guest' }]);
      const ticket = await api.roomTokens.verify(body.token);
      expect(ticket).toMatchObject({ userId: body.identity, sessionId: null });
      expect(ticket.projectId).not.toBeNull();
    }
  });

  test('is refused to everybody where it takes no guests', async () => {
    const room = await createProjectRoom(false);
    for (const token of [undefined, hostToken]) {
      const answer = await join(room, { name: 'Ratna' }, token);
      expect(answer.body.error.code).toBe('guests_not_allowed');
    }
  });
});

describe('joining is refused', () => {
  const refusal = (status: number, code: string) => ({ status, body: { error: { code } } });

  test('without a room', async () => {
    const answer = await api.request(`/v1/rooms/${randomUUID()}/join`, { body: { name: 'R' } });
    expect(answer).toMatchObject(refusal(404, 'room_not_found'));
  });

  test('when the meeting is over', async () => {
    const room = await api.createRoom(hostToken);
    await api.rooms.end(room.id, hostId);
    expect(await join(room, { name: 'R' })).toMatchObject(refusal(410, 'room_ended'));
    expect(await join(room, {}, hostToken)).toMatchObject(refusal(410, 'room_ended'));
  });

  test('to guests where they are not allowed', async () => {
    const room = await api.createRoom(hostToken, { guestsAllowed: false });
    expect(await join(room, { name: 'R' })).toMatchObject(refusal(403, 'guests_not_allowed'));
    const { accessToken } = await api.signUp();
    expect((await join(room, {}, accessToken)).status).toBe(200);
  });

  test('to guests without a name', async () => {
    const answer = await join(await api.createRoom(hostToken), {});
    expect(answer).toMatchObject(refusal(400, 'invalid_request'));
    expect(answer.body.error.details).toEqual(['body.name: is required for guests']);
  });

  test('without the password, and with a wrong one', async () => {
    const room = await api.createRoom(hostToken, { password: 'open sesame' });
    const required = refusal(403, 'room_password_required');
    expect(await join(room, { name: 'R' })).toMatchObject(required);
    expect(await join(room, { name: 'R', password: '' })).toMatchObject(required);
    expect(await join(room, { name: 'R', password: 'sesame' })).toMatchObject(
      refusal(403, 'wrong_room_password'),
    );
  });

  test('when the room is full, and leaves no guest behind', async () => {
    const room = await api.createRoom(hostToken);
    api.world.hasSeat = () => false;
    const before = await countGuests();
    const answer = await join(room, { name: 'R' });
    expect(answer).toMatchObject(refusal(409, 'room_full'));
    expect(answer.body.error.retryable).toBe(true);
    expect(await countGuests()).toBe(before);
  });

  test('when the server stops', async () => {
    api.world.isDraining = true;
    const answer = await join(await api.createRoom(hostToken), { name: 'R' });
    expect(answer).toMatchObject(refusal(503, 'shutting_down'));
  });

  test('to a signed-in user whose token is old, rather than to let them in as a guest', async () => {
    const room = await api.createRoom(hostToken);
    const { accessToken } = await api.signUp();
    api.world.now += 16 * 60_000;
    try {
      expect(await join(room, { name: 'R' }, accessToken)).toMatchObject(
        refusal(401, 'token_expired'),
      );
    } finally {
      api.world.now -= 16 * 60_000;
    }
  });

  test.each([
    ['a name too long', { name: 'x'.repeat(101) }],
    ['a name with a NUL', { name: 'a\u0000' }],
    ['an unknown field', { name: 'x', role: 'host' }],
  ])('with %s', async (_what, body) => {
    const answer = await join(await api.createRoom(hostToken), body);
    expect(answer).toMatchObject(refusal(400, 'invalid_request'));
  });

  test('after fifty wrong passwords from one address, the right one included', async () => {
    const room = await api.createRoom(hostToken, { password: 'open sesame' });
    const codes = new Map<string, number>();
    for (let attempt = 0; attempt < 55; attempt += 1) {
      const { body } = await join(room, { name: 'R', password: `guess ${attempt}` });
      codes.set(body.error.code, (codes.get(body.error.code) ?? 0) + 1);
    }
    expect([...codes]).toEqual([
      ['wrong_room_password', 50],
      ['rate_limited', 5],
    ]);
    const right = await join(room, { name: 'R', password: 'open sesame' });
    expect(right).toMatchObject(refusal(429, 'rate_limited'));
    // The host, who needs no password, is not locked out; nor is another room.
    expect((await join(room, {}, hostToken)).status).toBe(200);
    const other = await api.createRoom(hostToken, { password: 'open sesame' });
    expect((await join(other, { name: 'R', password: 'open sesame' })).status).toBe(200);
  });
});

describe('join info (SPEC 1.1)', () => {
  test('answers the same as joining, to a room token', async () => {
    const { body: joined } = await join(await api.createRoom(hostToken), { name: 'Ratna' });
    const answer = await api.request<JoinInfo>('/v1/join-info', { token: joined.token });
    expect(answer).toMatchObject({
      status: 200,
      body: { url: joined.url, iceServers: joined.iceServers },
    });
    expect(answer.body.routerCapabilities).toEqual(joined.routerCapabilities);
  });

  test('names the public URL where one is configured', async () => {
    const behindProxy = await startTestApi({ config: { publicUrl: 'https://meet.example.org' } });
    try {
      const { accessToken } = await behindProxy.signUp();
      const room = await behindProxy.createRoom(accessToken);
      const answer = await behindProxy.request<JoinAnswer>(`/v1/rooms/${room.id}/join`, {
        token: accessToken,
        body: {},
      });
      expect(answer.body.url).toBe('https://meet.example.org');
    } finally {
      await behindProxy.close();
    }
  });
});
