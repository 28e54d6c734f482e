import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { handshakeOf, TestClient } from '../../server/src/edge/signalling/testing/test-client.ts';
import { FAKE_RTP_PARAMETERS } from '../../server/src/features/sessions/testing/fake-media-plane.ts';
import { followMachineClock, startTestApi, type TestApi } from '../../server/test/test-api.ts';
import { createTestProject, type TestProject } from '../../server/test/test-project.ts';
import { AccessToken, RoomServiceClient, type RoomServiceOptions } from '../src/index.ts';

let api: TestApi;
let app: TestProject;
let rooms: RoomServiceClient;
beforeAll(async () => {
  api = await startTestApi();
  app = await createTestProject(api);
  rooms = connect();
  // The SDK signs by it.
  followMachineClock(api.world);
});
afterAll(() => api.close());
afterEach(() => vi.unstubAllGlobals());

function connect(options: RoomServiceOptions = {}): RoomServiceClient {
  return new RoomServiceClient(`${api.url}/`, app.key.id, app.key.secret, options);
}

async function enter(room: string, identity: string): Promise<TestClient> {
  const token = await new AccessToken(app.key.id, app.key.secret, { identity })
    .addGrant({ room, roomJoin: true })
    .toJwt();
  const client = new TestClient(api.url, handshakeOf(token));
  await client.next('joined');
  return client;
}

test('rooms come, change and go', async () => {
  const made = await rooms.createRoom({ name: 'a/b ü', metadata: 'one' });
  expect(await rooms.getRoom('a/b ü')).toEqual(made);
  expect(await rooms.updateRoomMetadata('a/b ü', 'two')).toMatchObject({ metadata: 'two' });
  expect((await rooms.listRooms(['a/b ü', 'none'])).map(({ id }) => id)).toEqual([made.id]);
  expect(await rooms.listRooms([])).toEqual([]);
  const other = await rooms.createRoom({ name: 'a/b, c & d' });
  const both = await rooms.listRooms(['a/b, c & d', 'a/b ü']);
  expect(both.map(({ id }) => id)).toEqual([other.id, made.id]);
  const page = await rooms.listRoomsPage({ prefix: 'a/b' }, { limit: 1 });
  const { nextCursor: cursor } = page;
  if (cursor === null) throw new Error('there is no second page');
  const rest = await rooms.listRoomsPage({ prefix: 'a/b' }, { limit: 1, cursor });
  expect([page.items, rest.items, rest.nextCursor]).toMatchObject([
    [other],
    [{ id: made.id }],
    null,
  ]);
  await rooms.deleteRoom('a/b, c & d');
  await rooms.deleteRoom('a/b ü');
  expect(await rooms.listRooms({ prefix: 'a/' })).toEqual([]);
  const failure = { name: 'ServiceError', code: 'room_not_found', status: 404 };
  await expect(rooms.getRoom('a/b ü')).rejects.toMatchObject(failure);
});

test('people are led', async () => {
  for (const name of ['Hall', 'Annex']) await rooms.createRoom({ name });
  const ann = await enter('Hall', 'ann@example.org');
  const ben = await enter('Hall', 'ben');
  const { trackId } = await ann.request('track.publish', {
    clientTrackId: 'one',
    source: 'camera',
    name: '',
    isMuted: false,
    width: 0,
    height: 0,
    rtpParameters: FAKE_RTP_PARAMETERS,
  });
  expect(await rooms.listParticipants('Hall')).toHaveLength(2);
  const changed = await rooms.updateParticipant('Hall', 'ann@example.org', { name: 'Ann' });
  expect(await rooms.getParticipant('Hall', 'ann@example.org')).toEqual(changed);
  const muted = await rooms.mutePublishedTrack('Hall', 'ann@example.org', trackId, true);
  expect(muted.isMuted).toBe(true);
  const unmuting = rooms.mutePublishedTrack('Hall', 'ann@example.org', trackId, false);
  await expect(unmuting).rejects.toMatchObject({ code: 'forbidden' });
  await ben.next('subscribed');
  await rooms.updateSubscriptions('Hall', 'ben', [trackId], false);
  await ben.next('unsubscribed');
  await rooms.forwardParticipant('Hall', 'ann@example.org', 'Annex');
  await rooms.stopForwarding('Hall', 'ann@example.org', 'Annex');
  await rooms.moveParticipant('Hall', 'ben', 'Annex');
  expect(await ben.next('moved')).toMatchObject({ room: { name: 'Annex' } });
  await rooms.removeParticipant('Hall', 'ann@example.org', { ban: true, reason: 'spam' });
  await ann.next('goodbye');
  expect(await rooms.listBans('Hall')).toMatchObject([{ identity: 'ann@example.org' }]);
  await rooms.liftBan('Hall', 'ann@example.org');
  await rooms.denyToken('some-token', Math.floor(Date.now() / 1_000) + 60);
});

