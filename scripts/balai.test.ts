/** The program `balai`, as it is called from a folder of somebody's own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inRoot } from './setup/paths.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'balai-bin-'));
  const { bin } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')) as {
    bin: { balai: string };
  };
  // As npm link and the image do.
  symlinkSync(inRoot(bin.balai), join(folder, 'balai'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function balai(...args: string[]) {
  return spawnSync(join(folder, 'balai'), args, { cwd: folder, encoding: 'utf8' });
}

test('says how it is used', () => {
  for (const args of [[], ['test'], ['../backup'], ['--help']]) {
    const { status, stderr } = balai(...args);
    expect([status, stderr.split('\n')[0]]).toEqual([2, 'balai COMMAND']);
  }
});

test.each([
  [['nodes'], 2, 'nodes drain NODE'],
  [['nodes', 'drain', 'a', 'b'], 2, 'nodes drain NODE'],
  [['admin'], 2, 'grant EMAIL'],
  [['backup', '--nonsense'], 1, '--nonsense'],
])('runs the command of that name: %j', (args, status, words) => {
  const result = balai(...args);
  expect(result.status).toBe(status);
  expect(result.stderr).toContain(words);
});

test('is on PATH in the image', () => {
  expect(readFileSync(inRoot('Dockerfile'), 'utf8')).toContain(
    'RUN ln -s /balai/scripts/balai.mjs /usr/local/bin/balai\n',
  );
});
