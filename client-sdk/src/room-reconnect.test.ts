import type { ChatMessage, Joined } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  cameraOf,
  joined,
  participant,
  ScriptedServer,
  wireError,
} from '../test/fakes/scripted-server.ts';
import { setUpRoom, subscriptionTo, withMedia } from '../test/room-bench.ts';
import type { RoomOptions } from './options.ts';
import type { ReconnectContext } from './reconnect/reconnect-policy.ts';

let server: ScriptedServer;
let url: string;
const rooms: { disconnect(): Promise<void> }[] = [];

beforeEach(async () => {
  server = new ScriptedServer();
  url = await server.listen();
});

afterEach(async () => {
  await Promise.all(rooms.splice(0).map((room) => room.disconnect()));
  await server.close();
});

function welcome(message: Joined): void {
  server.welcome = (socket) => socket.emit('joined', message);
}

/** Sent after anybody of these tests came. */
function chatMessage(text: string): ChatMessage {
  return {
    messageId: `message-${text}`,
    kind: 'text',
    identity: 'ann',
    name: 'Ann',
    toIdentity: null,
    text,
    file: null,
    sentAt: '2100-01-01T10:00:00.000Z',
    editedAt: null,
    deletedAt: null,
  };
}

/** Tries again at once, up to ten times. */
const policy = {
  asked: [] as ReconnectContext[],
  nextRetryDelayInMs(context: ReconnectContext): number | null {
    policy.asked.push(context);
    return context.retryCount > 10 ? null : context.retryCount;
  },
};

async function setUp(message: Joined, options: RoomOptions = {}) {
  policy.asked.length = 0;
  welcome(message);
  const parts = setUpRoom(url, { reconnectPolicy: policy, ...options });
  server.joinInfo = parts.joinInfo;
  rooms.push(parts.room);
  await parts.connect();
  await expect.poll(() => parts.events.at(-1)).toMatch(/connected|flows/);
  return parts;
}

const ann = participant('ann', [cameraOf('ann')]);
const withAnn = withMedia({
  participants: [ann],
  subscriptions: [subscriptionTo('camera-of-ann')],
});

/** Everything is lost: there is no way back into the stay. */
function loseStay(): void {
  server.recover = (socket) => socket.emit('refused', wireError('stay_over'));
  server.hangUp();
}

