import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readSourceFiles } from '../test/source-files.ts';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const WORKSPACES = ['protocol', 'client-sdk', 'server-sdk', 'server', 'web', 'examples/embedding'];

/** Brought along in the package that is published, and no dependency of it. */
const BUNDLED = new Set([
  'client-sdk @balai/protocol',
  'client-sdk mediasoup-client',
  'server-sdk @balai/protocol',
]);

const files = readSourceFiles();

function readManifest(workspace: string): Manifest {
  const path = fileURLToPath(new URL(`../../${workspace}/package.json`, import.meta.url));
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}

/** Packages that the code of a workspace imports when it runs, or in its types. */
function importedBy(workspace: string): ReadonlySet<string> {
  const names = files
    .filter(({ path }) => path.startsWith(`${workspace}/src/`))
    .filter(({ path }) => !/\.(test|test-d|contract)\.tsx?$|\/(testing|contract)\//.test(path))
    .flatMap(({ imports }) => imports)
    .filter((name) => !isBuiltin(name) && !WORKSPACES.some((one) => name.startsWith(`${one}/`)));
  return new Set(names.map(packageOf));
}

/** `express` of `express/lib/x.js`, `@balai/client` of itself. */
function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

describe.each(WORKSPACES)('the workspace %s', (workspace) => {
  const {
    dependencies: own = {},
    peerDependencies = {},
    devDependencies = {},
  } = readManifest(workspace);
  const dependencies = { ...own, ...peerDependencies };
  const imported = importedBy(workspace);

  test('depends on nothing that it does not import', () => {
    expect(Object.keys(dependencies).filter((name) => !imported.has(name))).toEqual([]);
  });

  test('names every package that it imports', () => {
    const missing = [...imported].filter((name) =>
      BUNDLED.has(`${workspace} ${name}`) ? !(name in devDependencies) : !(name in dependencies),
    );
    expect(missing).toEqual([]);
  });
});
