import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DisconnectReason,
  type JoinAnswer,
  PROTOCOL_VERSION,
  type Room,
  SIGNALLING_PATH,
  type SignedIn,
} from '@balai/protocol';
import { io, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ServerProcess, spawnServer } from '../test/server-process.ts';
import { createTestDatabase, createTestRedisUrl, type TestDatabase } from '../test/test-stores.ts';

let database: TestDatabase;
let dataDir: string;
let env: Record<string, string>;
const running: ServerProcess[] = [];

beforeEach(async () => {
  database = await createTestDatabase({ isMigrated: false });
  dataDir = await mkdtemp(join(tmpdir(), 'balai-main-'));
  env = {
    DATABASE_URL: database.url,
    REDIS_URL: createTestRedisUrl(),
    BALAI_DATA_DIR: dataDir,
    BALAI_HOST: '127.0.0.1',
    BALAI_RTC_PORT: '0',
    BALAI_WORKERS: '1',
    PORT: '0',
  };
});
afterEach(async () => {
  for (const server of running.splice(0)) {
    await server.kill();
  }
  await database.drop();
  await rm(dataDir, { recursive: true });
});

function start(change: Record<string, string> = {}): ServerProcess {
  const server = spawnServer({ ...env, ...change });
  running.push(server);
  return server;
}

async function post<T>(url: string, body: object, token?: string): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  expect(answer.ok, `${url} answered ${answer.status}`).toBe(true);
  return (await answer.json()) as T;
}

/** Somebody in a room of this server. */
async function enterRoom(url: string): Promise<{ socket: Socket; room: Room; token: string }> {
  const { accessToken } = await post<SignedIn>(`${url}/v1/auth/register`, {
    email: 'host@example.org',
    password: 'correct horse',
    firstName: 'H',
    lastName: 'E',
  });
  const room = await post<Room>(`${url}/v1/rooms`, { name: 'Stand-up' }, accessToken);
  const joined = await post<JoinAnswer>(`${url}/v1/rooms/${room.id}/join`, {}, accessToken);
  const socket = io(joined.url, {
    path: SIGNALLING_PATH,
    transports: ['websocket'],
    reconnection: false,
    auth: {
      protocol: PROTOCOL_VERSION,
      token: joined.token,
      rtpCapabilities: joined.routerCapabilities,
      sdk: { name: 'test', version: '0' },
    },
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('joined', () => resolve());
    socket.once('refused', (error: Error) => reject(error));
    socket.once('connect_error', reject);
  });
  return { socket, room, token: accessToken };
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  return port;
}

function goodbye(socket: Socket): Promise<DisconnectReason> {
  return new Promise((resolve) => socket.once('goodbye', ({ reason }) => resolve(reason)));
}

describe('the server process', () => {
  test('says when it is ready, and answers then', async () => {
    const server = start();
    const url = await server.ready;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const answer = await fetch(`${url}/readyz`);
    expect(await answer.json()).toEqual({
      ready: true,
      checks: { database: true, redis: true, workers: true },
    });
  });

  test('ends a meeting for who is in it, when its host says so over REST', async () => {
    const { ready } = start();
    const url = await ready;
    const { socket, room, token } = await enterRoom(url);
    const reason = goodbye(socket);
    const ended = await post<Room>(`${url}/v1/rooms/${room.id}/end`, {}, token);
    expect(ended.status).toBe('ended');
    expect(await reason).toBe('room_closed');
  });

  test('tells operators in figures how it does, where they have the token', async () => {
    const token = 'a-long-random-text';
    const url = await start({ BALAI_METRICS_TOKEN: token }).ready;
    const { socket } = await enterRoom(url);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    const text = await answer.text();
    for (const line of [
      'balai_info{role="all"} 1',
      'balai_nodes{state="ready"} 1',
      'balai_node_draining 0',
      'balai_workers 1',
      'balai_worker_routers{worker="0"} 1',
      'balai_worker_transports{worker="0"} 2',
      'balai_worker_restarts_total{worker="0"} 0',
      'balai_placements_total{outcome="start"} 1',
      'balai_rooms 1',
      'balai_participants 1',
      'balai_tracks{source="camera"} 0',
      'balai_signalling_connections 1',
      'balai_joins_total{code="ok"} 1',
      'balai_http_requests_total{method="POST",route="/v1/rooms/:roomId/join",status="200"} 1',
      'balai_http_requests_total{method="GET",route="/metrics",status="401"} 1',
      'balai_postgres_waiting 0',
    ]) {
      expect(text).toContain(`\n${line}\n`);
    }
    for (const phase of ['token', 'room', 'seat', 'entrance', 'media', 'all']) {
      expect(text).toContain(`balai_join_phase_duration_seconds_count{phase="${phase}"} 1\n`);
    }
    expect(text).toMatch(/balai_redis_request_duration_seconds_count\{outcome="ok"\} [1-9]/);
    expect(text).toMatch(/balai_postgres_transaction_duration_seconds_count\{outcome="ok"\} [1-9]/);
    socket.disconnect();
  });

  test('has metrics on a port of their own, and not on its own one without a token', async () => {
    const port = await freePort();
    const url = await start({ BALAI_METRICS_PORT: String(port) }).ready;
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain(
      'balai_workers',
    );
    // Whatever is no page of the server is one of the web app.
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain('balai_workers');
    const second = start({ BALAI_METRICS_PORT: String(port) });
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain('set BALAI_METRICS_PORT to another one');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'stops on %s: goodbye to sockets, exit status 0, within 10 s',
    async (signal) => {
      const server = start();
      const { socket } = await enterRoom(await server.ready);
      const reason = goodbye(socket);
      const started = performance.now();
      server.child.kill(signal);
      expect(await reason).toBe('server_shutdown');
      expect(await server.exited).toBe(0);
      expect(performance.now() - started).toBeLessThan(10_000);
    },
  );

  test('does not wait for a request that never ends after a second signal', async () => {
    const server = start();
    const { port } = new URL(await server.ready);
    const client = connect(Number(port), '127.0.0.1');
    client.write(
      'POST /v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    );
    // The unfinished request has arrived when one that was sent after it is answered.
    await fetch(`http://127.0.0.1:${port}/healthz`);
    server.child.kill('SIGTERM');
    await expect.poll(() => server.output(), { interval: 5 }).toContain('"stopping"');
    server.child.kill('SIGTERM');
    expect(await server.exited).toBe(1);
    expect(server.output()).toContain('stopping at once');
    client.destroy();
  });

  test('stops when its parent is gone', async () => {
    const server = start();
    await server.ready;
    server.child.disconnect();
    expect(await server.exited).toBe(0);
  });

  test('starts again on the same data with the same key', async () => {
    const keysOf = async (server: ServerProcess): Promise<unknown> => {
      const answer = await fetch(`${await server.ready}/.well-known/jwks.json`);
      return await answer.json();
    };
    const first = start();
    const keys = await keysOf(first);
    await first.kill();
    expect(await keysOf(start())).toEqual(keys);
  });

  test('says in one line that its port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = other.address() as AddressInfo;
      const server = start({ PORT: String(port), BALAI_LOG_LEVEL: 'silent' });
      expect(await server.exited).toBe(1);
      expect(server.output()).toBe(
        `Balai cannot start: Port ${port} is in use: stop the program that has it, or set PORT to another one\n`,
      );
    } finally {
      other.close();
    }
  });
});
