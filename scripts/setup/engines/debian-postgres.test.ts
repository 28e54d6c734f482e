import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findDebianPostgres } from './debian-postgres.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balai-debian-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function install(version: string, ...programs: string[]): void {
  mkdirSync(join(folder, version, 'bin'), { recursive: true });
  for (const program of programs) writeFileSync(join(folder, version, 'bin', program), '');
}

test('the oldest supported server is chosen, not a client alone', () => {
  install('9.6', 'postgres', 'initdb');
  install('14', 'postgres', 'initdb');
  install('15', 'pg_dump');
  install('17', 'postgres', 'initdb');
  install('16', 'postgres', 'initdb');
  expect(findDebianPostgres(folder)).toEqual({
    major: 16,
    binaries: {
      postgres: join(folder, '16', 'bin', 'postgres'),
      initdb: join(folder, '16', 'bin', 'initdb'),
      share: '/usr/share/postgresql/16',
    },
  });
});

test('there may be none', () => {
  expect(findDebianPostgres(folder)).toBeUndefined();
  expect(findDebianPostgres(join(folder, 'absent'))).toBeUndefined();
});