describe('a socket that is lost', () => {
  test('is replaced: media goes on, and the room says so (SPEC 8.2)', async () => {
    const { room, events, handlers } = await setUp(withAnn);
    await expect.poll(() => events.at(-1)).toBe('ann camera flows');
    const opened = handlers.length;
    const track = room.remoteParticipants.get('ann')?.getTrackPublication('camera')?.track;
    events.length = 0;
    server.recover = (socket) => {
      socket.emit('recovered', { missed: 1 });
      const change = { type: 'participantJoined', participant: participant('bob') } as const;
      socket.emit('changed', { changes: [change] });
    };
    server.hangUp();
    await expect.poll(() => events).toContain('bob came');
    await expect.poll(() => events).toContain('reconnected (connected)');
    expect(events.filter((event) => event !== 'bob came')).toEqual([
      'state signalReconnecting',
      'signalReconnecting (signalReconnecting)',
      'state connected',
      'reconnected (connected)',
    ]);
    expect(handlers).toHaveLength(opened);
    expect(room.remoteParticipants.get('ann')?.getTrackPublication('camera')?.track).toBe(track);
    expect(server.handshakes.at(-1)?.resume).toMatchObject({ participantId: 'stay-of-me' });
  });

  test('that is lost again and again is replaced again and again', async () => {
    const { room, events } = await setUp(joined());
    let opened = 0;
    server.recover = (socket) => {
      opened += 1;
      socket.emit('recovered', { missed: 0 });
      if (opened < 5) socket.conn.close();
    };
    server.hangUp();
    await expect.poll(() => opened).toBe(5);
    await expect.poll(() => events.at(-1)).toBe('reconnected (connected)');
    expect(room.state).toBe('connected');
  });

  test('is tried again as the policy says, which hears how it went', async () => {
    let refusals = 0;
    const { events } = await setUp(joined());
    server.recover = (socket) => {
      refusals += 1;
      if (refusals > 3) socket.emit('recovered', { missed: 0 });
      else socket.emit('refused', wireError('unavailable', { retryable: true }));
    };
    server.hangUp();
    await expect.poll(() => events.at(-1)).toBe('reconnected (connected)');
    expect(policy.asked.map(({ retryCount }) => retryCount)).toEqual([0, 1, 2, 3]);
    expect(policy.asked[0]).toMatchObject({ serverUrl: url });
    expect(policy.asked[3]?.retryReason).toMatchObject({ code: 'unavailable' });
  });

  test('brings the goodbye that was missed, and nothing else is tried (SPEC 8.6)', async () => {
    const { room, events } = await setUp(joined());
    server.recover = (socket) => {
      socket.emit('recovered', { missed: 1 });
      socket.emit('goodbye', { reason: 'duplicate_identity' });
    };
    server.hangUp();
    await expect.poll(() => events.at(-1)).toBe('disconnected duplicate_identity (disconnected)');
    expect(server.handshakes).toHaveLength(2);
    expect(room.state).toBe('disconnected');
  });

  test('ends with disconnect, at once, and the server hears of it as soon as it can', async () => {
    const { room, events } = await setUp(joined());
    let answer: () => unknown = () => undefined;
    const reasons: string[] = [];
    server.recover = (socket) => {
      socket.on('disconnect', (reason) => reasons.push(reason));
      answer = () => socket.emit('recovered', { missed: 0 });
    };
    server.hangUp();
    await expect.poll(() => server.openSockets).toBe(1);
    expect(room.state).toBe('signalReconnecting');
    await room.disconnect();
    expect(events.slice(-2)).toEqual([
      'state disconnected',
      'disconnected client_initiated (disconnected)',
    ]);
    answer();
    await expect.poll(() => reasons).toEqual(['client namespace disconnect']);
    await expect.poll(() => server.openSockets).toBe(0);
  });

  test('does not lose what is said meanwhile', async () => {
    const { room } = await setUp(joined());
    server.script = { 'chat.history': () => ({ messages: [], before: 'kept' }) };
    const lost = new Promise<void>((resolve) => room.on('signalReconnecting', resolve));
    server.hangUp();
    await lost;
    expect(room.state).toBe('signalReconnecting');
    expect(await room.getChatHistory()).toEqual({ messages: [], before: 'kept' });
  });
});

