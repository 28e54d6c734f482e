import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const sdk = fileURLToPath(new URL('../', import.meta.url));
const docs = fileURLToPath(new URL('../../docs/', import.meta.url));

/** The package as it would be published, and an application that has it. */
const folder = mkdtempSync(join(tmpdir(), 'balai-server-sdk-'));
const application = join(folder, 'application');
const staged = join(application, 'node_modules/@balai/server-sdk');

/** What the samples take as given. */
const GIVEN = `
declare global {
  const apiKey: string;
  const apiSecret: string;
  const serverUrl: string;
}
export {};`;

/** The types of libraries are checked too, and there is no browser in them. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    lib: ['ES2022'],
    types: [],
    noEmit: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
  },
};

beforeAll(async () => {
  mkdirSync(staged, { recursive: true });
  for (const file of ['package.json', 'README.md', 'LICENSE'])
    cpSync(join(sdk, file), join(staged, file));
  await run(process.execPath, [join(sdk, 'build.ts'), join(staged, 'dist')]);
  writeFileSync(join(application, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(application, 'tsconfig.json'), JSON.stringify(TSCONFIG));
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the package is in order by the rules of publint', async () => {
  const { messages, pkg } = await publint({ pkgDir: staged, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test('every way to import it finds the right types', async () => {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json'], { cwd: staged });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const packed = readFileSync(join(staged, filename));
  const analysis = await checkPackage(createPackageFromTarballData(packed));
  if (analysis.types === false) throw new Error('the package has no types');
  // It is ESM: `require` and resolution of 2015 are what it does not serve.
  const problems = analysis.problems.filter(
    (problem) =>
      !('resolutionKind' in problem) || !['node10', 'node16-cjs'].includes(problem.resolutionKind),
  );
  expect(problems).toEqual([]);
}, 30_000);

test('the package needs no other, and nothing of Node.js', () => {
  const manifest = JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8')) as object;
  expect(manifest).not.toHaveProperty('dependencies');
  expect(manifest).not.toHaveProperty('peerDependencies');
  const files = readdirSync(join(staged, 'dist'), { recursive: true, encoding: 'utf8' });
  expect(files).toContain('server-sdk/index.d.ts');
  expect(files.filter((file) => /test/.test(file))).toEqual([]);
  for (const file of files.filter((name) => /\.(js|ts)$/.test(name))) {
    const text = readFileSync(join(staged, 'dist', file), 'utf8');
    const imports = [...text.matchAll(/(?:from |import\()['"]([^'"]+)['"]/g)].map(
      ([, name]) => name,
    );
    expect(
      imports.filter((name) => !/^\.{1,2}\/.*\.js$/.test(name ?? '')),
      file,
    ).toEqual([]);
    expect(text, file).not.toMatch(/\bprocess\.|\bBuffer\b|\brequire\(/);
  }
});

test.each([
  ['README.md', join(sdk, 'README.md'), []],
  // jose's types want those of the web.
  ['docs/tokens.md', join(docs, 'tokens.md'), ['DOM']],
  ['docs/backend.md', join(docs, 'backend.md'), []],
])(
  'the samples of %s are right',
  async (name, path, libraries) => {
    const samples = [...readFileSync(path, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)];
    expect(samples.length).toBeGreaterThan(0);
    const place = join(application, name.replaceAll(/\W/g, '-'));
    mkdirSync(place);
    writeFileSync(
      join(place, 'tsconfig.json'),
      JSON.stringify({
        extends: '../tsconfig.json',
        compilerOptions: { lib: [...TSCONFIG.compilerOptions.lib, ...libraries] },
      }),
    );
    writeFileSync(join(place, 'given.d.ts'), GIVEN);
    samples.forEach(([, text = ''], index) => {
      writeFileSync(join(place, `sample-${index}.ts`), `${text}\nexport {};\n`);
    });
    const require = createRequire(import.meta.url);
    const jose = dirname(require.resolve('jose/package.json'));
    symlinkSync(jose, join(application, 'node_modules', 'jose'), 'dir');
    const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
    try {
      await run(process.execPath, [compiler, '-p', place]);
    } catch (error) {
      throw new Error((error as { readonly stdout: string }).stdout);
    } finally {
      rmSync(join(application, 'node_modules/jose'));
    }
  },
  60_000,
);
