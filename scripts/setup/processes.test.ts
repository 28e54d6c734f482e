import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  environmentOf,
  findProcess,
  findProcessesIn,
  isAlive,
  stopProcesses,
} from './processes.ts';

const program = basename(process.execPath);
let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'balai-proc-')));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A process in the folder that says when it runs, and ignores the given signal. */
async function spawnIn(cwd: string, ignored?: NodeJS.Signals): Promise<number> {
  const ignore = ignored ? `process.on(${JSON.stringify(ignored)}, () => {});` : '';
  const script = `${ignore} process.stdout.write('up'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script], {
    cwd,
    env: { ...process.env, BALAI_MARK: 'yes' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child.pid ?? -1;
}

test('finds the processes of a program that work in a folder, and no others', async () => {
  const pid = await spawnIn(folder);
  const elsewhere = await spawnIn(tmpdir());
  expect(findProcessesIn(folder, [program]).map((seen) => seen.pid)).toEqual([pid]);
  expect(findProcessesIn(folder, ['postgres'])).toEqual([]);
  expect(environmentOf(pid, 'BALAI_MARK')).toBe('yes');
  await stopProcesses(
    [pid, elsewhere].flatMap((id) => findProcess(id) ?? []),
    'SIGTERM',
    5_000,
  );
  expect(findProcess(pid)).toBeUndefined();
});

test('a process that does not stop when asked is killed after the deadline', async () => {
  const pid = await spawnIn(folder, 'SIGTERM');
  await stopProcesses(findProcessesIn(folder, [program]), 'SIGTERM', 200);
  expect(findProcess(pid)).toBeUndefined();
});

test('a process with the same id and another start time is not the same process', () => {
  const self = findProcess(process.pid);
  if (!self) throw new Error('this process must be there');
  expect(isAlive(self)).toBe(true);
  expect(isAlive({ ...self, startTicks: '1' })).toBe(false);
});