describe('when everything is lost', () => {
  test('what was said until the room was joined anew is told then, once (SPEC 5.2)', async () => {
    const { room } = await setUp(joined());
    const said: string[] = [];
    room.on('chatMessage', ({ text }) => said.push(text));
    const messages = [chatMessage('one'), chatMessage('two')];
    server.say('chatMessage', chatMessage('one'));
    await expect.poll(() => said).toEqual(['one']);
    server.script = { 'chat.history': () => ({ messages, before: null }) };
    server.say('goodbye', { reason: 'media_failure' });
    await expect.poll(() => said).toEqual(['one', 'two']);
    expect(server.paramsOf('chat.history')).toEqual([{ limit: 100 }]);
  });

  test.each([
    ['the server knows nothing of the stay (SPEC 8.5)', () => loseStay()],
    ['the server restarts', () => server.say('goodbye', { reason: 'server_shutdown' })],
    ['the worker dies', () => server.say('goodbye', { reason: 'media_failure' })],
  ])('because %s, the room is joined anew, and only differences are told', async (_why, lose) => {
    const { room, events, capture } = await setUp(withAnn);
    server.script = { 'track.publish': ({ source }) => ({ trackId: `own-${source}` }) };
    const own = await room.localParticipant.setCameraEnabled(true);
    await expect.poll(() => events).toContain('ann camera flows');
    const person = room.remoteParticipants.get('ann');
    const publication = person?.getTrackPublication('camera');
    const track = publication?.track;
    const former = track?.mediaStreamTrack;
    events.length = 0;
    // Ann has a new stay too, and another camera; Bob came.
    const camera = { ...cameraOf('ann'), trackId: 'new-camera', participantId: 'new-ann' };
    welcome(
      withMedia({
        participants: [
          { ...participant('ann', [camera]), participantId: 'new-ann' },
          participant('bob'),
        ],
        subscriptions: [{ ...subscriptionTo('new-camera'), participantId: 'new-ann' }],
      }),
    );
    server.script = { 'track.publish': ({ source }) => ({ trackId: `again-${source}` }) };
    lose();
    await expect.poll(() => events).toContain('reconnected (connected)');
    const told = events.filter((event) => !event.includes('signalReconnecting'));
    expect(told).toEqual([
      'state reconnecting',
      'reconnecting (reconnecting)',
      'bob came',
      'state connected',
      'reconnected (connected)',
    ]);
    expect(room.remoteParticipants.get('ann')).toBe(person);
    expect(person?.sid).toBe('new-ann');
    expect(person?.getTrackPublication('camera')).toBe(publication);
    expect(publication?.trackSid).toBe('new-camera');
    expect(publication?.track).toBe(track);
    await expect.poll(() => track?.mediaStreamTrack === former).toBe(false);
    await expect.poll(() => own?.trackSid).toBe('again-camera');
    expect(room.localParticipant.getTrackPublication('camera')).toBe(own);
    expect(capture.live).toHaveLength(1);
    expect(room.numParticipants).toBe(3);
  });

  test('a try to go on that hangs is no longer waited for than the server waits (SPEC 8.2)', async () => {
    const { room, events } = await setUp(joined({ graceMs: 300 }));
    // The first try may take 2 s.
    server.recover = () => undefined;
    const lostAt = performance.now();
    server.hangUp();
    await expect.poll(() => events.at(-1)).toMatch(/^reconnected/);
    expect(performance.now() - lostAt).toBeLessThan(2_000);
    expect(room.state).toBe('connected');
    expect(server.handshakes.at(-1)).not.toHaveProperty('resume');
  });

  test('who left, muted or took something back meanwhile is told of', async () => {
    const bob = participant('bob', [cameraOf('bob')]);
    const { events } = await setUp(
      withMedia({ participants: [ann, bob, participant('cas')], subscriptions: [] }),
    );
    events.length = 0;
    welcome(
      withMedia({
        participants: [
          participant('ann', [{ ...cameraOf('ann'), isMuted: true }]),
          participant('bob'),
        ],
      }),
    );
    loseStay();
    await expect.poll(() => events).toContain('reconnected (connected)');
    expect(events.filter((event) => !/econnect|state/.test(event))).toEqual([
      'cas left',
      'ann camera muted',
      'bob camera off',
    ]);
  });

  test('the attempt is repeated until the server is there again', async () => {
    const { events, room } = await setUp(joined());
    let tries = 0;
    server.welcome = (socket) => {
      tries += 1;
      if (tries < 4) socket.emit('refused', wireError('shutting_down', { retryable: true }));
      else socket.emit('joined', joined());
    };
    loseStay();
    await expect.poll(() => events.at(-1)).toBe('reconnected (connected)');
    expect(tries).toBe(4);
    expect(room.state).toBe('connected');
  });

  test.each([
    ['room_ended', 'room_closed'],
    ['unauthorized', 'session_revoked'],
    ['forbidden', 'signal_close'],
  ] as const)('and the server refuses with %s, it is over: %s', async (code, reason) => {
    const { events } = await setUp(withAnn);
    server.welcome = (socket) => socket.emit('refused', wireError(code));
    loseStay();
    await expect.poll(() => events.at(-1)).toBe(`disconnected ${reason} (disconnected)`);
    expect(events.filter((event) => event.startsWith('disconnected'))).toHaveLength(1);
    expect(events).toContain('ann camera stops');
  });

  test('the policy may give up', async () => {
    const { events } = await setUp(joined(), {
      reconnectPolicy: { nextRetryDelayInMs: () => null },
    });
    server.welcome = (socket) =>
      socket.emit('refused', wireError('unavailable', { retryable: true }));
    loseStay();
    await expect.poll(() => events.at(-1)).toBe('disconnected signal_close (disconnected)');
  });

  test('a token that expired is replaced by the application', async () => {
    const tokens: (string | undefined)[] = [];
    welcome(joined());
    const parts = setUpRoom(url, { reconnectPolicy: policy });
    const { room, events, joinInfo } = parts;
    rooms.push(room);
    server.joinInfo = joinInfo;
    const tokenProvider = vi.fn(async () => 'fresh');
    await room.connect(url, 'stale', { joinInfo, tokenProvider });
    server.welcome = (socket) => {
      const { token } = server.handshakes.at(-1) ?? {};
      tokens.push(token);
      if (token === 'fresh') socket.emit('joined', joined());
      else socket.emit('refused', wireError('token_expired'));
    };
    loseStay();
    await expect.poll(() => events.at(-1)).toBe('reconnected (connected)');
    expect(tokens).toEqual(['stale', 'fresh']);
    expect(tokenProvider).toHaveBeenCalledTimes(1);
  });

  test('disconnect gives up', async () => {
    const { room, events } = await setUp(withAnn);
    server.welcome = () => undefined;
    loseStay();
    await expect.poll(() => room.state).toBe('reconnecting');
    await room.disconnect();
    expect(events.slice(-3)).toEqual([
      'ann camera stops',
      'state disconnected',
      'disconnected client_initiated (disconnected)',
    ]);
    await expect.poll(() => server.openSockets).toBe(0);
  });
});

