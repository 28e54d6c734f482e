import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FloodKind, type FloodReport, flood } from './testing/flooder.ts';
import { handshakeOf } from './testing/test-client.ts';
import {
  createTestSignalling,
  type Guest,
  type TestSignalling,
} from './testing/test-signalling.ts';

let server: TestSignalling;
let roomId: string;

beforeAll(async () => {
  server = await createTestSignalling();
});

afterAll(() => server.close());

beforeEach(async () => {
  roomId = await server.addRoom();
});

/** How long a request of somebody else may take, while the flood goes on, on a slow machine. */
const TOLERABLE_DELAY_MS = 2_500;

/** Below the rate at which the victim itself would be told to slow down. */
const ASK_INTERVAL_MS = 20;

/** Floods the room of a victim, who asks for things meanwhile, and says how long each took. */
async function floodBeside(victim: Guest, kind: FloodKind, messages: number) {
  const identity = await server.addUser('Eve');
  let report: FloodReport | undefined;
  const over = flood({
    url: server.url,
    handshake: handshakeOf(server.tokenFor(roomId, identity)),
    kind,
    messages,
    foreignTransportId: victim.joined.sendTransport?.transportId ?? '',
  }).then((done) => {
    report = done;
    return done;
  });
  await victim.client.until((client) => client.changes().length > 0);
  const delays: number[] = [];
  while (report === undefined) {
    const askedAt = performance.now();
    await victim.client.ask('chat.history', { limit: 1 });
    delays.push(performance.now() - askedAt);
    await new Promise((resolve) => setTimeout(resolve, ASK_INTERVAL_MS));
  }
  return { ...(await over), delays };
}

describe('a flood of malformed messages from one socket', () => {
  test('is answered up to a limit, then ends with protocol_violation (SPEC 2.4)', async () => {
    const victim = await server.enter(roomId);
    const { replies, received, delays } = await floodBeside(victim, 'rubbish', 1_000);

    expect(received.at(-1)).toMatchObject({
      event: 'goodbye',
      message: { reason: 'protocol_violation', error: { code: 'protocol_violation' } },
    });
    expect(replies.length).toBeGreaterThanOrEqual(50);
    expect(replies.length).toBeLessThan(100);
    for (const reply of replies) {
      const code = reply.ok ? 'ok' : reply.error.code;
      expect(['invalid_request', 'unknown_method']).toContain(code);
      expect(JSON.stringify(reply).length).toBeLessThan(4_000);
    }
    // The other socket was served meanwhile, and is still.
    expect(delays.length).toBeGreaterThan(0);
    expect(Math.max(...delays)).toBeLessThan(TOLERABLE_DELAY_MS);
    await victim.client.until((client) => client.changes().length >= 2);
    expect(victim.client.changes()[1]).toMatchObject({ reason: 'protocol_violation' });
    expect(server.media.connected.size).toBe(0);
  });

  test('without acknowledgements ends the same way', async () => {
    const { client } = await server.enter(roomId);
    for (let message = 0; message < 1_000; message += 1) {
      client.socket.emit('track.unpublish', { trackId: 42 });
    }
    expect(await client.next('goodbye')).toMatchObject({ reason: 'protocol_violation' });
    await client.closed();
  });

  test('before joined ends with refused', async () => {
    const proceed = server.media.hold('join');
    const client = server.open(handshakeOf(server.tokenFor(roomId, await server.addUser('Eve'))));
    for (let message = 0; message < 1_000; message += 1) {
      client.socket.emit('no.such.method');
    }
    expect(await client.next('refused')).toMatchObject({ code: 'protocol_violation' });
    proceed();
    await client.until(({ socket }) => !socket.connected);
    expect(client.all('joined')).toEqual([]);
  });
});

describe('well-formed requests', () => {
  test('faster than the server takes them are answered rate_limited, and later taken again (SPEC 2.8)', async () => {
    const { client } = await server.enter(roomId);
    const replies = await Promise.all(
      Array.from({ length: 400 }, () => client.ask('chat.history', { limit: 1 })),
    );
    const limited = replies.flatMap((reply) => (reply.ok ? [] : [reply.error]));
    expect(limited.length).toBeGreaterThan(0);
    expect(limited.length).toBeLessThanOrEqual(200);
    for (const error of limited) {
      expect(error).toMatchObject({ code: 'rate_limited', retryable: true });
      expect(error.retryAfterMs).toBeGreaterThan(0);
    }
    let retryAfterMs = limited[0]?.retryAfterMs ?? 0;
    while (retryAfterMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
      const reply = await client.ask('chat.history', { limit: 1 });
      retryAfterMs = reply.ok ? 0 : (reply.error.retryAfterMs ?? 0);
    }
  });

  test('that everybody pays for are taken less often than others (SPEC 2.8)', async () => {
    const witness = await server.enter(roomId);
    const { client } = await server.enter(roomId);
    const replies = await Promise.all(
      Array.from({ length: 60 }, () =>
        client.ask('chat.send', { messageId: randomUUID(), text: 'buy now' }),
      ),
    );
    const limited = replies.flatMap((reply) => (reply.ok ? [] : [reply.error.code]));
    expect(new Set(limited)).toEqual(new Set(['rate_limited']));
    expect(limited.length).toBeGreaterThan(20);
    // What was not taken was not told either.
    const { messages } = await witness.client.request('chat.history', { limit: 100 });
    expect(messages).toHaveLength(60 - limited.length);
  });

  test('that never slow down end with protocol_violation, and slow nobody else (SPEC 2.8)', async () => {
    const victim = await server.enter(roomId);
    const { replies, received, delays } = await floodBeside(victim, 'hasty', 10_000);
    expect(received.at(-1)).toMatchObject({
      event: 'goodbye',
      message: { reason: 'protocol_violation' },
    });
    expect(replies.length).toBeGreaterThan(500);
    expect(replies.length).toBeLessThan(5_000);
    expect(Math.max(...delays)).toBeLessThan(TOLERABLE_DELAY_MS);
    await victim.client.until((client) => client.changes().length >= 2);
  });
});

test('a message above the size limit closes its socket and no other (SPEC 2.9)', async () => {
  const ann = await server.enter(roomId);
  const ben = await server.enter(roomId);
  ben.client.socket.emit('chat.send', { text: 'x'.repeat(300_000) });
  await ann.client.until((client) => client.changes().length >= 2);
  expect(ann.client.changes()[1]).toMatchObject({
    type: 'participantLeft',
    participantId: ben.joined.self.participantId,
  });
  await ann.client.request('chat.history', {});
});
