/** What the rules of rooms come to over REST, and over several processes. */
import { randomUUID } from 'node:crypto';
import {
  type ErrorAnswer,
  type JoinAnswer,
  may,
  type OtherAct,
  PARTICIPANT_ROLES,
  type Room,
} from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { enterRoom, type Member } from '../../../test/test-member.ts';
import { handshakeOf, TestClient } from '../../edge/signalling/testing/test-client.ts';

let api: TestApi;
let beside: TestApi;
let host: string;
let ben: string;
let benId: string;
let room: Room;
let lead: Member;

beforeAll(async () => {
  api = await startTestApi();
  beside = await startTestApi({ beside: api });
  const benjamin = await api.signUp('Ben');
  [host, ben, benId] = [
    (await api.signUp('Hanna')).accessToken,
    benjamin.accessToken,
    benjamin.user.id,
  ];
});
afterAll(async () => {
  await beside.close();
  await api.close();
});
beforeEach(async () => {
  room = await api.createRoom(host);
  lead = await enterRoom(api, room.id, host);
});

async function join(token?: string): Promise<string> {
  const { status, body } = await api.request<JoinAnswer & ErrorAnswer>(
    `/v1/rooms/${room.id}/join`,
    { body: token === undefined ? { name: 'Guest' } : {}, ...(token && { token }) },
  );
  return status === 200 ? 'joined' : body.error.code;
}

function set(key: string, value: unknown, by = api) {
  const path = `/v1/rooms/${room.id}/settings/${key}`;
  return by.request(path, { method: 'PUT', token: host, body: { value } });
}

function setRole(token: string, identity: string, role: string) {
  return api.request(`/v1/rooms/${room.id}/participants/${identity}`, {
    method: 'PATCH',
    token,
    body: { role },
  });
}

describe('asking for a token', () => {
  test('is refused to who is banned, with the account and not as a guest (SPEC 14.6)', async () => {
    const member = await enterRoom(api, room.id, ben);
    const { participantId } = member.joined.self;
    await lead.client.request('moderation.ban', { participantId, reason: 'Noise' });
    expect(await join(ben)).toBe('banned');
    expect(await join()).toBe('joined');
    await lead.client.request('moderation.unban', { identity: benId });
    expect(await join(ben)).toBe('joined');
  });

  test('is refused to strangers of a locked room, but not to its host (SPEC 14.7)', async () => {
    await lead.client.request('moderation.lock', { isLocked: true });
    expect(await join()).toBe('room_locked');
    expect(await join(ben)).toBe('room_locked');
    expect(await join(host)).toBe('joined');
    await lead.client.request('moderation.lock', { isLocked: false });
    expect(await join(ben)).toBe('joined');
  });

  test('makes a listener of who is new, where the room has a stage, and of nobody who is something', async () => {
    await enterRoom(api, room.id, ben);
    await setRole(host, benId, 'participant');
    await set('listeners_by_default', true);
    const guest = await enterRoom(api, room.id);
    expect(guest.joined).toMatchObject({
      self: { role: 'listener' },
      grants: { publish: { camera: false, microphone: false } },
    });
    expect((await enterRoom(api, room.id, ben)).joined.self.role).toBe('participant');
  });
});

test('tokens of who was sent out open nothing any more (SPEC 14.5)', async () => {
  const member = await enterRoom(api, room.id, ben);
  const { token } = await member.client.request('room.token', {});
  await lead.client.request('moderation.remove', {
    participantId: member.joined.self.participantId,
  });
  expect(await member.client.next('goodbye')).toEqual({ reason: 'participant_removed' });
  for (const held of [member.roomToken, token]) {
    const client = new TestClient(api.url, handshakeOf(held));
    expect(await client.next('refused')).toMatchObject({ code: 'unauthorized' });
    const answer = await api.request(`/v1/rooms/${room.id}/participants`, { token: held });
    expect(answer.status).toBe(401);
  }
  api.world.now += 1_000;
  await enterRoom(api, room.id, ben);
});

