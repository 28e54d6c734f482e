/** `npm run cluster` as a process: what it tells, and that nothing is left of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { onlyWhere } from '../server/test/only-where.ts';
import { namespacesFault } from './cluster/namespaces.ts';
import { inRoot } from './setup/paths.ts';
import {
  allProcesses,
  commandLine,
  environmentOf,
  findProcessesIn,
  haveEnded,
  type SeenProcess,
  stopProcesses,
} from './setup/processes.ts';
import { output } from './setup/run.ts';

const TIMEOUT_MS = 120_000;
const GONE_MS = 30_000;

let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'balai-cluster-')));
  chmodSync(folder, 0o711);
});
afterEach(async () => {
  await stopProcesses(processesOfRun(), 'SIGTERM', GONE_MS);
  rmSync(folder, { recursive: true, force: true });
});

type Event = {
  readonly event: string;
  readonly name?: string;
  readonly how?: string;
  readonly url: string;
  readonly members: readonly { name: string; pid: number; address: string; namespace: string }[];
};

type Run = {
  readonly child: ChildProcess;
  readonly exitCode: Promise<number | null>;
  next(event: string): Promise<Event>;
};

function launch(...args: string[]): Run {
  const { npm_lifecycle_event: _none, ...env } = process.env;
  const words = ['cluster', '--data', folder, '--port', '0', '--json', ...args];
  const child = spawn(process.execPath, [inRoot('scripts', 'bootstrap.mjs'), ...words], {
    env: { ...env, BALAI_LOG_LEVEL: 'warn' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    exitCode: once(child, 'exit').then(([code]) => code as number | null),
    async next(event) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`it ended without telling ${event}`);
        const told = JSON.parse(value) as Event;
        if (told.event === event) return told;
      }
    },
  };
}

/** Members, engines and the command itself. */
function processesOfRun(): SeenProcess[] {
  const data = join(folder, 'data');
  const own = allProcesses().filter(({ pid }) => environmentOf(pid, 'BALAI_DATA_DIR') === data);
  return [...own, ...findProcessesIn(join(data, 'postgres', 'data'), ['postgres'])];
}

const fault = namespacesFault();

test('a cluster in namespaces tells where it is, starts again what ended, and leaves nothing behind, be it killed', {
  timeout: TIMEOUT_MS,
  ...onlyWhere(fault === undefined, fault ?? ''),
}, async () => {
  const run = launch('--control', '1', '--media', '1', '--netns');
  const { url, members } = await run.next('ready');
  const [control, media] = members;
  expect(members.map(({ name }) => name)).toEqual(['control-1', 'media-1']);
  expect(control?.address).not.toBe(media?.address);
  expect((await fetch(new URL('/readyz', url))).status).toBe(200);

  process.kill(media?.pid ?? 0, 'SIGKILL');
  expect(await run.next('memberEnded')).toMatchObject({
    name: 'media-1',
    how: 'ended by SIGKILL',
  });
  run.child.stdin?.write('start media-1\n');
  expect(await run.next('memberReady')).toMatchObject({ name: 'media-1' });

  const all = processesOfRun();
  const [command] = allProcesses().filter(({ pid }) => {
    const words = commandLine(pid);
    return words.includes(folder) && words.some((word) => word.endsWith('scripts/cluster.ts'));
  });
  await stopProcesses(command ? [command] : [], 'SIGKILL', GONE_MS);
  expect(await haveEnded(all, GONE_MS)).toBe(true);
  expect(output('ip', ['netns', 'list'])).toContain(media?.namespace);

  // The next one takes away the namespaces of the one that was killed.
  const again = launch('--control', '1', '--media', '1', '--netns');
  const second = await again.next('ready');
  const namespace = second.members[0]?.namespace ?? '';
  expect(output('ip', ['netns', 'list'])).toContain(namespace);
  again.child.kill('SIGINT');
  expect(await again.exitCode).toBe(0);
  expect(processesOfRun()).toEqual([]);
  for (const { namespace: gone } of [...members, ...second.members]) {
    expect(output('ip', ['netns', 'list'])).not.toContain(gone);
  }
});

test('a cluster that cannot be had is refused with a reason', { timeout: TIMEOUT_MS }, async () => {
  const child = spawn(
    process.execPath,
    [inRoot('scripts', 'bootstrap.mjs'), 'cluster', '--data', folder, '--media', 'three'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = await once(child, 'exit');
  expect([code, said]).toEqual([1, expect.stringContaining('--media has to be a whole number')]);
});
