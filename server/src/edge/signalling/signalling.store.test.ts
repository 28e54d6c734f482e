import { randomUUID } from 'node:crypto';
import type { PublishParams } from '@balai/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { FAKE_RTP_PARAMETERS } from '../../features/sessions/testing/fake-media-plane.ts';
import { ALL_GRANTS } from '../../features/sessions/testing/scene.ts';
import { requestSchemas } from './request-schemas.ts';
import { handshakeOf } from './testing/test-client.ts';
import { createTestSignalling, type TestSignalling } from './testing/test-signalling.ts';

let server: TestSignalling;
let roomId: string;

beforeAll(async () => {
  server = await createTestSignalling();
});

afterAll(() => server.close());

beforeEach(async () => {
  roomId = await server.addRoom();
});

const camera: PublishParams = {
  clientTrackId: 'camera',
  source: 'camera',
  name: '',
  isMuted: false,
  width: 640,
  height: 360,
  rtpParameters: FAKE_RTP_PARAMETERS,
};

describe('requests', () => {
  test('sent before joined arrived are answered after it (SPEC 1.3, 2.1)', async () => {
    const proceed = server.media.hold('join');
    const token = server.tokenFor(roomId, await server.addUser('Ann'));
    const client = server.open(handshakeOf(token));
    const history = client.request('chat.history', {}).then((result) => {
      expect(client.received[0]?.event).toBe('joined');
      return result;
    });
    await expect.poll(() => server.media.commands.at(-1)).toMatchObject({ command: 'join' });
    proceed();
    expect(await history).toEqual({ messages: [], before: null });
  });

  test('of every method work from end to end', async () => {
    const ann = await server.enter(roomId);
    const ben = await server.enter(roomId);
    const transportId = ann.joined.sendTransport?.transportId ?? '';
    const dtlsParameters = {
      role: 'client',
      fingerprints: [{ algorithm: 'sha-256', value: 'AB:CD:EF' }],
    } as const;
    expect(
      await ann.client.request('transport.connect', { transportId, dtlsParameters }),
    ).toBeNull();
    const { iceParameters } = await ann.client.request('transport.restartIce', { transportId });
    expect(iceParameters.usernameFragment).not.toBe('');
    const { trackId } = await ann.client.request('track.publish', camera);
    await ann.client.request('track.setMuted', { trackId, isMuted: true });

    const { subscriptions } = await ben.client.next('subscribed');
    expect(ben.client.received.map(({ event }) => event)).toContain('changed');
    const subscriptionIds = subscriptions.map(({ subscriptionId }) => subscriptionId);
    await ben.client.request('subscriptions.start', { subscriptionIds });
    expect(server.media.started.has(subscriptionIds[0] ?? '')).toBe(true);

    const messageId = randomUUID();
    const { message } = await ben.client.request('chat.send', { messageId, text: '  hello ' });
    expect(message).toMatchObject({ messageId, text: 'hello' });
    expect(await ann.client.next('chatMessage')).toEqual(message);
    expect(ben.client.all('chatMessage')).toEqual([message]);

    await ann.client.request('track.unpublish', { trackId });
    await ben.client.until((client) => client.changes().length >= 3);
    expect(ben.client.changes().map(({ type }) => type)).toEqual([
      'trackPublished',
      'trackMuted',
      'trackUnpublished',
    ]);
  });

  test.each([
    ['track.unpublish', 'a number for an id', [{ trackId: 7 }]],
    ['track.unpublish', 'no id', [{}]],
    ['track.unpublish', 'an unknown field', [{ trackId: 'x', extra: 1 }]],
    ['track.unpublish', 'a text', ['x']],
    ['track.unpublish', 'null', [null]],
    ['track.unpublish', 'nothing', []],
    ['track.unpublish', 'two arguments', [{ trackId: 'x' }, 'more']],
    ['track.unpublish', 'binary data', [{ trackId: Buffer.from('x') }]],
    ['track.publish', 'codecs of another kind', [{ ...camera, source: 'microphone' }]],
    ['track.publish', 'a negative width', [{ ...camera, width: -1 }]],
    ['chat.send', 'an id that is no UUID', [{ messageId: 'x', text: 'hello' }]],
    ['chat.send', 'only white space', [{ messageId: randomUUID(), text: '  \n ' }]],
    ['chat.send', 'a control character', [{ messageId: randomUUID(), text: 'a\u0000b' }]],
    ['chat.send', 'a long text', [{ messageId: randomUUID(), text: 'x'.repeat(4_001) }]],
    ['chat.history', 'a large page', [{ limit: 101 }]],
    ['chat.history', 'a cursor that is none', [{ before: 'rubbish' }]],
    ['room.leave', 'an unknown field', [{ now: true }]],
    ['room.destroy', 'nothing wrong but its name', [{}]],
    ['__proto__', 'nothing wrong but its name', [{}]],
    ['toString', 'nothing wrong but its name', [{}]],
  ])(
    '%s with %s is answered with a code and changes nothing (SPEC 2.3)',
    async (method, _what, args) => {
      const code = Object.hasOwn(requestSchemas, method) ? 'invalid_request' : 'unknown_method';
      const { client } = await server.enter(roomId);
      const commandsBefore = server.media.commands.length;
      const reply = await client.ask(method, ...args);
      expect(reply).toMatchObject({ ok: false, error: { code, retryable: false } });
      expect(server.media.commands.slice(commandsBefore)).toEqual([]);
      expect(await client.request('chat.history', {})).toEqual({ messages: [], before: null });
    },
  );

  test('that need a grant are answered forbidden without it (SPEC 2.6)', async () => {
    const { client } = await server.enter(roomId, {
      ...ALL_GRANTS,
      publish: { camera: false, microphone: false, screen_share: false, screen_share_audio: false },
      data: false,
    });
    await expect(client.request('track.publish', camera)).rejects.toThrow('forbidden');
    await expect(
      client.request('chat.send', { messageId: randomUUID(), text: 'hello' }),
    ).rejects.toThrow('forbidden');
  });

  test("cannot touch somebody else's transport, track or subscription, in the same room or another (SPEC 2.5)", async () => {
    const owner = await server.enter(roomId);
    const subscriber = await server.enter(roomId);
    const { trackId } = await owner.client.request('track.publish', camera);
    const { subscriptions } = await subscriber.client.next('subscribed');
    const subscriptionIds = subscriptions.map(({ subscriptionId }) => subscriptionId);
    const transportId = owner.joined.sendTransport?.transportId ?? '';
    const dtlsParameters = { fingerprints: [] };
    const strangers = [await server.enter(roomId), await server.enter(await server.addRoom())];
    for (const { client } of strangers) {
      await expect(
        client.request('transport.connect', { transportId, dtlsParameters }),
      ).rejects.toThrow('transport_not_found');
      await expect(client.request('transport.restartIce', { transportId })).rejects.toThrow(
        'transport_not_found',
      );
      await expect(client.request('track.unpublish', { trackId })).rejects.toThrow(
        'track_not_found',
      );
      await expect(client.request('track.setMuted', { trackId, isMuted: true })).rejects.toThrow(
        'track_not_found',
      );
      await expect(client.request('subscriptions.start', { subscriptionIds })).rejects.toThrow(
        'subscription_not_found',
      );
    }
    expect(server.media.connected.has(transportId)).toBe(false);
    expect(server.media.muted.has(trackId)).toBe(false);
    expect(server.media.started.has(subscriptionIds[0] ?? '')).toBe(false);
    expect(server.sessions.isPublished(roomId, owner.joined.self.participantId, trackId)).toBe(
      true,
    );
  });

  test('of one stay take effect in the order in which they were sent (SPEC 2.2)', async () => {
    const ann = await server.enter(roomId);
    const { trackId } = await ann.client.request('track.publish', camera);
    const states = [true, false, true, false, true];
    await Promise.all(
      states.map((isMuted) => ann.client.request('track.setMuted', { trackId, isMuted })),
    );
    expect(server.media.muted.has(trackId)).toBe(true);
    await Promise.all([
      ann.client.request('track.unpublish', { trackId }),
      ann.client.request('track.publish', { ...camera, clientTrackId: 'next' }),
    ]);
  });

  test('that meet a fault of the server are answered internal with an id (SPEC 6.3)', async () => {
    const { client } = await server.enter(roomId);
    server.media.failNext('publish', new Error('secret of the machine room'));
    const reply = await client.ask('track.publish', camera);
    expect(reply).toMatchObject({ ok: false, error: { code: 'internal', retryable: true } });
    expect(JSON.stringify(reply)).not.toContain('secret');
  });
});

