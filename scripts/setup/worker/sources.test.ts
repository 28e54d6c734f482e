import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyPatch, hashSources, mediasoupDir, patches } from './sources.ts';
import { buildKey } from './worker-cache.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balai-sources-'));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'meson.build'), 'project()');
  writeFileSync(join(folder, 'src', 'main.cpp'), 'int main() {}');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('the patches apply to the mediasoup that is installed', () => {
  for (const patch of patches) {
    const source = readFileSync(join(mediasoupDir, 'worker', patch.file), 'utf8');
    expect(applyPatch(source, patch)).toContain(patch.replace);
  }
});

test.each([
  ['is gone', 'nothing of it'],
  ['is there twice', 'a == b; a == b'],
])('a patch whose place %s is refused with the file and what to do', (_case, source) => {
  const patch = { file: 'src/a.cpp', find: 'a == b', replace: 'a & b' };
  expect(() => applyPatch(source, patch)).toThrow(/src\/a\.cpp no longer applies/);
});

test('the hash of the sources changes with a file, its name, and nothing else', () => {
  const before = hashSources(folder);
  expect(hashSources(folder)).toBe(before);
  writeFileSync(join(folder, 'README.md'), 'not compiled');
  expect(hashSources(folder)).toBe(before);
  writeFileSync(join(folder, 'src', 'main.cpp'), 'int main() { return 1; }');
  const changed = hashSources(folder);
  expect(changed).not.toBe(before);
  writeFileSync(join(folder, 'src', 'empty.cpp'), '');
  expect(hashSources(folder)).not.toBe(changed);
});

test('a build has another key when anything that goes into it differs', () => {
  const inputs = { sources: 'a', flags: ['-O3'], compiler: 'g++ 12', system: 'debian-12-x64' };
  const variants = [
    inputs,
    { ...inputs, sources: 'b' },
    { ...inputs, flags: ['-O2'] },
    { ...inputs, compiler: 'g++ 14' },
    { ...inputs, system: 'debian-13-x64' },
  ];
  expect(new Set(variants.map(buildKey)).size).toBe(variants.length);
  expect(buildKey({ ...inputs })).toBe(buildKey(inputs));
});
