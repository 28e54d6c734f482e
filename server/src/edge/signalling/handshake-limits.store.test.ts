import { afterEach, describe, expect, test } from 'vitest';
import { createHandshakeLimits, type HandshakeLimitsSpec } from './handshake-limits.ts';
import { openRawClient } from './testing/raw-client.ts';
import { handshakeOf } from './testing/test-client.ts';
import { createTestSignalling, type TestSignalling } from './testing/test-signalling.ts';

let server: TestSignalling | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A server where everybody comes from one address, unless the path says otherwise. */
async function start(spec: HandshakeLimitsSpec, clock = () => 0): Promise<TestSignalling> {
  server = await createTestSignalling({
    doorkeeper: { limits: createHandshakeLimits(spec, clock), networkOf: () => '192.0.2.1' },
  });
  return server;
}

/** What somebody new hears first; undefined where they get no socket. */
async function knock({ open, tokenFor, addUser }: TestSignalling, roomId: string) {
  const client = open(handshakeOf(tokenFor(roomId, await addUser('Ann'))));
  await Promise.race([
    client.until(({ received }) => received.length > 0),
    new Promise((resolve) => client.socket.once('connect_error', resolve)),
  ]);
  return client.received[0]?.event;
}

describe('an address', () => {
  test('may have so many sockets that are nobody’s yet, and any number of people’s', async () => {
    const test = await start({ perMinute: 100, atOnce: 2 });
    const roomId = await test.addRoom();
    // Each is let in, and makes room for the next.
    for (let person = 0; person < 4; person += 1) {
      expect(await knock(test, roomId)).toBe('joined');
    }
    const silent = [await openRawClient(test.url), await openRawClient(test.url)];
    expect(await knock(test, roomId)).toBeUndefined();
    for (const { socket } of silent) {
      socket.destroy();
    }
    await expect.poll(() => knock(test, roomId), { timeout: 10_000 }).toBe('joined');
  });

  test('may open so many in a minute, and those who are refused count', async () => {
    let now = 0;
    const test = await start({ perMinute: 3, atOnce: 100 }, () => now);
    const roomId = await test.addRoom();
    expect(await knock(test, roomId)).toBe('joined');
    await test.open(handshakeOf('nobody')).next('refused');
    expect(await knock(test, roomId)).toBe('joined');
    expect(await knock(test, roomId)).toBeUndefined();
    now += 20_000;
    expect(await knock(test, roomId)).toBe('joined');
  });
});

test('addresses are counted apart, and forgotten when they are quiet', () => {
  let now = 0;
  const limits = createHandshakeLimits({ perMinute: 1, atOnce: 10 }, () => now);
  expect(limits.admit('a')).toBeDefined();
  expect(limits.admit('a')).toBeUndefined();
  expect(limits.admit('b')).toBeDefined();
  now += 60_000;
  expect(limits.admit('a')).toBeDefined();
});