describe('roles over REST', () => {
  test('are moderators’ to give between participants and listeners only (SPEC 14.1)', async () => {
    await enterRoom(api, room.id, ben);
    const guest = await enterRoom(api, room.id);
    expect((await setRole(ben, guest.identity, 'listener')).status).toBe(403);
    await setRole(host, benId, 'moderator');
    expect((await setRole(ben, guest.identity, 'listener')).status).toBe(200);
    await guest.client.until((client) => client.all('roleChanged').length === 1);
    expect((await setRole(ben, guest.identity, 'participant')).status).toBe(200);
    expect((await setRole(ben, guest.identity, 'moderator')).status).toBe(403);
    await setRole(host, guest.identity, 'moderator');
    expect((await setRole(ben, guest.identity, 'listener')).status).toBe(403);
    expect((await setRole(ben, benId, 'participant')).status).toBe(403);
  });
});

describe('what is done to the room over REST is what the policy says (SPEC 14.1)', () => {
  const ACTS: readonly (readonly [OtherAct, (token: string) => Promise<{ status: number }>])[] = [
    [
      'changeRoom',
      (token) =>
        api.request(`/v1/rooms/${room.id}`, {
          method: 'PATCH',
          token,
          body: { description: 'New' },
        }),
    ],
    [
      'changeRoom',
      (token) =>
        api.request(`/v1/rooms/${room.id}/settings/last_n`, {
          method: 'PUT',
          token,
          body: { value: 9 },
        }),
    ],
    ['endMeeting', (token) => api.request(`/v1/rooms/${room.id}/end`, { method: 'POST', token })],
  ];

  test.each(PARTICIPANT_ROLES)('by a %s', async (role) => {
    const token = role === 'host' ? host : ben;
    if (role !== 'host') {
      await enterRoom(api, room.id, ben);
      expect((await setRole(host, benId, role)).status).toBe(200);
    }
    for (const [act, attempt] of ACTS) {
      expect((await attempt(token)).status, act).toBe(may(act, role) ? 200 : 403);
    }
  });
});

