import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SIGNALLING_PATH } from '@balai/protocol';
import { Server } from 'socket.io';
import { io as connect, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { boundConnection } from './connection-bounds.ts';
import type { IoServer, IoSocket } from './io-types.ts';
import { Line, MAX_UNACKNOWLEDGED_CHARACTERS } from './line.ts';

let http: HttpServer;
let io: IoServer;
let first: IoSocket;
let line: Line;
const clients: Socket[] = [];

beforeEach(async () => {
  http = createServer();
  // Nothing is acknowledged while a test runs.
  io = new Server(http, { path: SIGNALLING_PATH, pingInterval: 60_000 });
  io.engine.on('connection', (connection: IoSocket['conn']) =>
    boundConnection(connection, () => Date.now()),
  );
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  first = (await open()).socket;
  line = new Line(first, {
    graceMs: 1_000,
    entered: () => undefined,
    closed: () => undefined,
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const client of clients.splice(0)) client.disconnect();
  await io.close();
});

/** A client, and its socket on the server's side. */
async function open(): Promise<{ socket: IoSocket; client: Socket }> {
  const { port } = http.address() as AddressInfo;
  const opened = new Promise<IoSocket>((resolve) => io.once('connection', resolve));
  const client = connect(`http://127.0.0.1:${port}`, {
    path: SIGNALLING_PATH,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  });
  clients.push(client);
  return { socket: await opened, client };
}

/** So many texts of 100,000 characters. */
function tell(count: number): void {
  for (let index = 0; index < count; index += 1) {
    line.note('textReceived', { text: 'x'.repeat(100_000), index });
  }
}

describe('what is kept for who comes back', () => {
  test('is bounded in characters, whatever it is made of (SPEC 8.5)', () => {
    tell(100);
    expect(line.unacknowledged).toBe(Math.floor(MAX_UNACKNOWLEDGED_CHARACTERS / 100_025));
    expect(line.canResumeFrom(0)).toBe(false);
    expect(line.canResumeFrom(100)).toBe(true);
  });

  test('arrives, as much of it as is kept: nobody is cut off for it (SPEC 8.2)', async () => {
    tell(20);
    const { socket, client } = await open();
    let received = 0;
    client.onAny(() => {
      received += 1;
    });
    line.resume(socket, 0);
    // And `recovered`.
    await vi.waitFor(() => expect(received).toBe(21), 10_000);
    expect(client.connected).toBe(true);
  });

  test('is sent over a connection only as long as there is one', async () => {
    tell(20);
    const { socket } = await open();
    const packets = vi.fn();
    socket.conn.on('packetCreate', packets);
    socket.conn.request.socket.destroy();
    line.resume(socket, 0);
    expect(packets.mock.calls.length).toBeLessThan(3);
    expect(line.unacknowledged).toBe(20);
  });
});

describe('a client that gets more than is kept', () => {
  test('goes on: a burst is no offence', () => {
    tell(100);
    expect(first.conn.request.socket.destroyed).toBe(false);
  });

  test('and acknowledges nothing for long is cut off, whatever pongs it sends (SPEC 8.9)', () => {
    const later = performance.now() + 11_000;
    vi.spyOn(performance, 'now').mockReturnValue(later);
    first.conn.emit('packet', { type: 'pong' });
    tell(100);
    expect(first.conn.request.socket.destroyed).toBe(true);
  });
});

describe('a line that goes on with a stay of another process', () => {
  const snapshot = { room: { id: 'hall' } } as never;
  const missed = [
    { event: 'changed', message: { changes: [] } },
    { event: 'rpcAnswered', message: { callId: 'a call' } },
  ] as const;

  /** What a client is told. */
  function hear(client: Socket): [string, unknown][] {
    const heard: [string, unknown][] = [];
    client.onAny((event: string, message: unknown) => heard.push([event, message]));
    return heard;
  }

  test('begins with a snapshot, and what it does not tell; the cursor counts on (SPEC 8.12)', async () => {
    const { socket, client } = await open();
    const heard = hear(client);
    const adopted = new Line(socket, {
      graceMs: 1_000,
      entered: () => undefined,
      closed: () => undefined,
      received: 7,
    });
    adopted.recover(snapshot, missed);
    await expect
      .poll(() => heard)
      .toEqual([
        ['recovered', { missed: 1, snapshot }],
        ['rpcAnswered', { callId: 'a call' }],
      ]);
    expect([6, 7, 8, 9].map((received) => adopted.canResumeFrom(received))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(adopted.missedAfter(7)).toMatchObject([{ event: 'rpcAnswered' }]);
    expect(adopted.missedAfter(8)).toEqual([]);
    expect(adopted.missedAfter(9)).toBeUndefined();
  });

  test('tells the snapshot again to who comes back with nothing more, and only then (SPEC 8.12)', async () => {
    const { socket } = await open();
    const adopted = new Line(socket, {
      graceMs: 1_000,
      entered: () => undefined,
      closed: () => undefined,
      received: 7,
    });
    adopted.recover(snapshot, []);
    const second = await open();
    const heardSecond = hear(second.client);
    adopted.resume(second.socket, 7);
    await expect.poll(() => heardSecond).toEqual([['recovered', { missed: 0, snapshot }]]);
    adopted.send('lobbyChanged', { waiting: [] });
    const third = await open();
    const heardThird = hear(third.client);
    adopted.resume(third.socket, 8);
    await expect.poll(() => heardThird).toEqual([['recovered', { missed: 0 }]]);
  });
});
