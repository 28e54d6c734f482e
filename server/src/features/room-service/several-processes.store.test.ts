/** What backends ask of one server about people who are connected to another. */
import { randomUUID } from 'node:crypto';
import type {
  ErrorAnswer,
  Page,
  RoomBan,
  ServiceParticipant,
  ServiceRoom,
  TrackInfo,
} from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestApi, type TestAnswer, type TestApi } from '../../../test/test-api.ts';
import {
  createTestProject,
  roomClaims,
  signRequest,
  signWith,
  type TestProject,
} from '../../../test/test-project.ts';
import { handshakeOf, TestClient } from '../../edge/signalling/testing/test-client.ts';
import { FAKE_RTP_PARAMETERS } from '../sessions/testing/fake-media-plane.ts';

/** Is asked. */
let asked: TestApi;
/** Has the people. */
let there: TestApi;
let app: TestProject;
let name: string;
let room: ServiceRoom;
const clients: TestClient[] = [];

beforeAll(async () => {
  asked = await startTestApi();
  there = await startTestApi({ beside: asked });
  app = await createTestProject(asked);
});
beforeEach(async () => {
  name = `Room ${randomUUID()}`;
  room = await created(name);
});
afterAll(async () => {
  for (const client of clients) {
    client.close();
  }
  await there.close();
  await asked.close();
});

async function ask<T = ErrorAnswer>(
  method: string,
  path: string,
  body?: unknown,
  by = asked,
): Promise<TestAnswer<T>> {
  return await by.request<T>(`/v1/service/rooms/${encodeURIComponent(name)}${path}`, {
    method,
    token: await signRequest(by, app.key),
    ...(body === undefined ? {} : { body }),
  });
}

async function created(wanted: string, options: object = {}): Promise<ServiceRoom> {
  const { status, body } = await asked.request<ServiceRoom>('/v1/service/rooms', {
    token: await signRequest(asked, app.key),
    body: { name: wanted, ...options },
  });
  expect(status).toBe(200);
  return body;
}

async function enter(
  identity: string,
  {
    at = there,
    into = name,
    grants = {},
  }: Partial<{ at: TestApi; into: string; grants: object }> = {},
): Promise<TestClient> {
  const claims = roomClaims(at, { name: into, ...grants }, { sub: identity, name: identity });
  const client = new TestClient(at.url, handshakeOf(await signWith(app.key, claims)));
  clients.push(client);
  await client.next('joined');
  return client;
}

async function publish(client: TestClient): Promise<string> {
  const { trackId } = await client.request('track.publish', {
    clientTrackId: 'one',
    source: 'camera',
    name: '',
    isMuted: false,
    width: 640,
    height: 480,
    rtpParameters: FAKE_RTP_PARAMETERS,
  });
  return trackId;
}