describe('over several processes', () => {
  test('a lobby that is turned off elsewhere lets people in (SPEC 15.8)', async () => {
    await set('lobby_enabled', true);
    const { body } = await api.request<JoinAnswer>(`/v1/rooms/${room.id}/join`, {
      body: { name: 'Guest' },
    });
    const client = new TestClient(api.url, handshakeOf(body.token));
    await client.next('waiting');
    await set('lobby_enabled', false, beside);
    await client.next('joined');
  });

  /** A guest who comes to the other server, and has to wait there. */
  async function waitBeside(): Promise<
    Pick<JoinAnswer, 'identity' | 'token'> & { client: TestClient }
  > {
    const { body } = await beside.request<JoinAnswer>(`/v1/rooms/${room.id}/join`, {
      body: { name: 'Guest' },
    });
    const client = new TestClient(beside.url, handshakeOf(body.token));
    await client.next('waiting');
    return { ...body, client };
  }

  test('who leads hears who waits elsewhere, lets them in and turns them away (SPEC 15.3, 15.4, 15.5)', async () => {
    await set('lobby_enabled', true);
    const [first, second] = [await waitBeside(), await waitBeside()];
    const told = (client: TestClient) =>
      client
        .all('lobbyChanged')
        .at(-1)
        ?.waiting.map(({ identity }) => identity);
    await lead.client.until((client) => told(client)?.length === 2);
    expect(told(lead.client)).toEqual([first.identity, second.identity]);
    const { waiting } = await lead.client.request('lobby.list', {});
    expect(waiting.map(({ identity }) => identity)).toEqual([first.identity, second.identity]);
    await lead.client.request('lobby.approve', { identities: [first.identity] });
    await first.client.next('joined');
    await lead.client.request('lobby.deny', { identities: [second.identity] });
    expect(await second.client.next('refused')).toMatchObject({ code: 'lobby_denied' });
    await lead.client.until((client) => told(client)?.length === 0);
    for (const server of [api, beside]) {
      const again = new TestClient(server.url, handshakeOf(second.token));
      expect(await again.next('refused')).toMatchObject({ code: 'lobby_denied' });
    }
  });

  test('who comes to lead hears who waits elsewhere already (SPEC 15.3)', async () => {
    await set('lobby_enabled', true);
    lead.client.close();
    const { identity } = await waitBeside();
    const later = await enterRoom(api, room.id, host);
    expect((await later.client.next('lobbyChanged')).waiting).toMatchObject([{ identity }]);
  });

  test('the room is locked and opened for all', async () => {
    const elsewhere = await enterRoom(beside, room.id, ben);
    await lead.client.request('moderation.lock', { isLocked: true });
    await elsewhere.client.until((client) =>
      client.changes().some((change) => change.type === 'roomUpdated' && change.room.isLocked),
    );
    expect(await join()).toBe('room_locked');
  });

  test('who is banned here goes elsewhere, too', async () => {
    const elsewhere = await enterRoom(beside, room.id, ben);
    const again = await enterRoom(api, room.id, ben);
    expect(await elsewhere.client.next('goodbye')).toMatchObject({ reason: 'duplicate_identity' });
    const { participantId } = again.joined.self;
    await lead.client.request('moderation.ban', { participantId, reason: 'Noise' });
    expect(await again.client.next('goodbye')).toMatchObject({ reason: 'participant_removed' });
    await expect(enterRoom(beside, room.id, ben)).rejects.toThrow('banned');
  });

  test('a private message reaches who is elsewhere, and nobody else there (SPEC 5.10)', async () => {
    const elsewhere = await enterRoom(beside, room.id, ben);
    const guest = await enterRoom(beside, room.id);
    const { message } = await lead.client.request('chat.send', {
      messageId: randomUUID(),
      text: 'Between us',
      to: benId,
    });
    expect(await elsewhere.client.next('chatMessage')).toEqual(message);
    await lead.client.request('chat.send', { messageId: randomUUID(), text: 'To all' });
    await guest.client.until((client) => client.all('chatMessage').length > 0);
    expect(guest.client.all('chatMessage').map(({ text }) => text)).toEqual(['To all']);
  });

  test('acts on who is connected elsewhere are refused, not dropped', async () => {
    const elsewhere = await enterRoom(beside, room.id, ben);
    const { participantId } = elsewhere.joined.self;
    for (const [method, params] of [
      ['moderation.remove', { participantId }],
      ['moderation.ban', { participantId, reason: '' }],
      ['moderation.askToUnmute', { participantId, source: 'microphone' }],
      ['moderation.setRole', { participantId, role: 'moderator' }],
      ['moderation.spotlight', { identities: [benId] }],
      ['hand.lower', { participantId }],
      ['stage.invite', { participantId }],
    ] as const) {
      const reply = await lead.client.ask(method, params);
      expect(reply, method).toMatchObject({ ok: false, error: { code: 'not_found' } });
    }
  });

  test('who is sent out elsewhere goes here, too', async () => {
    const member = await enterRoom(api, room.id, ben);
    await beside.meetings.moderation.sendOut(room.id, benId);
    expect(await member.client.next('goodbye')).toEqual({ reason: 'participant_removed' });
  });

  test('a room that ends elsewhere turns away who waits for it (SPEC 15.7)', async () => {
    await set('lobby_enabled', true);
    const { body } = await api.request<JoinAnswer>(`/v1/rooms/${room.id}/join`, {
      body: { name: 'Guest' },
    });
    const client = new TestClient(api.url, handshakeOf(body.token));
    await client.next('waiting');
    await beside.request(`/v1/rooms/${room.id}/end`, { method: 'POST', token: host });
    expect(await client.next('refused')).toMatchObject({ code: 'room_ended' });
  });

  test('who waits is turned away when they sign out (SPEC 15.7)', async () => {
    await set('lobby_enabled', true);
    const eve = await api.signUp('Eve');
    const { body } = await api.request<JoinAnswer>(`/v1/rooms/${room.id}/join`, {
      token: eve.accessToken,
      body: {},
    });
    const client = new TestClient(api.url, handshakeOf(body.token));
    await client.next('waiting');
    api.meetings.sockets.endSessions(
      api.meetings.sockets
        .signedInSessions()
        .flatMap(({ userId, sessionId }) => (userId === eve.user.id ? [sessionId] : [])),
    );
    expect(await client.next('refused')).toMatchObject({ code: 'unauthorized' });
  });
});
