import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRawClient, type RawClient } from './testing/raw-client.ts';
import { handshakeOf } from './testing/test-client.ts';
import { createTestSignalling, type TestSignalling } from './testing/test-signalling.ts';

let server: TestSignalling;

beforeAll(async () => {
  server = await createTestSignalling();
});

afterAll(() => server.close());

/** Somebody in a room, and a stranger with a socket of their own making in it. */
async function meetStranger() {
  const roomId = await server.addRoom();
  const witness = await server.enter(roomId);
  const identity = await server.addUser('Eve');
  const stranger = await openRawClient(server.url);
  stranger.send(`40${JSON.stringify(handshakeOf(server.tokenFor(roomId, identity)))}`);
  await witness.client.until((client) => client.changes().length > 0);
  const hasLeft = witness.client.until((client) => client.changes().length > 1);
  return { roomId, identity, witness, stranger, hasLeft };
}

/** 400 kB in each page of it. */
async function fillChat(roomId: string, identity: string): Promise<void> {
  await server.stores.owner.query(
    `INSERT INTO room_messages (room_id, user_id, message)
     SELECT $1, $2, repeat('x', 4000) FROM generate_series(1, 100)`,
    [roomId, identity],
  );
}

/** Pongs, so that the server believes that somebody listens. */
function keepAlive(client: RawClient): NodeJS.Timeout {
  return setInterval(() => client.send('3'), 500);
}

describe('a client', () => {
  test('that does not read what it asks for is cut off before that fills the memory (SPEC 2.10)', async () => {
    const { roomId, identity, witness, stranger, hasLeft } = await meetStranger();
    await fillChat(roomId, identity);
    stranger.socket.pause();
    const pongs = keepAlive(stranger);
    for (let request = 0; request < 100; request += 1) {
      stranger.send(`42${request}["chat.history",{"limit":100}]`);
    }
    await hasLeft;
    clearInterval(pongs);
    stranger.socket.destroy();
    expect(witness.client.changes()[1]).toMatchObject({
      type: 'participantLeft',
      reason: 'signal_close',
    });
    await witness.client.request('chat.history', { limit: 1 });
  });

  test('that reads what it asks for stays, however much that is', async () => {
    const { roomId, identity, witness } = await meetStranger();
    await fillChat(roomId, identity);
    for (let request = 0; request < 50; request += 1) {
      const { messages } = await witness.client.request('chat.history', { limit: 100 });
      expect(messages).toHaveLength(100);
    }
  });

  test.each<[string, string, number]>([
    ['answers nobody asked for', '431[]', 4_000],
    ['pongs', '3', 4_000],
    ['long answers nobody asked for', `431["${'x'.repeat(200_000)}"]`, 60],
  ])('that floods the server with %s is cut off (SPEC 2.9)', async (_what, packet, packets) => {
    const { witness, stranger, hasLeft } = await meetStranger();
    const pongs = keepAlive(stranger);
    stranger.send(packet, packets);
    await hasLeft;
    clearInterval(pongs);
    expect(witness.client.changes()[1]).toMatchObject({ reason: 'signal_close' });
  });

  test('that floods the server before its handshake is cut off (SPEC 2.9)', async () => {
    const packets = 10_000;
    const stranger = await openRawClient(server.url);
    const closed = new Promise((resolve) => stranger.socket.once('close', resolve));
    let answers = '';
    stranger.socket.on('data', (chunk) => {
      answers += chunk.toString('latin1');
    });
    stranger.send('40/nowhere,', packets);
    await closed;
    // Without a bound each one is answered, and the connection ends much later.
    expect(answers.split('44/nowhere').length).toBeLessThan(packets / 2);
  });
});
