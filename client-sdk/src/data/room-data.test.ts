import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { joined, participant, ScriptedServer } from '../../test/fakes/scripted-server.ts';
import { setUpRoom, withMedia } from '../../test/room-bench.ts';

let server: ScriptedServer;
let url: string;
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  server = new ScriptedServer();
  url = await server.listen();
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await server.close();
});

function setUp() {
  const bench = setUpRoom(url, { reconnectPolicy: { nextRetryDelayInMs: () => 0 } });
  server.joinInfo = bench.joinInfo;
  closers.push(() => bench.room.disconnect());
  return bench;
}

describe('a room', () => {
  test('asks for data as it joins where somebody listens, and only there (SPEC 10.3)', async () => {
    const quiet = setUp();
    await quiet.connect();
    const listening = setUp();
    listening.room.on('dataReceived', () => undefined);
    await listening.connect();
    const streaming = setUp();
    streaming.room.registerByteStreamHandler('files', () => undefined);
    await streaming.connect();
    expect(server.handshakes.map(({ receivesData }) => receivesData)).toEqual([
      undefined,
      true,
      true,
    ]);
    expect(server.paramsOf('data.subscribe')).toEqual([]);
  });

  test('asks for data when somebody begins to listen', async () => {
    server.welcome = (socket) => socket.emit('joined', withMedia());
    server.script = {
      'data.subscribe': () => ({
        reliable: { streamId: 0, ordered: true },
        lossy: { streamId: 1, ordered: false },
      }),
    };
    const { room, connect } = setUp();
    await connect();
    room.once('dataReceived', () => undefined);
    room.on('dataReceived', () => undefined);
    await expect.poll(() => server.paramsOf('data.subscribe')).toHaveLength(1);
  });

  test('answers calls, makes them, and passes on texts', async () => {
    server.welcome = (socket) =>
      socket.emit('joined', joined({ participants: [participant('ann')] }));
    server.script = {
      'rpc.call': ({ callId, payload }) => {
        server.say('rpcAnswered', { callId, outcome: { payload: `${payload}, too` } });
        return null;
      },
    };
    const { room, connect } = setUp();
    const texts: string[] = [];
    room.registerTextStreamHandler('notes', async (reader, { identity }) => {
      for await (const part of reader) texts.push(`${identity}: ${part}`);
    });
    room.registerRpcMethod('greet', async ({ payload }) => `${payload} to you`);
    await connect();
    server.say('rpcCalled', {
      callId: 'one',
      callerIdentity: 'ann',
      method: 'greet',
      payload: 'hello',
      responseTimeoutMs: 1_000,
    });
    await expect
      .poll(() => server.paramsOf('rpc.answer'))
      .toEqual([{ callId: 'one', outcome: { payload: 'hello to you' } }]);
    const params = { destinationIdentity: 'ann', method: 'greet', payload: 'welcome' };
    expect(await room.localParticipant.performRpc(params)).toBe('welcome, too');
    server.say('textReceived', {
      participantId: 'stay-of-ann',
      identity: 'ann',
      textId: 'one',
      topic: 'notes',
      text: 'hello',
      attributes: {},
      sentAt: '2026-01-31T12:00:00.000Z',
    });
    await expect.poll(() => texts).toEqual(['ann: hello']);
  });

  test('has one handler for each name, until it is taken back', () => {
    const { room } = setUp();
    const again = expect.objectContaining({ code: 'conflict' });
    room.registerRpcMethod('greet', async () => '');
    expect(() => room.registerRpcMethod('greet', async () => '')).toThrow(again);
    room.unregisterRpcMethod('greet');
    room.registerRpcMethod('greet', async () => '');
    room.registerTextStreamHandler('notes', () => undefined);
    expect(() => room.registerTextStreamHandler('notes', () => undefined)).toThrow(again);
    room.registerByteStreamHandler('notes', () => undefined);
  });

  test('that is not joined says so', async () => {
    const { room } = setUp();
    const refused = expect.objectContaining({ code: 'not_connected' });
    await expect(room.localParticipant.publishData(new Uint8Array(1))).rejects.toEqual(refused);
    await expect(room.localParticipant.sendText('hello')).rejects.toEqual(refused);
  });

  test('sends with the next stay what is sent while it joins anew', async () => {
    const { room, connect } = setUp();
    await connect();
    await room.localParticipant.sendText('first');
    const second = new Promise((resolve, reject) => {
      room.once('reconnecting', () =>
        room.localParticipant.sendText('second').then(resolve, reject),
      );
    });
    server.say('goodbye', { reason: 'media_failure' });
    await second;
    expect(server.handshakes).toHaveLength(2);
    expect(server.paramsOf('text.send').map(({ text }) => text)).toEqual(['first', 'second']);
  });
});
