import type { Page, RoomBan, ServiceParticipant, ServiceRoom, TrackInfo } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

let api: TestApi;
let app: TestProject;
let other: TestProject;
beforeAll(async () => {
  api = await startTestApi();
  app = await createTestProject(api);
  other = await createTestProject(api, { name: 'Another application' });
});
afterAll(() => api.close());

const clients: TestClient[] = [];

async function ask<T = { readonly error: { readonly code: string } }>(
  method: string,
  path: string,
  body?: unknown,
  { key } = app,
): Promise<TestAnswer<T>> {
  const token = await signRequest(api, key);
  return await api.request<T>(`/v1/service${path}`, {
    method,
    token,
    ...(body === undefined ? {} : { body }),
  });
}

/** Lets somebody in with a token of the application. */
async function enter(
  room: string,
  identity: string,
  grants: Readonly<Record<string, unknown>> = {},
): Promise<TestClient> {
  const claims = roomClaims(api, { name: room, ...grants }, { sub: identity, name: identity });
  const client = new TestClient(api.url, handshakeOf(await signWith(app.key, claims)));
  clients.push(client);
  await client.next('joined');
  return client;
}

async function publish(client: TestClient): Promise<string> {
  const reply = await client.request('track.publish', {
    clientTrackId: 'one',
    source: 'camera',
    name: '',
    isMuted: false,
    width: 640,
    height: 480,
    rtpParameters: FAKE_RTP_PARAMETERS,
  });
  return reply.trackId;
}

