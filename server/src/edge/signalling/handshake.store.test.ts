import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
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

describe('the handshake', () => {
  test('of a guest is answered with joined, and nothing comes before it (SPEC 1.3)', async () => {
    const { client, joined } = await server.enter(roomId);
    expect(client.received[0]?.event).toBe('joined');
    expect(joined.room).toEqual({
      id: roomId,
      name: 'Hall',
      metadata: '',
      isLocked: false,
      spotlight: [],
      breakoutOf: null,
    });
    expect(client.all('refused')).toEqual([]);
  });

  test.each([
    ['no token that we made', {}, 'unauthorized'],
    ['a token that is too old', { token: 'expired' }, 'token_expired'],
    ['another protocol version', { protocol: 2, token: 7 }, 'unsupported_protocol'],
    ['a field that is unknown', { extra: true }, 'invalid_request'],
    ['capabilities of another shape', { rtpCapabilities: { codecs: {} } }, 'invalid_request'],
    ['no protocol version', { protocol: undefined }, 'invalid_request'],
  ])('with %s is refused, and the socket closes (SPEC 1.4)', async (_what, change, code) => {
    const client = server.open({ ...handshakeOf('nobody'), ...change });
    expect(await client.next('refused')).toMatchObject({ code, retryable: false });
    await client.until(({ socket }) => !socket.connected);
    expect(client.received).toHaveLength(1);
  });

  test('for a full, an ended and an unknown room is refused with their codes', async () => {
    const full = await server.addRoom(1);
    await server.enter(full);
    const ended = await server.addRoom();
    await server.stores.owner.query(`UPDATE rooms SET status = 'ended' WHERE id = $1`, [ended]);
    const identity = await server.addUser('Late');
    for (const [room, code] of [
      [full, 'room_full'],
      [ended, 'room_ended'],
      [randomUUID(), 'room_not_found'],
    ] as const) {
      const client = server.open(handshakeOf(server.tokenFor(room, identity)));
      expect(await client.next('refused')).toMatchObject({ code });
    }
  });

  test('without a media worker is refused media_unavailable, and taken up again later', async () => {
    const token = server.tokenFor(roomId, await server.addUser('Ann'));
    server.media.failNext('join', new AppError('media_unavailable'));
    const refused = server.open(handshakeOf(token));
    expect(await refused.next('refused')).toMatchObject({
      code: 'media_unavailable',
      retryable: true,
    });
    await server.open(handshakeOf(token)).next('joined');
  });

  test('that meets a fault of the server is refused internal, without saying more (SPEC 6.3)', async () => {
    server.media.failNext('join', new Error('secret of the machine room'));
    const token = server.tokenFor(roomId, await server.addUser('Ann'));
    const error = await server.open(handshakeOf(token)).next('refused');
    expect(error.code).toBe('internal');
    expect(error.message).toMatch(/[0-9a-f-]{36}/);
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  test('may use a token again (SPEC 1.5), and the second stay replaces the first (SPEC 1.6)', async () => {
    const full = await server.addRoom(1);
    const token = server.tokenFor(full, await server.addUser('Ann'));
    const first = server.open(handshakeOf(token));
    await first.next('joined');
    const second = server.open(handshakeOf(token));
    await second.next('joined');
    expect(await first.next('goodbye')).toEqual({ reason: 'duplicate_identity' });
    await first.until(({ socket }) => !socket.connected);
    expect(first.received.at(-1)?.event).toBe('goodbye');
  });

  test('begins a stay that goes on after its token expired, and no other one then (SPEC 1.5)', async () => {
    const token = server.tokenFor(roomId, await server.addUser('Ann'));
    const client = server.open(handshakeOf(token));
    await client.next('joined');
    server.expire(token);
    const late = server.open(handshakeOf(token));
    expect(await late.next('refused')).toMatchObject({ code: 'token_expired' });
    expect(await client.request('chat.history', {})).toEqual({ messages: [], before: null });
    expect(client.all('goodbye')).toEqual([]);
  });

  test('of 40 sockets with one token lets one stay in at a time, and refuses or replaces the rest (SPEC 1.6, 1.8)', async () => {
    const witness = await server.enter(roomId);
    const token = server.tokenFor(roomId, await server.addUser('Ann'));
    const clients = Array.from({ length: 40 }, () => server.open(handshakeOf(token)));
    await Promise.all(clients.map((client) => client.until(({ received }) => received.length > 0)));
    const settled = () => clients.filter(({ socket }) => socket.connected).length === 1;
    await expect.poll(settled).toBe(true);
    await witness.client.until((client) => client.changes().length % 2 === 1);
    const present = witness.client
      .changes()
      .reduce(
        (count, { type }) =>
          count + (type === 'participantJoined' ? 1 : type === 'participantLeft' ? -1 : 0),
        0,
      );
    expect(present).toBe(1);
  });

  test('is not possible over HTTP polling (SPEC 1.2)', async () => {
    const answer = await fetch(`${server.url}/signal/?EIO=4&transport=polling`);
    expect(answer.status).toBe(400);
  });
});