describe('people of another server', () => {
  test('are listed with those of this one, page by page, and counted', async () => {
    await publish(await enter('ann'));
    await enter('ben', { at: asked });
    await publish(await enter('cleo'));
    const identities: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 3; pages += 1) {
      const page = await ask<Page<ServiceParticipant>>('GET', `/participants?limit=1${cursor}`);
      identities.push(...page.body.items.map(({ identity }) => identity));
      cursor = `&cursor=${page.body.nextCursor}`;
      expect(page.body.nextCursor === null).toBe(pages === 2);
    }
    expect(identities.toSorted()).toEqual(['ann', 'ben', 'cleo']);
    expect((await ask<ServiceParticipant>('GET', '/participants/ann')).body).toMatchObject({
      identity: 'ann',
      tracks: [{ source: 'camera' }],
    });
    expect((await ask('GET', '/participants/nobody')).body.error.code).toBe('not_found');
    expect((await ask<ServiceRoom>('GET', '')).body).toMatchObject({
      numParticipants: 3,
      numPublishers: 2,
    });
  });

  test('change at once in what they are, say and may do', async () => {
    const ann = await enter('ann');
    await publish(ann);
    const changed = await ask<ServiceParticipant>('PATCH', '/participants/ann', {
      name: 'Dr. Ann',
      metadata: 'm',
      attributes: { seat: '4' },
      role: 'moderator',
      grants: {
        publish: { camera: false, microphone: true, screen_share: true, screen_share_audio: true },
      },
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      name: 'Dr. Ann',
      metadata: 'm',
      attributes: { seat: '4' },
      role: 'moderator',
      grants: { publish: { camera: false }, moderate: true },
    });
    expect(await ann.next('roleChanged')).toMatchObject({ role: 'moderator' });
    const { status, body } = await ask('PATCH', '/participants/nobody', { name: 'x' });
    expect([status, body.error.code]).toEqual([404, 'not_found']);
  });

  test('are muted, and what fails there fails here with its code', async () => {
    const ann = await enter('ann');
    const trackId = await publish(ann);
    const mute = (what: object) =>
      ask<TrackInfo & ErrorAnswer>('POST', '/participants/ann/mute', what);
    expect((await mute({ trackId, isMuted: true })).body).toMatchObject({ trackId, isMuted: true });
    expect(await ann.next('trackModerated')).toEqual({ trackId, action: 'muted', by: null });
    expect((await mute({ trackId, isMuted: false })).body.error.code).toBe('forbidden');
    const unknown = { trackId: 'none', isMuted: true };
    expect((await mute(unknown)).body.error.code).toBe('track_not_found');
  });

  test('receive what the backend says, and no more', async () => {
    const ben = await enter('ben');
    const trackId = await publish(await enter('ann'));
    await ben.next('subscribed');
    const path = '/participants/ben/subscriptions';
    const tell = (isSubscribed: boolean) =>
      ask('POST', path, { trackIds: [trackId], isSubscribed });
    expect((await tell(false)).status).toBe(204);
    await ben.next('unsubscribed');
    expect((await tell(true)).status).toBe(204);
    await ben.until((client) => client.all('subscribed').length === 2);
  });

  test('get data, all of them or those who are named', async () => {
    const ann = await enter('ann');
    await enter('ben', { at: asked });
    const { participantId } = (await ann.next('joined')).self;
    const payload = Buffer.from('hello').toString('base64');
    const sentThere = () => there.media.sentData.filter(({ roomId }) => roomId === room.id);
    const sentHere = () => asked.media.sentData.filter(({ roomId }) => roomId === room.id);
    expect((await ask('POST', '/data', { payload, topic: 'all' })).status).toBe(204);
    expect(sentThere()).toMatchObject([{ topic: 'all', destinations: [] }]);
    expect(sentHere()).toMatchObject([{ topic: 'all', destinations: [] }]);
    const some = { payload, topic: 'some', destinationIdentities: ['ann', 'gone'] };
    expect((await ask('POST', '/data', some)).status).toBe(204);
    expect(sentThere()[1]).toMatchObject({ topic: 'some', destinations: [participantId] });
    expect(Buffer.from(sentThere()[1]?.payload ?? []).toString()).toBe('hello');
    expect(sentHere()).toHaveLength(1);
  });

  test('are called, and answer or fail with a code', async () => {
    const ann = await enter('ann');
    const call = { method: 'greet', payload: 'x', responseTimeoutMs: 20_000 };
    const answering = ask('POST', '/participants/ann/rpc', call);
    const { callId } = await ann.next('rpcCalled');
    await ann.request('rpc.accept', { callId });
    await ann.request('rpc.answer', { callId, outcome: { payload: 'hello' } });
    expect((await answering).body).toEqual({ payload: 'hello' });

    const failing = ask('POST', '/participants/ann/rpc', call);
    await ann.until((client) => client.all('rpcCalled').length === 2);
    expect((await ask('DELETE', '/participants/ann')).status).toBe(204);
    expect((await failing).body).toMatchObject({ error: { code: 1503 } });
  });

  test('are sent out and banned, also the second of an identity', async () => {
    await asked.request(`/v1/service/rooms/${encodeURIComponent(name)}`, {
      method: 'PATCH',
      token: await signRequest(asked, app.key),
      body: { duplicateIdentity: 'allow' },
    });
    const first = await enter('ann');
    const second = await enter('ann');
    const { identity } = (await second.next('joined')).self;
    expect(identity).not.toBe('ann');
    const path = `/participants/${encodeURIComponent(identity)}?ban=true&reason=spam`;
    expect((await ask('DELETE', path)).status).toBe(204);
    for (const client of [first, second]) {
      expect(await client.next('goodbye')).toMatchObject({ reason: 'participant_removed' });
    }
    expect((await ask<RoomBan[]>('GET', '/bans')).body).toMatchObject([{ reason: 'spam' }]);
  });

  test('move to another room, guests included', async () => {
    const to = await created(`To ${name}`);
    await asked.request(`/v1/service/rooms/${encodeURIComponent(name)}`, {
      method: 'PATCH',
      token: await signRequest(asked, app.key),
      body: { guests: true },
    });
    const answer = await there.request<{ token: string; identity: string }>(
      `/v1/rooms/${room.id}/join`,
      { body: { name: 'Guest' } },
    );
    const guest = new TestClient(there.url, handshakeOf(answer.body.token));
    clients.push(guest);
    await guest.next('joined');
    const path = `/participants/${answer.body.identity}/move`;
    expect((await ask('POST', path, { room: to.name })).status).toBe(204);
    expect(await guest.next('moved')).toMatchObject({ room: { id: to.id } });
    expect((await ask('POST', '/participants/nobody/move', { room: to.name })).status).toBe(404);
  });
});

