import type { Joined } from '@balai/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  cameraOf,
  joined,
  participant,
  ScriptedServer,
  wireError,
} from '../test/fakes/scripted-server.ts';
import { setUpRoom, subscriptionTo, withMedia } from '../test/room-bench.ts';

const OLD = withMedia({
  participants: [participant('ann', [cameraOf('ann')])],
  subscriptions: [subscriptionTo('camera-of-ann')],
});
const NEW = withMedia({
  room: {
    ...joined().room,
    id: 'room-2',
    name: 'Group 1',
    metadata: 'small',
    breakoutOf: 'room-1',
  },
  self: { ...participant('me'), participantId: 'second-stay-of-me' },
  participants: [participant('ben')],
});
const MOVED = {
  token: 'token of the other room',
  room: { id: 'room-2', name: 'Group 1' },
  reason: 'breakout',
} as const;

let server: ScriptedServer;
let url: string;
let tracks = 0;

beforeEach(async () => {
  tracks = 0;
  server = new ScriptedServer();
  server.welcome = (socket) => {
    const { token } = socket.handshake.auth as { token: string };
    socket.emit('joined', token === MOVED.token ? NEW : OLD);
  };
  server.script = {
    'track.publish': () => {
      tracks += 1;
      return { trackId: `own-${tracks}` };
    },
  };
  url = await server.listen();
});

afterEach(() => server.close());

async function setUp() {
  const parts = setUpRoom(url, {
    reconnectPolicy: { nextRetryDelayInMs: ({ retryCount }) => (retryCount > 2 ? null : 0) },
  });
  parts.room
    .on('moved', (name, reason) => parts.events.push(`moved to ${name}: ${reason}`))
    .on('roomMetadataChanged', (metadata) => parts.events.push(`room says ${metadata}`));
  server.joinInfo = parts.joinInfo;
  await parts.connect();
  return parts;
}

test('the same room object goes on in the other room, and tells in order', async () => {
  const { room, events } = await setUp();
  await expect.poll(() => events).toContain('ann camera flows');
  events.length = 0;
  server.say('moved', MOVED);
  await expect.poll(() => events.at(-1)).toMatch(/^reconnected/);
  expect(events.map((event) => event.replace(/ \(.*/, ''))).toEqual([
    'state reconnecting',
    'moved to Group 1: breakout',
    'ann camera stops',
    'ann camera off',
    'ann left',
    'room says small',
    'ben came',
    'state connected',
    'reconnected',
  ]);
  expect(room.sid).toBe('room-2');
  expect(room.name).toBe('Group 1');
  expect(room.localParticipant.sid).toBe('second-stay-of-me');
  expect([...room.remoteParticipants.keys()]).toEqual(['ben']);
  expect(server.handshakes.map(({ token }) => token)).toEqual(['token', MOVED.token]);
});

test('the name is the new one from the event on', async () => {
  const { room } = await setUp();
  const names: string[] = [];
  room.on('moved', () => names.push(room.name));
  server.say('moved', MOVED);
  await expect.poll(() => names).toEqual(['Group 1']);
});

test('what we publish is published anew there, as the same publication', async () => {
  const { room, capture } = await setUp();
  const publication = await room.localParticipant.setCameraEnabled(true);
  server.say('moved', MOVED);
  await expect.poll(() => publication?.trackSid).toBe('own-2');
  expect(room.localParticipant.getTrackPublication('camera')).toBe(publication);
  expect(capture.live).toHaveLength(1);
});

test('the goodbye that follows changes nothing', async () => {
  const { room, events } = await setUp();
  server.say('moved', MOVED);
  server.say('goodbye', { reason: 'moved' });
  await expect.poll(() => events.at(-1)).toMatch(/^reconnected/);
  expect(room.state).toBe('connected');
});

test('who cannot get in there is out, and told why', async () => {
  const { room, events } = await setUp();
  server.welcome = (socket) => socket.emit('refused', wireError('room_full'));
  server.say('moved', MOVED);
  await expect.poll(() => events.at(-1)).toBe('disconnected moved (disconnected)');
  expect(room.numParticipants).toBe(0);
});

test('a token that the application gives is for the former room, and is not asked for', async () => {
  const parts = setUpRoom(url, { reconnectPolicy: { nextRetryDelayInMs: () => 0 } });
  server.joinInfo = parts.joinInfo;
  let asked = 0;
  await parts.room.connect(url, 'token', {
    joinInfo: parts.joinInfo,
    tokenProvider: async () => {
      asked += 1;
      return 'token';
    },
  });
  server.welcome = (socket) => socket.emit('refused', wireError('token_expired'));
  server.say('moved', MOVED);
  await expect.poll(() => parts.events.at(-1)).toMatch(/^disconnected moved/);
  expect(asked).toBe(0);
});

test('who was sent out is told so', async () => {
  const { events } = await setUp();
  server.say('goodbye', { reason: 'participant_removed' });
  await expect.poll(() => events.at(-1)).toBe('disconnected participant_removed (disconnected)');
});

test.each(['banned', 'lobby_denied'] as const)(
  'who may not come back was sent out: %s',
  async (code) => {
    const gone: Joined = { ...OLD, graceMs: 0 };
    server.welcome = (socket) => socket.emit('joined', gone);
    const { events } = await setUp();
    server.welcome = (socket) => socket.emit('refused', wireError(code));
    server.hangUp();
    await expect.poll(() => events.at(-1)).toBe('disconnected participant_removed (disconnected)');
  },
);
