/** `npm start` as a process: ready, refused twice, stopped, killed in every way, started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NODE_KEY, nodeAt, startReplica } from '../server/src/cluster/test-nodes.ts';
import { computeRouterCapabilities } from '../server/src/media/local/codecs.ts';
import { inRoot } from './setup/paths.ts';
import {
  allProcesses,
  commandLine,
  environmentOf,
  findProcessesIn,
  haveEnded,
  isAlive,
  type SeenProcess,
  stopProcesses,
} from './setup/processes.ts';

const TIMEOUT_MS = 120_000;
/** The server may take a few seconds to end in order; nobody should wait longer. */
const GONE_MS = 30_000;

let data = '';
beforeEach(() => {
  data = realpathSync(mkdtempSync(join(tmpdir(), 'balai-start-')));
  chmodSync(data, 0o711);
});
afterEach(async () => {
  await stopProcesses(processesOfRun(), 'SIGTERM', GONE_MS);
  rmSync(data, { recursive: true, force: true });
});

/** All that a run with our data folder started, workers and engines included. */
function processesOfRun(): SeenProcess[] {
  const own = allProcesses().filter(({ pid }) => environmentOf(pid, 'BALAI_DATA_DIR') === data);
  return [...own, ...findProcessesIn(join(data, 'postgres', 'data'), ['postgres'])];
}

function processOf(script: string): SeenProcess {
  const found = processesOfRun().find(({ pid }) =>
    commandLine(pid).some((word) => word.endsWith(script)),
  );
  if (!found) throw new Error(`no process runs ${script}`);
  return found;
}

type Run = { child: ChildProcess; said: () => string; exitCode: Promise<number | null> };

