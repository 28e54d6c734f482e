import type { Joined } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  cameraOf,
  joined,
  participant,
  ScriptedServer,
  wireError,
} from '../test/fakes/scripted-server.ts';
import { setUpRoom, subscriptionTo, withMedia } from '../test/room-bench.ts';

let server: ScriptedServer;
let url: string;

beforeEach(async () => {
  server = new ScriptedServer();
  url = await server.listen();
});

afterEach(() => server.close());

function welcome(message: Joined): void {
  server.welcome = (socket) => socket.emit('joined', message);
}

const setUp = () => setUpRoom(url);

describe('connecting', () => {
  test('joins with one round trip on the socket, and brings the room (SPEC 1.3)', async () => {
    welcome(joined({ participants: [participant('ann', [cameraOf('ann')])] }));
    const { room, events, connect } = setUp();
    await connect();
    expect(server.requests).toEqual([]);
    expect(server.handshakes[0]).toMatchObject({
      protocol: 1,
      token: 'token',
      sdk: { name: '@balai/client' },
    });
    expect(room.name).toBe('Weekly');
    expect(room.numParticipants).toBe(2);
    expect(room.localParticipant.identity).toBe('me');
    expect(room.getParticipantByIdentity('me')).toBe(room.localParticipant);
    expect(room.remoteParticipants.get('ann')).toMatchObject({
      name: 'ANN',
      isCameraEnabled: true,
    });
    // Who was there before us is not told as if they came.
    expect(events).toEqual(['state connecting', 'state connected', 'connected (connected)']);
  });

  test('receives everything of joined at once, without subscriptions.start (SPEC 3.2)', async () => {
    welcome(
      withMedia({
        participants: [participant('ann', [cameraOf('ann')])],
        subscriptions: [subscriptionTo('camera-of-ann')],
      }),
    );
    const { room, events, connect } = setUp();
    await connect();
    await expect.poll(() => events.at(-1)).toBe('ann camera flows');
    const track = room.remoteParticipants.get('ann')?.getTrackPublication('camera')?.track;
    expect(track?.sid).toBe('camera-of-ann');
    await expect
      .poll(() => server.requests.map(({ method }) => method))
      .toEqual(['transport.connect']);
    expect(server.paramsOf('transport.connect')[0]?.transportId).toBe('receive');
  });

  test('twice waits for the same, and again when connected does nothing', async () => {
    const { connect } = setUp();
    await Promise.all([connect(), connect()]);
    await connect();
    expect(server.handshakes).toHaveLength(1);
  });

  test.each([
    'token_expired',
    'room_full',
    'room_ended',
    'unsupported_protocol',
    'shutting_down',
  ] as const)('that is refused with %s fails with that, and can be tried again', async (code) => {
    server.welcome = (socket) => socket.emit('refused', wireError(code));
    const { room, events, connect } = setUp();
    await expect(connect()).rejects.toMatchObject({ name: 'ServerError', code });
    expect(events).toEqual(['state connecting', 'state disconnected']);
    welcome(joined());
    await connect();
    expect(room.state).toBe('connected');
  });

  test('gives up after its deadline', async () => {
    server.welcome = () => undefined;
    const { room, joinInfo } = setUp();
    await expect(
      room.connect(url, 'token', { joinInfo, connectTimeoutMs: 30 }),
    ).rejects.toMatchObject({ code: 'request_timeout' });
    expect(room.state).toBe('disconnected');
    await expect.poll(() => server.openSockets).toBe(0);
  });

  test('is cancelled by disconnect, cleanly, at any moment', async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      const { room, events, connect } = setUp();
      const connecting = connect();
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      const outcome = connecting.then(
        () => 'connected',
        (error: { code: string }) => error.code,
      );
      await room.disconnect();
      expect(['cancelled', 'connected']).toContain(await outcome);
      expect(room.state).toBe('disconnected');
      expect(events.filter((event) => event.startsWith('state')).at(-1)).toBe('state disconnected');
    }
    await expect.poll(() => server.openSockets).toBe(0);
  });

  test('asks for what it does not know of the server, with the room token (SPEC 1.1)', async () => {
    const { room, joinInfo } = setUp();
    server.joinInfo = joinInfo;
    await room.connect(url, 'token');
    expect(room.state).toBe('connected');
    expect(server.asked).toEqual(['Bearer token']);
  });
});