describe('a media path that breaks', () => {
  test('is replaced with an ICE restart, and nothing else is touched (SPEC 8.10)', async () => {
    server.script = {
      'transport.restartIce': () => ({
        iceParameters: { usernameFragment: 'new', password: 'new', iceLite: true },
      }),
    };
    const { room, handlers, events } = await setUp(withAnn);
    await expect.poll(() => events.at(-1)).toBe('ann camera flows');
    handlers[1]?.setConnectionState('connected');
    handlers[1]?.setConnectionState('disconnected');
    await expect
      .poll(() => server.paramsOf('transport.restartIce'))
      .toEqual([{ transportId: 'receive' }]);
    handlers[1]?.setConnectionState('connected');
    expect(room.state).toBe('connected');
  });

  test('and cannot be replaced is lost: the room is joined anew', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { handlers, events } = await setUp(withAnn);
      handlers[1]?.setConnectionState('connected');
      handlers[1]?.setConnectionState('failed');
      await vi.waitFor(async () => {
        await vi.advanceTimersByTimeAsync(1_000);
        expect(events).toContain('reconnecting (reconnecting)');
      }, 10_000);
      expect(server.paramsOf('transport.restartIce')).toHaveLength(3);
    } finally {
      vi.useRealTimers();
      warn.mockRestore();
    }
  });

  test('or never opened, however often it is tried, is no network for media: it is over', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { handlers, events } = await setUp(withAnn);
      handlers[1]?.setConnectionState('failed');
      await vi.waitFor(async () => {
        await vi.advanceTimersByTimeAsync(1_000);
        expect(events.at(-1)).toBe('disconnected media_failure (disconnected)');
      }, 10_000);
      expect(server.handshakes).toHaveLength(1);
    } finally {
      vi.useRealTimers();
      warn.mockRestore();
    }
  });
});