describe('somebody is shown in another room', () => {
  const forward = (to: ServiceRoom, method = 'POST') =>
    method === 'POST'
      ? ask('POST', '/participants/ann/forward', { room: to.name })
      : ask('DELETE', `/participants/ann/forward?room=${encodeURIComponent(to.name)}`);
  const sees = (client: TestClient, type: 'participantJoined' | 'participantLeft') =>
    client.until((one) => one.changes().some((change) => change.type === type));

  test('whose people are on the same server, whichever is asked', async () => {
    const to = await created(`To ${name}`);
    await publish(await enter('ann'));
    const ben = await enter('ben', { into: to.name });
    expect((await forward(to)).status).toBe(204);
    await sees(ben, 'participantJoined');
    expect((await forward(to, 'DELETE')).status).toBe(204);
    await sees(ben, 'participantLeft');
  });

  test('once the first comes there (SPEC 18.9)', async () => {
    const to = await created(`To ${name}`);
    await publish(await enter('ann'));
    expect((await forward(to)).status).toBe(204);
    await sees(await enter('ben', { into: to.name }), 'participantJoined');
  });

  test('or it is said that media does not flow from server to server (SPEC 18.9)', async () => {
    const to = await created(`To ${name}`);
    await publish(await enter('ann'));
    await enter('ben', { into: to.name, at: asked });
    for (const by of [asked, there]) {
      const { status, body } = await ask(
        'POST',
        '/participants/ann/forward',
        { room: to.name },
        by,
      );
      expect([status, body.error.code]).toEqual([409, 'conflict']);
    }
  });
});

test('a server that does not answer is not taken for one that has nobody', async () => {
  await enter('ann');
  const stuck = there.meetings.sessions.findStay(room.id, 'ann');
  expect(stuck).toBeDefined();
  there.meetings.sessions.recordArrival = () => new Promise(() => undefined);
  try {
    const { status, body } = await ask('DELETE', '/participants/ann');
    expect([status, body.error.code]).toEqual([503, 'unavailable']);
  } finally {
    Reflect.deleteProperty(there.meetings.sessions, 'recordArrival');
  }
});
