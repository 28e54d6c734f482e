import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const run = promisify(execFile);
const docs = fileURLToPath(new URL('../../docs/client/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'balai-reference-'));
const reference = join(folder, 'reference.json');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every public name is documented, and the guide is part of the reference', async () => {
  const typedoc = createRequire(join(docs, 'package.json')).resolve('typedoc');
  const program = join(dirname(typedoc), '../bin/typedoc');
  // It fails if there is anything to warn of.
  const failure = await run(process.execPath, [program, '--json', reference], { cwd: docs }).then(
    () => '',
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  );
  expect(failure).toBe('');
  const { documents } = JSON.parse(readFileSync(reference, 'utf8')) as {
    documents: { name: string }[];
  };
  const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));
  expect(documents.map(({ name }) => `${name}.md`).toSorted()).toEqual(pages.toSorted());
}, 60_000);
