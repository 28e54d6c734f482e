import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JoinAnswer, Room, RtpCapabilities, SignedIn } from '@balai/protocol';
import { createTestDatabase, createTestRedisUrl } from '../../../server/test/test-stores.ts';
import { pinFamily, readServerTime, type ServerTime } from './processor-time.ts';
import type { Entry } from './wire.ts';

const SERVER = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url));
const BARE = fileURLToPath(new URL('bare-server.ts', import.meta.url));
const SERVER_CORE = 0;

/** What is measured: Balai, or mediasoup with nothing around it, with or without transport-cc. */
export const SUBJECTS = ['balai', 'bare', 'bare-transport-cc'] as const;
export type SubjectName = (typeof SUBJECTS)[number];

/** A running server with one room. */
export type Subject = {
  readonly name: SubjectName;
  /** Ways in for so many more people. */
  invite(people: number): Promise<readonly Entry[]>;
  readTime(): ServerTime;
  close(): Promise<void>;
};

type Ready = { readonly url: string; readonly routerCapabilities: RtpCapabilities };

/** Starts a server with one media worker, on a core of its own where there are two. */
export async function startSubject(name: SubjectName): Promise<Subject> {
  return name === 'balai' ? await startBalai() : await startBare(name);
}

async function startBare(name: SubjectName): Promise<Subject> {
  const child = spawnNode(BARE, { BENCH_TRANSPORT_CC: name === 'bare' ? '0' : '1' });
  const { url, routerCapabilities } = await readyOf(child);
  const pid = child.pid ?? -1;
  pinFamily(pid, SERVER_CORE);
  return {
    name,
    invite: async (people) =>
      Array.from({ length: people }, () => ({ url, token: 'anybody', routerCapabilities })),
    readTime: () => readServerTime(pid),
    close: () => end(child),
  };
}

async function startBalai(): Promise<Subject> {
  const dataDir = mkdtempSync(join(tmpdir(), 'balai-bench-'));
  const database = await createTestDatabase({ isMigrated: false });
  const child = spawnNode(SERVER, {
    DATABASE_URL: database.url,
    REDIS_URL: createTestRedisUrl(),
    BALAI_DATA_DIR: dataDir,
    BALAI_HOST: '127.0.0.1',
    BALAI_RTC_PORT: '0',
    BALAI_WORKERS: '1',
    BALAI_LOG_LEVEL: 'error',
    // People come from everywhere: each has an address of their own.
    BALAI_TRUST_PROXY: '1',
    PORT: '0',
  });
  const close = async (): Promise<void> => {
    await end(child);
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const { url } = await readyOf(child);
    const pid = child.pid ?? -1;
    pinFamily(pid, SERVER_CORE);
    const host = await post<SignedIn>(`${url}/v1/auth/register`, {
      email: 'bench@example.org',
      password: 'correct horse battery',
      firstName: 'Bench',
      lastName: 'Host',
    });
    const room = await post<Room>(
      `${url}/v1/rooms`,
      { name: 'Bench', maxUsers: 1_000 },
      host.accessToken,
    );
    let guests = 0;
    const invite = async (): Promise<Entry> => {
      guests += 1;
      const answer = await post<JoinAnswer>(`${url}/v1/rooms/${room.id}/join`, {
        name: `Guest ${guests}`,
      });
      return { url, token: answer.token, routerCapabilities: answer.routerCapabilities };
    };
    return {
      name: 'balai',
      async invite(people) {
        const entries: Entry[] = [];
        while (entries.length < people) entries.push(await invite());
        return entries;
      },
      readTime: () => readServerTime(pid),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function spawnNode(program: string, env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function readyOf(child: ChildProcess): Promise<Ready> {
  const ended = once(child, 'exit').then(([status]) => {
    throw new Error(`the server ended with ${String(status)}`);
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  // From here on its end is what `close` waits for.
  ended.catch(() => undefined);
  return message as Ready;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(timer);
}

let addresses = 0;

async function post<T>(url: string, body: object, accessToken?: string): Promise<T> {
  addresses += 1;
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`,
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