test('data of the largest size is sent, and calls are answered or fail with a number', async () => {
  await rooms.createRoom({ name: 'Talk' });
  const ann = await enter('Talk', 'ann');
  const data = new Uint8Array(60_000).map((_, index) => index);
  await rooms.sendData('Talk', data, { topic: 'news' });
  expect(api.media.sentData.at(-1)).toMatchObject({ topic: 'news', payload: Buffer.from(data) });
  const sent = api.media.sentData.length;
  await rooms.sendData('Talk', data, { destinationIdentities: [] });
  expect(api.media.sentData).toHaveLength(sent);
  const outcomes = [{ payload: 'hello' }, { error: { code: 1500, message: 'No', data: 'why' } }];
  ann.socket.on('rpcCalled', ({ callId }: { readonly callId: string }) => {
    void ann.request('rpc.answer', { callId, outcome: outcomes.shift() ?? { payload: '' } });
  });
  const call = { destinationIdentity: 'ann', method: 'greet', payload: 'x' };
  expect(await rooms.performRpc('Talk', call)).toBe('hello');
  const failure = { name: 'RpcError', code: 1500, message: 'No', data: 'why' };
  await expect(rooms.performRpc('Talk', call)).rejects.toMatchObject(failure);
  const nobody = rooms.performRpc('Talk', { ...call, destinationIdentity: 'nobody' });
  await expect(nobody).rejects.toMatchObject({ code: 'not_found' });
});

test('only what may be repeated is sent again, and nothing for ever', async () => {
  const sent: string[] = [];
  let failures = 0;
  const send = fetch;
  const losing: typeof fetch = async (url, init) => {
    sent.push(`${init?.method}`);
    if (failures > 0) {
      failures -= 1;
      throw new TypeError('connection lost');
    }
    return await send(url, init);
  };
  vi.stubGlobal('fetch', losing);
  const client = connect();
  failures = 2;
  await client.createRoom({ name: 'Again' });
  expect(sent.splice(0)).toEqual(['POST', 'POST', 'POST']);
  failures = 1;
  const data = client.sendData('Again', new Uint8Array(1));
  await expect(data).rejects.toMatchObject({ code: 'unreachable', status: null });
  expect(sent.splice(0)).toEqual(['POST']);
  failures = 3;
  await expect(client.getRoom('Again')).rejects.toMatchObject({ code: 'unreachable' });
  expect(sent).toHaveLength(3);
});

test('what URLs take for steps leads to nobody else', async () => {
  const room = await rooms.createRoom({ name: 'Steps' });
  await expect(rooms.removeParticipant('Steps', '..')).rejects.toThrow(TypeError);
  await expect(rooms.getParticipant('.', 'participants')).rejects.toThrow(TypeError);
  await expect(rooms.createRoom({ name: '..' })).rejects.toMatchObject({ code: 'invalid_request' });
  expect(await rooms.getRoom('Steps')).toEqual(room);
  await expect(rooms.getParticipant('Steps', '...')).rejects.toMatchObject({ code: 'not_found' });
});

test('a token is shown to nobody whom a redirect names', async () => {
  const asked: string[] = [];
  const elsewhere = createServer((request, response) => {
    asked.push(`${request.url}`);
    const location = `http://${request.headers.host}/elsewhere`;
    response.writeHead(307, { location }).end();
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const { port } = elsewhere.address() as AddressInfo;
  try {
    const { id, secret } = app.key;
    const client = new RoomServiceClient(`http://127.0.0.1:${port}`, id, secret);
    await expect(client.getRoom('x')).rejects.toMatchObject({ code: 'unexpected_answer' });
    expect(asked).toEqual(['/v1/service/rooms/x']);
  } finally {
    elsewhere.close();
  }
});

test('a server that does not answer is given up', async () => {
  const silent: typeof fetch = (_url, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
    });
  vi.stubGlobal('fetch', silent);
  const client = connect({ timeoutMs: 20, retries: 0 });
  await expect(client.getRoom('x')).rejects.toMatchObject({ code: 'request_timeout' });
});

test('what stands before the server is told apart from it', async () => {
  const page = async () => new Response('<html>', { status: 502 });
  vi.stubGlobal('fetch', page);
  const client = connect({ retries: 0 });
  const failure = { code: 'unexpected_answer', status: 502 };
  await expect(client.getRoom('x')).rejects.toMatchObject(failure);
});
