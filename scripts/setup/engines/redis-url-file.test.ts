import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findRedisUrl, writeRedisUrl } from './redis-url-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balai-redis-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the address is there for its owner alone, until it is taken away', () => {
  expect(findRedisUrl(folder)).toBeUndefined();
  // As a crash leaves it, and readable by everybody.
  writeFileSync(join(folder, 'url'), 'redis://old', { mode: 0o644 });
  const remove = writeRedisUrl(folder, 'redis://:secret@127.0.0.1:1/0');
  expect(findRedisUrl(folder)).toBe('redis://:secret@127.0.0.1:1/0');
  expect(statSync(join(folder, 'url')).mode & 0o777).toBe(0o600);
  remove();
  remove();
  expect(findRedisUrl(folder)).toBeUndefined();
});
