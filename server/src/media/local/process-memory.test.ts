import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { onlyWhere } from '../../../test/only-where.ts';
import { readProcessMemory } from './process-memory.ts';

test(
  'a process takes memory for as long as it is there',
  onlyWhere(process.platform === 'linux', 'Linux, for /proc'),
  async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
    await once(child, 'spawn');
    await expect
      .poll(() => readProcessMemory(child.pid ?? 0), { timeout: 5_000 })
      .toBeGreaterThan(1_000_000);
    child.stdin.end();
    await once(child, 'exit');
    expect(await readProcessMemory(child.pid ?? 0)).toBe(0);
  },
);