describe('the others', () => {
  test('come, publish, mute and leave in the order in which it happened (SPEC 4.1)', async () => {
    welcome(withMedia());
    const { room, events, connect } = setUp();
    await connect();
    events.length = 0;
    server.say('changed', {
      changes: [
        { type: 'participantJoined', participant: participant('ann') },
        { type: 'trackPublished', track: cameraOf('ann') },
      ],
    });
    server.say('subscribed', { subscriptions: [subscriptionTo('camera-of-ann')] });
    await expect
      .poll(() => server.paramsOf('subscriptions.start'))
      .toEqual([{ subscriptionIds: ['to-camera-of-ann'] }]);
    const mute = (isMuted: boolean) =>
      server.say('changed', {
        changes: [
          {
            type: 'trackMuted',
            participantId: 'stay-of-ann',
            trackId: 'camera-of-ann',
            isMuted,
          },
        ],
      });
    mute(true);
    mute(true);
    mute(false);
    server.say('changed', {
      changes: [
        { type: 'participantLeft', participantId: 'stay-of-ann', reason: 'client_initiated' },
      ],
    });
    await expect
      .poll(() => events)
      .toEqual([
        'ann came',
        'ann camera on',
        'ann camera flows',
        'ann camera muted',
        'ann camera unmuted',
        'ann camera stops',
        'ann camera off',
        'ann left',
      ]);
    expect(room.remoteParticipants.size).toBe(0);
  });

  test('are received in one batch, however many come (SPEC 3.2)', async () => {
    const names = ['ann', 'bob', 'cas'];
    welcome(withMedia({ participants: names.map((name) => participant(name, [cameraOf(name)])) }));
    const { events, connect } = setUp();
    await connect();
    const subscriptions = names.map((name) => subscriptionTo(`camera-of-${name}`));
    server.say('subscribed', { subscriptions });
    await expect
      .poll(() => server.paramsOf('subscriptions.start'))
      .toEqual([{ subscriptionIds: subscriptions.map(({ subscriptionId }) => subscriptionId) }]);
    expect(events.filter((event) => event.endsWith('flows'))).toHaveLength(3);
  });

  test('whose track ended on its way do not hold up the rest (SPEC 3.4)', async () => {
    welcome(withMedia({ participants: ['ann', 'bob'].map((n) => participant(n, [cameraOf(n)])) }));
    server.script = {
      'subscriptions.start': ({ subscriptionIds }) => {
        if (subscriptionIds.includes('to-camera-of-ann')) throw wireError('subscription_not_found');
        return null;
      },
    };
    const { events, connect } = setUp();
    await connect();
    server.say('subscribed', {
      subscriptions: [subscriptionTo('camera-of-ann'), subscriptionTo('camera-of-bob')],
    });
    await expect
      .poll(() => server.paramsOf('subscriptions.start').at(-1))
      .toEqual({
        subscriptionIds: ['to-camera-of-bob'],
      });
    expect(events).not.toContain('ann camera-of-ann failed');
  });

  test('unsubscribed by the server stay published', async () => {
    welcome(
      withMedia({
        participants: [participant('ann', [cameraOf('ann')])],
        subscriptions: [subscriptionTo('camera-of-ann')],
      }),
    );
    const { room, events, connect } = setUp();
    await connect();
    await expect.poll(() => events.at(-1)).toBe('ann camera flows');
    server.say('unsubscribed', { subscriptionIds: ['to-camera-of-ann'] });
    await expect.poll(() => events.at(-1)).toBe('ann camera stops');
    const publication = room.remoteParticipants.get('ann')?.getTrackPublication('camera');
    expect(publication).toMatchObject({ isSubscribed: false, track: undefined });
    // A new subscription to the same track brings it back.
    server.say('subscribed', { subscriptions: [subscriptionTo('camera-of-ann', 'again')] });
    await expect.poll(() => events.at(-1)).toBe('ann camera flows');
  });

  test('whose media cannot be received are told, and the rest goes on', async () => {
    welcome(withMedia({ participants: [participant('ann', [cameraOf('ann')])] }));
    const { events, connect } = setUp();
    await connect();
    const strange = subscriptionTo('camera-of-ann');
    server.say('subscribed', {
      subscriptions: [
        {
          ...strange,
          rtpParameters: {
            ...strange.rtpParameters,
            codecs: [{ mimeType: 'video/H266', payloadType: 120, clockRate: 90_000 }],
          },
        },
      ],
    });
    await expect.poll(() => events.at(-1)).toBe('ann camera-of-ann failed');
    expect(server.paramsOf('subscriptions.start')).toEqual([]);
  });
});

