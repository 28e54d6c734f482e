import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireLock, LockHeldError } from './lock.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balai-lock-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const lockModule = new URL('lock.mjs', import.meta.url).href;

/** Another process that takes the lock and says so. */
async function holdElsewhere(path: string): Promise<ReturnType<typeof spawn>> {
  const program = `
    const { acquireLock } = await import(${JSON.stringify(lockModule)});
    const lock = await acquireLock(${JSON.stringify(path)});
    lock.describe('the other one');
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('a lock that another process holds is refused, with what the holder says of itself', async () => {
  const path = join(folder, 'a.lock');
  const other = await holdElsewhere(path);
  try {
    const attempt = acquireLock(path, { timeoutMs: 0 });
    await expect(attempt).rejects.toBeInstanceOf(LockHeldError);
    await expect(attempt).rejects.toMatchObject({ holder: 'the other one' });
  } finally {
    other.kill('SIGKILL');
  }
});

test('a lock is free the moment its holder is killed', async () => {
  const path = join(folder, 'a.lock');
  const other = await holdElsewhere(path);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const lock = await acquireLock(path, { timeoutMs: 0 });
  lock.release();
});

test('who waits gets the lock when the holder lets go', async () => {
  const path = join(folder, 'a.lock');
  const first = await acquireLock(path);
  const seen: string[] = [];
  const waiting = acquireLock(path, { timeoutMs: 5_000, onWait: (holder) => seen.push(holder) });
  first.release();
  first.release();
  const second = await waiting;
  second.release();
  expect(seen).toEqual([`process ${process.pid}`]);
});

test('two waiters never hold the lock at the same time', async () => {
  const path = join(folder, 'a.lock');
  let holders = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    const lock = await acquireLock(path, { timeoutMs: 10_000 });
    holders++;
    most = Math.max(most, holders);
    await new Promise((resolve) => setImmediate(resolve));
    holders--;
    lock.release();
  };
  await Promise.all([work(), work(), work(), work()]);
  expect(most).toBe(1);
});
