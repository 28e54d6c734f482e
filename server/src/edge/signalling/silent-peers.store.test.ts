import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handshakeOf } from './testing/test-client.ts';
import { createTestSignalling, type TestSignalling } from './testing/test-signalling.ts';

let server: TestSignalling;
let socketUrl: string;

beforeAll(async () => {
  server = await createTestSignalling();
  socketUrl = `${server.url.replace('http', 'ws')}/signal/?EIO=4&transport=websocket`;
});

afterAll(() => server.close());

describe.concurrent('a peer', () => {
  test('whose handshake never comes is not waited for', async () => {
    const socket = new WebSocket(socketUrl);
    const openedAt = performance.now();
    await new Promise((resolve) => socket.addEventListener('close', resolve));
    expect(performance.now() - openedAt).toBeLessThan(9_000);
  });

  test('that falls silent without closing is noticed, and the others hear that it left', async () => {
    const roomId = await server.addRoom();
    const witness = await server.enter(roomId);
    const handshake = handshakeOf(server.tokenFor(roomId, await server.addUser('Mute')));
    const socket = new WebSocket(socketUrl);
    socket.addEventListener('open', () => socket.send(`40${JSON.stringify(handshake)}`));
    await witness.client.until((client) => client.changes().length > 0);
    const joinedAt = performance.now();
    // It gets pings, and answers none.
    await witness.client.until((client) => client.changes().length > 1);
    expect(witness.client.changes()[1]).toMatchObject({
      type: 'participantLeft',
      reason: 'signal_close',
    });
    expect(performance.now() - joinedAt).toBeLessThan(15_000);
  });

  test('that never comes is not waited for', async () => {
    const url = `${server.url.replace('http', 'ws')}/signal/?EIO=4&transport=websocket`;
    const socket = new WebSocket(url);
    const openedAt = performance.now();
    await new Promise((resolve) => socket.addEventListener('close', resolve));
    expect(performance.now() - openedAt).toBeLessThan(8_000);
  });

  test('that is refused and does not close its side is cut off', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const closed = once(socket, 'close');
    socket.write(
      [
        'GET /signal/?EIO=4&transport=websocket HTTP/1.1',
        `Host: ${hostname}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
        '\r\n',
      ].join('\r\n'),
    );
    await once(socket, 'data');
    // A WebSocket text frame, masked with zeros, that holds the Socket.IO greeting.
    const greeting = Buffer.from('40{"protocol":0}');
    socket.write(Buffer.from([0x81, 0x80 | greeting.length, 0, 0, 0, 0, ...greeting]));
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    const startedAt = performance.now();
    await closed;
    expect(answer).toContain('unsupported_protocol');
    expect(performance.now() - startedAt).toBeLessThan(6_000);
  });
});