describe('rooms', () => {
  test('are made of a name once, however many ask', async () => {
    const made = await Promise.all(
      Array.from({ length: 5 }, () =>
        ask<ServiceRoom>('POST', '/rooms', { name: 'Race', metadata: 'm', maxParticipants: 7 }),
      ),
    );
    expect(made.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    expect(made[0]?.body).toMatchObject({
      name: 'Race',
      status: 'active',
      metadata: 'm',
      maxParticipants: 7,
      emptyTimeoutS: 300,
      departureTimeoutS: 20,
      guests: false,
      numParticipants: 0,
    });
  });

  test('are listed page by page, newest first, by name, prefix and status', async () => {
    for (const name of ['list a', 'list b', 'list c']) await ask('POST', '/rooms', { name });
    await ask('DELETE', '/rooms/list%20b');
    const names = ({ body }: TestAnswer<Page<ServiceRoom>>) => body.items.map(({ name }) => name);
    const list = (query: string) => ask<Page<ServiceRoom>>('GET', `/rooms?${query}`);
    const first = await list('prefix=list&limit=2');
    expect(names(first)).toEqual(['list c', 'list b']);
    const rest = await list(`prefix=list&limit=2&cursor=${first.body.nextCursor}`);
    expect(names(rest)).toEqual(['list a']);
    expect(rest.body.nextCursor).toBeNull();
    expect(names(await list('prefix=list&status=active'))).toEqual(['list c', 'list a']);
    expect(names(await list('names=list%20a&names=list%20b&status=ended'))).toEqual(['list b']);
    expect(names(await list('names=list%20c'))).toEqual(['list c']);
    expect((await list('cursor=nonsense')).status).toBe(400);
  });

  test('change at once for those who are there', async () => {
    await ask('POST', '/rooms', { name: 'Changing' });
    const ann = await enter('Changing', 'ann');
    const changed = await ask<ServiceRoom>('PATCH', '/rooms/Changing', {
      metadata: '{"topic":"new"}',
      lastN: 3,
      loudestN: 2,
      videoCodecs: ['vp9'],
      departureTimeoutS: null,
    });
    expect(changed.body).toMatchObject({
      metadata: '{"topic":"new"}',
      lastN: 3,
      loudestN: 2,
      videoCodecs: ['vp9'],
      departureTimeoutS: null,
      emptyTimeoutS: 300,
      numParticipants: 1,
    });
    await ann.until((client) =>
      client
        .changes()
        .some(
          (change) =>
            change.type === 'roomUpdated' &&
            change.room.metadata === '{"topic":"new"}' &&
            change.room.videoCodecs?.[0] === 'vp9',
        ),
    );
  });

  test('end for everybody, and their names are free again', async () => {
    const before = await ask<ServiceRoom>('POST', '/rooms', { name: 'Ending' });
    const ann = await enter('Ending', 'ann');
    expect((await ask('DELETE', '/rooms/Ending')).status).toBe(204);
    expect(await ann.next('goodbye')).toMatchObject({ reason: 'room_closed' });
    expect((await ask('GET', '/rooms/Ending')).status).toBe(404);
    expect((await ask('PATCH', '/rooms/Ending', {})).status).toBe(404);
    const after = await ask<ServiceRoom>('POST', '/rooms', { name: 'Ending' });
    expect(after.body.id).not.toBe(before.body.id);
  });
});

describe('people', () => {
  test('are listed with what they publish, hidden ones too', async () => {
    await ask('POST', '/rooms', { name: 'People' });
    const ann = await enter('People', 'ann');
    await enter('People', 'watcher', { hidden: true });
    const trackId = await publish(ann);
    const page = await ask<Page<ServiceParticipant>>('GET', '/rooms/People/participants?limit=1');
    const rest = await ask<Page<ServiceParticipant>>(
      'GET',
      `/rooms/People/participants?cursor=${page.body.nextCursor}`,
    );
    const all = [...page.body.items, ...rest.body.items];
    expect(all.map(({ identity }) => identity).toSorted()).toEqual(['ann', 'watcher']);
    const one = await ask<ServiceParticipant>('GET', '/rooms/People/participants/ann');
    expect(one.body).toMatchObject({ identity: 'ann', role: 'participant', tracks: [{ trackId }] });
    expect((await ask('GET', '/rooms/People/participants/nobody')).status).toBe(404);
    const room = await ask<ServiceRoom>('GET', '/rooms/People');
    expect(room.body).toMatchObject({ numParticipants: 2, numPublishers: 1 });
  });

  test('change at once, in what they are, say and may do', async () => {
    await ask('POST', '/rooms', { name: 'Updates' });
    const ann = await enter('Updates', 'ann');
    const ben = await enter('Updates', 'ben');
    const trackId = await publish(ann);
    const changed = await ask<ServiceParticipant>('PATCH', '/rooms/Updates/participants/ann', {
      name: 'Dr. Ann',
      metadata: 'm',
      attributes: { seat: '4' },
      role: 'moderator',
      grants: {
        publish: { camera: false, microphone: true, screen_share: true, screen_share_audio: true },
      },
    });
    expect(changed.body).toMatchObject({
      name: 'Dr. Ann',
      metadata: 'm',
      attributes: { seat: '4' },
      role: 'moderator',
      grants: { publish: { camera: false }, subscribe: true, moderate: true },
    });
    await ben.until((client) => {
      const types = client.changes().map(({ type }) => type);
      return ['participantUpdated', 'roleChanged', 'trackUnpublished'].every((type) =>
        types.includes(type as 'roleChanged'),
      );
    });
    expect(ben.changes()).toContainEqual(
      expect.objectContaining({ type: 'trackUnpublished', trackId }),
    );
    // The backend has the last word, whatever role they get after that.
    const demoted = await ask<ServiceParticipant>('PATCH', '/rooms/Updates/participants/ann', {
      role: 'participant',
    });
    expect(demoted.body.grants.publish).toMatchObject({ camera: false, microphone: true });
    const host = { role: 'host' };
    expect((await ask('PATCH', '/rooms/Updates/participants/ann', host)).status).toBe(400);
  });

  test('are sent out, and their tokens are void', async () => {
    await ask('POST', '/rooms', { name: 'Sent out' });
    const claims = roomClaims(api, { name: 'Sent out' }, { sub: 'ann' });
    const token = await signWith(app.key, claims);
    const ann = new TestClient(api.url, handshakeOf(token));
    clients.push(ann);
    await ann.next('joined');
    expect((await ask('DELETE', '/rooms/Sent%20out/participants/ann')).status).toBe(204);
    expect(await ann.next('goodbye')).toMatchObject({ reason: 'participant_removed' });
    expect((await api.request('/v1/join-info', { token })).status).toBe(401);
  });

  test('are banned, also who never came, and let in again', async () => {
    await ask('POST', '/rooms', { name: 'Bans' });
    const path = '/rooms/Bans/participants/zo%C3%AB?ban=true&reason=spam';
    expect((await ask('DELETE', path)).status).toBe(204);
    const bans = await ask<RoomBan[]>('GET', '/rooms/Bans/bans');
    expect(bans.body).toMatchObject([{ identity: 'zoë', reason: 'spam' }]);
    api.world.now += 2_000;
    const claims = roomClaims(api, { name: 'Bans' }, { sub: 'zoë' });
    const refused = new TestClient(api.url, handshakeOf(await signWith(app.key, claims)));
    clients.push(refused);
    expect(await refused.next('refused')).toMatchObject({ code: 'banned' });
    expect((await ask('DELETE', '/rooms/Bans/bans/zo%C3%AB')).status).toBe(204);
    expect((await ask('DELETE', '/rooms/Bans/bans/zo%C3%AB')).status).toBe(404);
    await enter('Bans', 'zoë');
  });

  test('are muted, and never unmuted from afar', async () => {
    await ask('POST', '/rooms', { name: 'Muting' });
    const ann = await enter('Muting', 'ann');
    const trackId = await publish(ann);
    const path = '/rooms/Muting/participants/ann/mute';
    const muted = await ask<TrackInfo>('POST', path, { trackId, isMuted: true });
    expect(muted.body).toMatchObject({ trackId, isMuted: true });
    expect(await ann.next('trackModerated')).toEqual({ trackId, action: 'muted', by: null });
    expect((await ask('POST', path, { trackId, isMuted: false })).status).toBe(403);
    expect((await ask('POST', path, { trackId: 'none', isMuted: true })).status).toBe(404);
  });

  test('receive what the backend says, and no more', async () => {
    await ask('POST', '/rooms', { name: 'Tracks' });
    const [ann, ben] = [await enter('Tracks', 'ann'), await enter('Tracks', 'ben')];
    const trackId = await publish(ann);
    const { subscriptions } = await ben.next('subscribed');
    const path = '/rooms/Tracks/participants/ben/subscriptions';
    const off = await ask('POST', path, { trackIds: [trackId, 'none'], isSubscribed: false });
    expect(off.status).toBe(204);
    expect((await ben.next('unsubscribed')).subscriptionIds).toEqual([
      subscriptions[0]?.subscriptionId,
    ]);
    await ask('POST', path, { trackIds: [trackId], isSubscribed: true });
    await ben.until((client) => client.all('subscribed').length === 2);
  });

  test('move to another room', async () => {
    await ask('POST', '/rooms', { name: 'From' });
    const to = await ask<ServiceRoom>('POST', '/rooms', { name: 'To' });
    const ann = await enter('From', 'ann');
    const path = '/rooms/From/participants/ann/move';
    expect((await ask('POST', path, { room: 'Nowhere' })).status).toBe(404);
    expect((await ask('POST', path, { room: 'To' })).status).toBe(204);
    expect(await ann.next('moved')).toMatchObject({ room: { id: to.body.id }, reason: 'moved' });
  });

  test('are shown in another room too, until that is stopped', async () => {
    for (const name of ['Source', 'Target']) await ask('POST', '/rooms', { name });
    await publish(await enter('Source', 'ann'));
    const ben = await enter('Target', 'ben');
    const path = '/rooms/Source/participants/ann/forward';
    expect((await ask('POST', path, { room: 'Target' })).status).toBe(204);
    await ben.until((client) => client.changes().some(({ type }) => type === 'trackPublished'));
    expect((await ask('DELETE', `${path}?room=Target`)).status).toBe(204);
    await ben.until((client) => client.changes().some(({ type }) => type === 'participantLeft'));
  });
});

describe('data and calls', () => {
  test('data goes to everybody, or to those who are named and there', async () => {
    const { body: room } = await ask<ServiceRoom>('POST', '/rooms', { name: 'Data' });
    const ann = await enter('Data', 'ann');
    const { participantId } = (await ann.next('joined')).self;
    const payload = Buffer.from('hello').toString('base64');
    await ask('POST', '/rooms/Data/data', { payload, topic: 'news' });
    const some = { payload, kind: 'lossy', destinationIdentities: ['ann', 'gone'] };
    await ask('POST', '/rooms/Data/data', some);
    const nobody = { payload, destinationIdentities: ['gone'] };
    expect((await ask('POST', '/rooms/Data/data', nobody)).status).toBe(204);
    const common = { roomId: room.id, payload: Buffer.from('hello') };
    expect(api.media.sentData).toEqual([
      { ...common, kind: 'reliable', topic: 'news', destinations: [] },
      { ...common, kind: 'lossy', topic: '', destinations: [participantId] },
    ]);
    const large = { payload: Buffer.alloc(60_000, 1).toString('base64') };
    expect((await ask('POST', '/rooms/Data/data', large)).status).toBe(204);
    expect((await ask('POST', '/rooms/Data/data', { payload: '***' })).status).toBe(400);
  });

  test('a call is answered by whom it is for, or fails with a code', async () => {
    await ask('POST', '/rooms', { name: 'Calls' });
    const ann = await enter('Calls', 'ann');
    const path = '/rooms/Calls/participants/ann/rpc';
    const call = { method: 'greet', payload: 'x', responseTimeoutMs: 20_000 };
    const answering = ask('POST', path, call);
    const called = await ann.next('rpcCalled');
    expect(called).toMatchObject({ callerIdentity: '', method: 'greet', payload: 'x' });
    const { callId } = called;
    await ann.request('rpc.accept', { callId });
    await ann.request('rpc.answer', { callId, outcome: { payload: 'hello' } });
    expect((await answering).body).toEqual({ payload: 'hello' });

    const failing = ask('POST', path, call);
    await ann.until((client) => client.all('rpcCalled').length === 2);
    ann.socket.disconnect();
    await ask('DELETE', '/rooms/Calls/participants/ann');
    expect((await failing).body).toMatchObject({ error: { code: 1503 } });
    expect((await ask('POST', path, call)).status).toBe(404);
  });
});

describe('who may', () => {
  const operations: [string, string, unknown?][] = [
    ['GET', '/rooms/Apart'],
    ['PATCH', '/rooms/Apart', { metadata: 'taken' }],
    ['DELETE', '/rooms/Apart'],
    ['GET', '/rooms/Apart/participants'],
    ['GET', '/rooms/Apart/participants/ann'],
    ['PATCH', '/rooms/Apart/participants/ann', { name: 'Taken' }],
    ['DELETE', '/rooms/Apart/participants/ann?ban=true'],
    ['GET', '/rooms/Apart/bans'],
    ['DELETE', '/rooms/Apart/bans/ann'],
    ['POST', '/rooms/Apart/participants/ann/mute', { trackId: 'x', isMuted: true }],
    ['POST', '/rooms/Apart/participants/ann/subscriptions', { trackIds: [], isSubscribed: true }],
    ['POST', '/rooms/Apart/participants/ann/rpc', { method: 'm', payload: '' }],
    ['POST', '/rooms/Apart/participants/ann/move', { room: 'Theirs' }],
    ['POST', '/rooms/Apart/participants/ann/forward', { room: 'Theirs' }],
    ['DELETE', '/rooms/Apart/participants/ann/forward?room=Theirs'],
    ['POST', '/rooms/Apart/data', { payload: '' }],
  ];

  beforeAll(async () => {
    await ask('POST', '/rooms', { name: 'Apart', metadata: 'ours' });
    await ask('POST', '/rooms', { name: 'Theirs' }, other);
    await enter('Apart', 'ann');
  });

  test.each(operations)('%s %s is of no room of another project', async (method, path, body) => {
    expect((await ask(method, path, body, other)).status).toBe(404);
    const { body: room } = await ask<ServiceRoom>('GET', '/rooms/Apart');
    expect(room).toMatchObject({ metadata: 'ours', numParticipants: 1 });
  });

  test('rooms of another project are not listed, and nobody moves there', async () => {
    const list = await ask<Page<ServiceRoom>>('GET', '/rooms', undefined, other);
    expect(list.body.items.map(({ name }) => name)).toEqual(['Theirs']);
    const move = { room: 'Theirs' };
    expect((await ask('POST', '/rooms/Apart/participants/ann/move', move)).status).toBe(404);
  });

  const onRooms: typeof operations = [
    ['POST', '/rooms', { name: 'x' }],
    ['GET', '/rooms'],
  ];
  test.each([...operations, ...onRooms])('%s %s wants a scope', async (method, path, body) => {
    const token = await signRequest(api, app.key, ['tokens']);
    const given = { method, token, ...(body === undefined ? {} : { body }) };
    const answer = await api.request(`/v1/service${path}`, given);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'forbidden']);
  });
});
