import type { Socket } from 'socket.io';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { joined, ScriptedServer, wireError } from '../test/fakes/scripted-server.ts';
import { setUpRoom, withMedia } from '../test/room-bench.ts';

const SINCE = '2026-01-31T12:00:00.000Z';

let server: ScriptedServer;
let url: string;
/** Who stands in the lobby, in the order of their coming. */
let waiting: Socket[];

beforeEach(async () => {
  waiting = [];
  server = new ScriptedServer();
  server.welcome = (socket) => {
    waiting.push(socket);
    socket.emit('waiting', { since: SINCE });
  };
  url = await server.listen();
});

afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});

function setUp() {
  const parts = setUpRoom(url, { reconnectPolicy: { nextRetryDelayInMs: () => 0 } });
  parts.room.on('waitingInLobby', (since) =>
    parts.events.push(`waits since ${since.toISOString()}`),
  );
  const connect = (connectTimeoutMs = 15_000) =>
    parts.room.connect(url, 'token', { joinInfo: parts.joinInfo, connectTimeoutMs });
  return { ...parts, connect };
}

test('who is let in connects, however long it took (SPEC 15.1)', async () => {
  // The time to connect passes when the test says so: not while a busy machine gets to the lobby.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { room, events, connect } = setUp();
  const connecting = connect(1_500);
  await expect.poll(() => room.state).toBe('waiting');
  await vi.advanceTimersByTimeAsync(1_700);
  expect(room.numParticipants).toBe(0);
  waiting[0]?.emit('joined', joined());
  await connecting;
  expect(events).toEqual([
    'state connecting',
    'state waiting',
    `waits since ${SINCE}`,
    'state connected',
    'connected (connected)',
  ]);
});

test('who is turned away is told so, and may knock again (SPEC 15.5)', async () => {
  const { room, events, connect } = setUp();
  const connecting = connect();
  await expect.poll(() => room.state).toBe('waiting');
  waiting[0]?.emit('refused', wireError('lobby_denied'));
  await expect(connecting).rejects.toMatchObject({ name: 'ServerError', code: 'lobby_denied' });
  expect(events.at(-1)).toBe('state disconnected');
  server.welcome = (socket) => socket.emit('joined', joined());
  await connect();
  expect(room.state).toBe('connected');
});

test('who goes away waits no more', async () => {
  const { room, connect } = setUp();
  const connecting = connect();
  const outcome = expect(connecting).rejects.toMatchObject({ code: 'cancelled' });
  await expect.poll(() => room.state).toBe('waiting');
  await room.disconnect();
  await outcome;
  expect(room.state).toBe('disconnected');
  await expect.poll(() => server.openSockets).toBe(0);
});

test('a lobby whose socket is lost is entered again (SPEC 15.6)', async () => {
  const { room, joinInfo, events, connect } = setUp();
  server.joinInfo = joinInfo;
  const connecting = connect();
  await expect.poll(() => waiting.length).toBe(1);
  server.hangUp();
  await expect.poll(() => waiting.length).toBe(2);
  expect(room.state).toBe('waiting');
  waiting[1]?.emit('joined', joined());
  await connecting;
  expect(events.filter((event) => event.startsWith('state'))).toEqual([
    'state connecting',
    'state waiting',
    'state connected',
  ]);
});

test('a camera that is opened meanwhile is published when we are in', async () => {
  server.script = { 'track.publish': () => ({ trackId: 'own' }) };
  const { room, capture, connect } = setUp();
  const connecting = connect();
  await expect.poll(() => room.state).toBe('waiting');
  const publishing = room.localParticipant.setCameraEnabled(true);
  await expect.poll(() => capture.live.length).toBe(1);
  expect(server.requests).toEqual([]);
  waiting[0]?.emit('joined', withMedia());
  await connecting;
  expect((await publishing)?.trackSid).toBe('own');
});

test('who was in before waits as one who comes back', async () => {
  server.welcome = (socket) => socket.emit('joined', joined({ graceMs: 0 }));
  const { room, joinInfo, events, connect } = setUp();
  server.joinInfo = joinInfo;
  await connect();
  server.welcome = (socket) => {
    waiting.push(socket);
    socket.emit('waiting', { since: SINCE });
  };
  events.length = 0;
  server.hangUp();
  await expect.poll(() => events).toContain(`waits since ${SINCE}`);
  expect(room.state).toBe('reconnecting');
  waiting[0]?.emit('joined', joined());
  await expect.poll(() => room.state).toBe('connected');
  expect(events.at(-1)).toMatch(/^reconnected/);
});