function launch(args: readonly string[] = [], extra: NodeJS.ProcessEnv = {}): Run {
  const { npm_lifecycle_event: _none, ...env } = process.env;
  const child = spawn(process.execPath, [inRoot('scripts', 'bootstrap.mjs'), 'start', ...args], {
    env: {
      ...env,
      ...extra,
      BALAI_DATA_DIR: data,
      PORT: '0',
      BALAI_RTC_PORT: '0',
      BALAI_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  const exitCode = once(child, 'exit').then(([code]) => code as number | null);
  return { child, said: () => text, exitCode };
}

async function launchUntilReady(): Promise<Run & { url: string }> {
  const run = launch();
  // It is read on afterwards.
  const output = run.child.stdout?.iterator({ destroyOnReturn: false }) ?? [];
  for await (const _chunk of output) {
    const url = /Balai runs at (\S+)/.exec(run.said())?.[1];
    if (url) {
      run.child.stdout?.resume();
      return { ...run, url };
    }
  }
  throw new Error(`it did not get ready:\n${run.said()}`);
}

test('starts, refuses a second start, stops on SIGINT with status 0 and leaves only data', {
  timeout: TIMEOUT_MS,
}, async () => {
  const first = await launchUntilReady();
  const answer = await fetch(new URL('/readyz', first.url));
  expect(answer.status).toBe(200);

  const second = launch();
  expect(await second.exitCode).toBe(1);
  expect(second.said()).toContain(first.url);

  const all = processesOfRun();
  first.child.kill('SIGINT');
  expect(await first.exitCode).toBe(0);
  expect(await haveEnded(all, 0)).toBe(true);
  expect(statSync(join(data, 'postgres', 'data')).isDirectory()).toBe(true);
});

test.each<[string, () => SeenProcess[]]>([
  ['bootstrap.mjs', () => [processOf('bootstrap.mjs')]],
  ['start.ts', () => [processOf('scripts/start.ts')]],
  ['every process', () => processesOfRun()],
])(
  'after a SIGKILL of %s nothing is left, and the next start works',
  { timeout: TIMEOUT_MS },
  async (_name, victims) => {
    await launchUntilReady();
    const all = processesOfRun();
    await stopProcesses(victims(), 'SIGKILL', GONE_MS);
    await haveEnded(all, GONE_MS);
    expect(all.filter(isAlive)).toEqual([]);

    const again = await launchUntilReady();
    again.child.kill('SIGTERM');
    expect(await again.exitCode).toBe(0);
  },
);

test('Redis that is killed is there again, empty, while the server goes on', {
  timeout: TIMEOUT_MS,
}, async () => {
  const run = await launchUntilReady();
  const findRedis = (): SeenProcess[] =>
    findProcessesIn(join(data, 'redis'), [
      'redis-server',
      'redis-check-rdb',
      'valkey-server',
      'valkey-check-rdb',
    ]);
  const readyz = async (): Promise<number> => (await fetch(new URL('/readyz', run.url))).status;
  const server = processOf('server/src/main.ts');
  for (let round = 0; round < 2; round++) {
    const [victim] = findRedis();
    await stopProcesses(findRedis(), 'SIGKILL', GONE_MS);
    await vi.waitFor(async () => {
      const [present] = findRedis();
      expect([undefined, victim?.pid]).not.toContain(present?.pid);
      expect(await readyz()).toBe(200);
    }, GONE_MS);
  }
  expect(processOf('server/src/main.ts')).toEqual(server);
  expect(run.said()).toContain('Redis ended by itself (ended by SIGKILL); starting it again');

  const all = processesOfRun();
  run.child.kill('SIGINT');
  expect(await run.exitCode).toBe(0);
  expect(await haveEnded([...all, ...findRedis()], 0)).toBe(true);
});

test('a server that is killed stops the rest, with its end as the reason and status 1', {
  timeout: TIMEOUT_MS,
}, async () => {
  const run = await launchUntilReady();
  const all = processesOfRun();
  await stopProcesses([processOf('server/src/main.ts')], 'SIGKILL', GONE_MS);
  expect(await run.exitCode).toBe(1);
  expect(run.said()).toContain('the server ended by itself (ended by SIGKILL)');
  expect(await haveEnded(all, GONE_MS)).toBe(true);
});

test('with --role media is a media node, and starts nothing but that', {
  timeout: TIMEOUT_MS,
}, async () => {
  const replica = await startReplica(computeRouterCapabilities());
  const run = launch(['--role', 'media'], {
    BALAI_NODE_KEY: NODE_KEY,
    BALAI_CONTROL_URLS: replica.url,
    BALAI_NODE_ID: 'media-1',
    BALAI_WORKERS: '1',
  });
  try {
    const { info } = await nodeAt(replica);
    expect(info.nodeId).toBe('media-1');
    await vi.waitFor(() => expect(run.said()).toContain('The media node media-1'), GONE_MS);
    const all = processesOfRun();
    const engines = /postgres|redis|valkey/;
    expect(all.filter(({ pid }) => engines.test(commandLine(pid)[0] ?? ''))).toEqual([]);
    run.child.kill('SIGINT');
    expect(await run.exitCode).toBe(0);
    expect(await haveEnded(all, 0)).toBe(true);
  } finally {
    await replica.close();
  }
});

test('ends with status 0 when an administrator has drained its media node, and nobody is on it', {
  timeout: TIMEOUT_MS,
}, async () => {
  const replica = await startReplica(computeRouterCapabilities());
  const run = launch(['--role', 'media'], {
    BALAI_NODE_KEY: NODE_KEY,
    BALAI_CONTROL_URLS: replica.url,
    BALAI_WORKERS: '1',
  });
  try {
    const node = await nodeAt(replica);
    await vi.waitFor(() => expect(run.said()).toContain('The media node'), GONE_MS);
    node.isDrained = true;
    expect(await run.exitCode).toBe(0);
  } finally {
    await replica.close();
  }
});

test('with a role that there is not says so, as with an argument that there is not', {
  timeout: TIMEOUT_MS,
}, async () => {
  const wrong = launch(['--role', 'both']);
  expect(await wrong.exitCode).toBe(1);
  expect(wrong.said()).toContain('BALAI_ROLE must be all, control or media');
  const unknown = launch(['--roles', 'media']);
  expect(await unknown.exitCode).toBe(1);
  expect(unknown.said()).toContain("'--roles'");
});
