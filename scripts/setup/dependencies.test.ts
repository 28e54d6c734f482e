import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isInstalled } from './dependencies.mjs';

let clone = '';
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'balai-deps-'));
  mkdirSync(join(clone, 'node_modules'));
});
afterEach(() => {
  rmSync(clone, { recursive: true, force: true });
});

const wanted = {
  '': { version: '0.1.0' },
  server: { version: '0.1.0' },
  'node_modules/@balai/server': { resolved: 'server', link: true },
  'node_modules/zod': { version: '4.0.0', integrity: 'sha512-a' },
  'node_modules/only-on-windows': { version: '1.0.0', integrity: 'sha512-b', optional: true },
};
const installed = {
  'node_modules/@balai/server': { resolved: 'server', link: true },
  'node_modules/zod': { version: '4.0.0', integrity: 'sha512-a' },
};

function write(lock: object, hidden: object | undefined): void {
  writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages: lock }));
  if (!hidden) return;
  const path = join(clone, 'node_modules', '.package-lock.json');
  writeFileSync(path, JSON.stringify({ packages: hidden }));
}

test.each([
  ['all is there', wanted, installed, true],
  ['nothing was installed to its end', wanted, undefined, false],
  [
    'a package is missing',
    { ...wanted, 'node_modules/pg': { version: '8.0.0' } },
    installed,
    false,
  ],
  ['a version differs', wanted, { ...installed, 'node_modules/zod': { version: '3.0.0' } }, false],
  [
    'one is no longer wanted',
    wanted,
    { ...installed, 'node_modules/old': { version: '1.0.0' } },
    false,
  ],
])('%s', (_case, lock, hidden, expected) => {
  write(lock, hidden);
  expect(isInstalled(clone)).toBe(expected);
});