describe('the end of a stay', () => {
  test('on request is answered, then goodbye, then the socket closes (SPEC 4.3)', async () => {
    const { client } = await server.enter(roomId);
    const order: string[] = [];
    client.socket.on('goodbye', () => order.push('goodbye'));
    client.socket.on('disconnect', () => order.push('disconnect'));
    client.socket.emit('room.leave', {}, () => order.push('reply'));
    await client.closed();
    expect(order).toEqual(['reply', 'goodbye', 'disconnect']);
    expect(client.all('goodbye')).toEqual([{ reason: 'client_initiated' }]);
  });

  test.each([
    ['closes', 'client_initiated', (client: { close(): void }) => client.close()],
    [
      'is lost',
      'signal_close',
      (client: { socket: { io: { engine: { close(): void } } } }) =>
        client.socket.io.engine.close(),
    ],
  ])(
    'whose socket %s is told to the others within a second (SPEC 4.4)',
    async (_how, reason, go) => {
      const ann = await server.enter(roomId);
      const ben = await server.enter(roomId);
      const { participantId, identity } = ben.joined.self;
      const goneAt = performance.now();
      go(ben.client);
      await ann.client.until((client) => client.changes().length >= 2);
      expect(performance.now() - goneAt).toBeLessThan(1_000);
      expect(ann.client.changes()[1]).toEqual({ type: 'participantLeft', participantId, reason });
      await vi.waitFor(async () => {
        expect(server.media.participantIds).not.toContain(participantId);
        const [row] = await server.stores.owner.query<{ left_at: Date | null }>(
          'SELECT left_at FROM room_participants WHERE room_id = $1 AND user_id = $2',
          [roomId, identity],
        );
        expect(row?.left_at).toBeInstanceOf(Date);
      }, 10_000);
    },
  );

  test('frees the seat', async () => {
    const small = await server.addRoom(1);
    const ann = await server.enter(small);
    const identity = await server.addUser('Ben');
    expect(await server.seats.hasSeat(small, identity, 1)).toBe(false);
    await ann.client.request('room.leave', {});
    await expect.poll(() => server.seats.hasSeat(small, identity, 1)).toBe(true);
  });

  test('comes for everybody when the room is closed, with the reason room_closed', async () => {
    const guests = [await server.enter(roomId), await server.enter(roomId)];
    server.sessions.closeRoom(roomId);
    for (const { client } of guests) {
      expect(await client.next('goodbye')).toEqual({ reason: 'room_closed' });
      await client.closed();
      expect(client.received.at(-1)?.event).toBe('goodbye');
    }
  });

  test('comes with media_failure when the worker of the room dies; joining again works', async () => {
    const identity = await server.addUser('Ann');
    const token = server.tokenFor(roomId, identity);
    const client = server.open(handshakeOf(token));
    await client.next('joined');
    server.media.loseRoom(roomId);
    expect(await client.next('goodbye')).toMatchObject({
      reason: 'media_failure',
      error: { code: 'media_unavailable', retryable: true },
    });
    await server.open(handshakeOf(token)).next('joined');
  });
});

test('50 who join at once and publish all see the same room (SPEC 4.1)', async () => {
  const guests = await Promise.all(Array.from({ length: 50 }, () => server.enter(roomId)));
  await Promise.all(guests.map(({ client }) => client.request('track.publish', camera)));
  await Promise.all(
    guests.map(({ client, joined }) =>
      client.until(() => {
        const delivered = client.all('subscribed').flatMap(({ subscriptions }) => subscriptions);
        return joined.subscriptions.length + delivered.length >= 49;
      }),
    ),
  );
  for (const { client, joined } of guests) {
    const people = new Set(joined.participants.map(({ participantId }) => participantId));
    const tracks = new Set(joined.participants.flatMap((participant) => participant.tracks));
    for (const change of client.changes()) {
      if (change.type === 'participantJoined') {
        expect(people.has(change.participant.participantId)).toBe(false);
        people.add(change.participant.participantId);
      } else if (change.type === 'trackPublished') {
        expect(people.has(change.track.participantId)).toBe(true);
        tracks.add(change.track);
      }
    }
    expect(people.size).toBe(49);
    expect(tracks.size).toBe(49);
    expect(people.has(joined.self.participantId)).toBe(false);
  }
});