describe('the end', () => {
  test('by ourselves is told as in livekit-client, what others send first, and to the server', async () => {
    welcome(
      withMedia({
        participants: [participant('ann', [cameraOf('ann')])],
        subscriptions: [subscriptionTo('camera-of-ann')],
      }),
    );
    server.script = { 'track.publish': () => ({ trackId: 'own' }) };
    const { room, events, capture, connect } = setUp();
    await connect();
    await room.localParticipant.setCameraEnabled(true);
    await expect.poll(() => events).toContain('ann camera flows');
    events.length = 0;
    await room.disconnect();
    expect(events).toEqual([
      'ann camera stops',
      'own camera off',
      'state disconnected',
      'disconnected client_initiated (disconnected)',
    ]);
    expect(server.requests.at(-1)?.method).toBe('room.leave');
    await expect.poll(() => server.openSockets).toBe(0);
    expect(capture.live).toEqual([]);
    expect(room.numParticipants).toBe(0);
    await room.disconnect();
    expect(events).toHaveLength(4);
  });

  test('leaves the devices open if wanted', async () => {
    welcome(withMedia());
    server.script = { 'track.publish': () => ({ trackId: 'own' }) };
    const { room, capture, connect } = setUp();
    await connect();
    await room.localParticipant.setCameraEnabled(true);
    await room.disconnect(false);
    expect(capture.live).toHaveLength(1);
  });

  test.each(['room_closed', 'duplicate_identity', 'protocol_violation'] as const)(
    'by the server says why: %s (SPEC 4.3)',
    async (reason) => {
      const { room, events, connect } = setUp();
      await connect();
      server.say('goodbye', { reason });
      server.hangUp();
      await expect.poll(() => events.at(-1)).toBe(`disconnected ${reason} (disconnected)`);
      expect(events.filter((event) => event.startsWith('disconnected'))).toHaveLength(1);
      await expect(room.sendChatMessage('too late')).rejects.toMatchObject({
        code: 'not_connected',
      });
    },
  );

  test('of one stay is not the end of the room object', async () => {
    const { room, connect } = setUp();
    await connect();
    await room.disconnect();
    await connect();
    expect(room.state).toBe('connected');
    expect(server.handshakes).toHaveLength(2);
  });

  test('during a call for the server makes that call fail, and nothing hangs', async () => {
    welcome(withMedia());
    server.script = { 'track.publish': () => undefined };
    const { room, connect, capture } = setUp();
    await connect();
    const enabling = room.localParticipant.setCameraEnabled(true);
    await expect.poll(() => server.paramsOf('track.publish').length).toBe(1);
    const [outcome] = await Promise.allSettled([enabling, room.disconnect()]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } });
    expect(capture.live).toEqual([]);
  });
});
