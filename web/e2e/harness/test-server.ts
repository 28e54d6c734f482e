import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CreatedApiKey, CreateRoomRequest, Project, Room, SignedIn } from '@balai/protocol';
import { type ServerProcess, spawnServer } from '../../../server/test/server-process.ts';
import { createTestDatabase, createTestRedisUrl } from '../../../server/test/test-stores.ts';

/** The whole server as a process of its own, with an empty database. */
export interface TestServer {
  readonly url: string;
  readonly dataDir: string;
  /** Of the owner of its database. */
  readonly databaseUrl: string;
  /** The one that runs now. */
  readonly process: ServerProcess;
  /** Ends the process with this signal, and starts another one on the same port, keys and stores. */
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  close(): Promise<void>;
}

/** Somebody with an account, who acts over REST. */
export interface Account {
  readonly email: string;
  readonly password: string;
  readonly accessToken: string;
}

export async function startTestServer(env: Record<string, string> = {}): Promise<TestServer> {
  const database = await createTestDatabase({ isMigrated: false });
  const dataDir = await mkdtemp(join(tmpdir(), 'balai-browser-'));
  const settings = {
    DATABASE_URL: database.url,
    REDIS_URL: createTestRedisUrl(),
    BALAI_DATA_DIR: dataDir,
    BALAI_HOST: '127.0.0.1',
    BALAI_RTC_PORT: '0',
    BALAI_WORKERS: '2',
    PORT: '0',
    ...env,
  };
  let running = spawnServer(settings);
  const close = async () => {
    await running.kill();
    await database.drop();
    await rm(dataDir, { recursive: true });
  };
  try {
    const { port } = new URL(await running.ready);
    return {
      // Pages may use cameras on localhost, whatever the address is called.
      url: `http://localhost:${port}`,
      dataDir,
      databaseUrl: database.url,
      get process() {
        return running;
      },
      async restart(signal) {
        running.child.kill(signal);
        await running.exited;
        running = spawnServer({ ...settings, PORT: port });
        await running.ready;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Makes an account over REST. */
export async function register(server: TestServer, name: string): Promise<Account> {
  const email = `${name.toLowerCase()}@example.org`;
  const password = 'correct horse battery';
  const body = { email, password, firstName: name, lastName: 'Test' };
  const { accessToken } = await send<SignedIn>(server, 'POST', '/v1/auth/register', body);
  return { email, password, accessToken };
}

/** Makes an account an administrator, as operators do. */
export async function makeAdmin(server: TestServer, { email }: Account): Promise<void> {
  const script = fileURLToPath(new URL('../../../scripts/admin.ts', import.meta.url));
  const env = { ...process.env, DATABASE_URL: server.databaseUrl };
  await promisify(execFile)(process.execPath, [script, 'grant', email], { env });
}

/** Makes a room over REST. @returns its id, and the link that people open. */
export async function createRoom(
  server: TestServer,
  host: Account,
  room: Partial<CreateRoomRequest> = {},
): Promise<{ readonly roomId: string; readonly link: string }> {
  const body = { name: 'Stand-up', ...room };
  const { id } = await send<Room>(server, 'POST', '/v1/rooms', body, host.accessToken);
  return { roomId: id, link: `${server.url}/r/${id}` };
}

export async function endRoom(server: TestServer, host: Account, roomId: string): Promise<void> {
  await send(server, 'POST', `/v1/rooms/${roomId}/end`, undefined, host.accessToken);
}

/** Makes a project over REST, and a key of it. */
export async function createApiKey(server: TestServer, owner: Account): Promise<CreatedApiKey> {
  const { accessToken } = owner;
  const project = { name: 'Application' };
  const { id } = await send<Project>(server, 'POST', '/v1/projects', project, accessToken);
  const key = { name: 'backend' };
  return await send<CreatedApiKey>(server, 'POST', `/v1/projects/${id}/keys`, key, accessToken);
}

async function send<T>(
  server: TestServer,
  method: string,
  path: string,
  body?: object,
  accessToken?: string,
): Promise<T> {
  const answer = await fetch(server.url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) {
    throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  }
  return (await answer.json()) as T;
}
