/** Two servers as processes, on the same stores: what one ends, the other ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type JoinAnswer,
  PROTOCOL_VERSION,
  type Room,
  type ServerMessage,
  SIGNALLING_PATH,
  type SignedIn,
  type WireError,
} from '@balai/protocol';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../../../test/cuttable-proxy.ts';
import { type ServerProcess, spawnServer } from '../../../test/server-process.ts';
import {
  createTestDatabase,
  createTestRedisUrl,
  type TestDatabase,
} from '../../../test/test-stores.ts';

let database: TestDatabase;
let dataDir: string;
let proxy: CuttableProxy;
const servers: ServerProcess[] = [];
let here: string;
let there: string;

beforeAll(async () => {
  database = await createTestDatabase({ isMigrated: false });
  dataDir = await mkdtemp(join(tmpdir(), 'balai-revocation-'));
  const redisUrl = createTestRedisUrl();
  proxy = await startCuttableProxy(redisUrl, 6_379);
  const env = {
    DATABASE_URL: database.url,
    BALAI_DATA_DIR: dataDir,
    BALAI_HOST: '127.0.0.1',
    BALAI_RTC_PORT: '0',
    BALAI_WORKERS: '1',
    PORT: '0',
  };
  servers.push(
    spawnServer({ ...env, REDIS_URL: redisUrl }),
    spawnServer({ ...env, REDIS_URL: proxy.url }),
  );
  [here = '', there = ''] = await Promise.all(servers.map(({ ready }) => ready));
});
afterAll(async () => {
  for (const server of servers) {
    await server.kill();
  }
  await proxy.close();
  await database.drop();
  await rm(dataDir, { recursive: true });
});

async function send<T>(url: string, body: object, token?: string, method = 'POST'): Promise<T> {
  const answer = await fetch(url, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  expect(answer.ok, `${url} answered ${answer.status} ${text}`).toBe(true);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

let people = 0;
async function signUp(): Promise<SignedIn> {
  people += 1;
  return await send<SignedIn>(`${here}/v1/auth/register`, {
    email: `person-${people}@example.org`,
    password: 'correct horse',
    firstName: 'P',
    lastName: 'E',
  });
}

function open(url: string, joined: JoinAnswer): Socket {
  return io(url, {
    path: SIGNALLING_PATH,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: {
      protocol: PROTOCOL_VERSION,
      token: joined.token,
      rtpCapabilities: joined.routerCapabilities,
      sdk: { name: 'test', version: '0' },
    },
  });
}

function next<T>(socket: Socket, event: string): Promise<T> {
  return new Promise((resolve) => socket.once(event, resolve));
}

/** Signed in twice, with an open socket of the second session on the other server. */
async function enterThere() {
  const first = await signUp();
  const second = await send<SignedIn>(`${here}/v1/auth/sign-in`, {
    email: first.user.email,
    password: 'correct horse',
  });
  const room = await send<Room>(`${here}/v1/rooms`, { name: 'Hall' }, first.accessToken);
  const join = `${there}/v1/rooms/${room.id}/join`;
  const joined = await send<JoinAnswer>(join, {}, second.accessToken);
  const socket = open(there, joined);
  await next(socket, 'joined');
  return { first, second, joined, socket };
}

const endOthers = (token: string) => send(`${here}/v1/users/me/sessions`, {}, token, 'DELETE');

describe('a session that is ended on one server', () => {
  test('is over on the other: its sockets within a second, its requests, its room tokens (SPEC 1.9)', async () => {
    const { first, second, joined, socket } = await enterThere();
    const goodbye = next<ServerMessage<'goodbye'>>(socket, 'goodbye');
    const started = performance.now();
    await endOthers(first.accessToken);
    expect(await goodbye).toMatchObject({
      reason: 'session_revoked',
      error: { code: 'unauthorized' },
    });
    expect(performance.now() - started).toBeLessThan(1_000);
    const me = await fetch(`${there}/v1/users/me`, {
      headers: { authorization: `Bearer ${second.accessToken}` },
    });
    expect(me.status).toBe(401);
    const late = open(there, joined);
    expect(await next<WireError>(late, 'refused')).toMatchObject({ code: 'unauthorized' });
  });

  test('is over on the other as soon as that hears from Redis again, had it been cut off', async () => {
    const { first, socket } = await enterThere();
    const goodbye = next<ServerMessage<'goodbye'>>(socket, 'goodbye');
    await proxy.cut();
    await endOthers(first.accessToken);
    expect(socket.connected).toBe(true);
    await proxy.mend();
    expect(await goodbye).toMatchObject({ reason: 'session_revoked' });
  });
});
