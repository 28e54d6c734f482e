import { describe, expect, test } from 'vitest';
import { findImports, readSourceFiles, type SourceFile } from '../test/source-files.ts';

const MAX_LINES = 500;

/** What the files of a folder may import from the repository, besides their own folder. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'protocol/src/': [],
  'client-sdk/src/': ['@balai/protocol'],
  'server-sdk/src/': ['@balai/protocol'],
  'web/src/': ['@balai/client'],
  'examples/embedding/src/': ['@balai/client', '@balai/server-sdk'],
  'server/src/kernel/': ['@balai/protocol'],
  'server/src/store/': ['@balai/protocol', 'server/src/kernel/'],
  'server/src/media/': ['@balai/protocol', 'server/src/kernel/'],
  'server/src/cluster/': [
    '@balai/protocol',
    'server/src/kernel/',
    'server/src/store/',
    'server/src/media/',
  ],
  'server/src/metrics/': [
    '@balai/protocol',
    'server/src/kernel/',
    'server/src/media/',
    'server/src/features/',
  ],
  'server/src/features/': [
    '@balai/protocol',
    'server/src/kernel/',
    'server/src/store/',
    'server/src/media/',
  ],
  'server/src/edge/http/': ['@balai/protocol', 'server/src/kernel/', 'server/src/features/'],
  'server/src/edge/signalling/': ['@balai/protocol', 'server/src/kernel/', 'server/src/features/'],
  'server/src/compose/': ['@balai/protocol', 'server/src/'],
  'server/src/main.ts': ['server/src/compose/', 'server/src/kernel/'],
  'migrations/': [],
};

/** Packages that only one place may know, so that they can be replaced there. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  mediasoup: ['server/src/media/local/'],
  pg: ['server/src/store/postgres/'],
  knex: ['server/src/store/postgres/', 'migrations/'],
  ioredis: ['server/src/store/redis/'],
  'rate-limiter-flexible': ['server/src/store/redis/'],
  'socket.io': ['server/src/edge/signalling/', 'server/src/cluster/'],
  express: ['server/src/edge/http/', 'server/src/compose/'],
  pino: ['server/src/kernel/logger.ts'],
  'prom-client': ['server/src/metrics/'],
  jose: [
    'server/src/kernel/token.ts',
    'server/src/store/files/',
    'server/src/features/accounts/',
    'server/src/features/application-tokens/',
    'server/src/features/projects/',
  ],
  'mediasoup-client': ['client-sdk/src/'],
  'socket.io-client': ['client-sdk/src/', 'server/src/cluster/'],
};

/** Tools that read a default export. */
const DEFAULT_EXPORT_WANTED = /(^|\/)(vite|vitest)\.config\.ts$|^server-sdk\/test\/worker\.mjs$/;

const files = readSourceFiles();
const shipped = files.filter(({ path }) => !isTest(path));

/** Tests and what they share may reach into everything. */
function isTest(path: string): boolean {
  return /\.(test|test-d|contract)\.tsx?$|(^|\/)(test|tests|e2e)\/|\/test-[\w-]+\.ts$/.test(path);
}

function folderOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT).find((folder) => path.startsWith(folder));
}

/** Whether an import leads somewhere in the repository. */
function isOurs(name: string): boolean {
  return name.startsWith('@balai/') || files.some(({ path }) => path === name);
}

describe('the layers', () => {
  test.each(Object.keys(MAY_IMPORT))('%s imports only what lies below it', (folder) => {
    const allowed = MAY_IMPORT[folder] ?? [];
    const inside = shipped.filter(({ path }) => path.startsWith(folder));
    expect(inside.length, `${folder} is empty: correct the table`).toBeGreaterThan(0);
    const offences = inside.flatMap(({ path, imports }) =>
      imports
        .filter(isOurs)
        .filter((name) => ![folder, ...allowed].some((prefix) => name.startsWith(prefix)))
        .map((name) => `${path} → ${name}`),
    );
    expect(offences).toEqual([]);
  });

  test('hold every file of the server, the SDKs, the protocol, the web app and the example', () => {
    const homeless = shipped
      .filter(({ path }) =>
        /^(server|client-sdk|server-sdk|protocol|web|examples\/embedding)\/src\//.test(path),
      )
      .filter(({ path }) => folderOf(path) === undefined);
    expect(homeless.map(({ path }) => path)).toEqual([]);
  });

  test('have no import cycle, types included', () => {
    expect(findCycles(graphOf(files, (path) => path))).toEqual([]);
  });

  test('have no cycle between features', () => {
    const feature = (path: string) => /^server\/src\/features\/[^/]+/.exec(path)?.[0];
    expect(findCycles(graphOf(shipped, feature))).toEqual([]);
  });

  test('keep each library in its place', () => {
    const offences = Object.entries(ONLY_IN).flatMap(([library, places]) =>
      shipped
        .filter(({ imports }) =>
          imports.some((name) => name === library || name.startsWith(`${library}/`)),
        )
        .filter(({ path }) => /^(server|client-sdk|server-sdk|web|migrations)\//.test(path))
        .filter(({ path }) => !places.some((place) => path.startsWith(place)))
        .map(({ path }) => `${path} → ${library}`),
    );
    expect(offences).toEqual([]);
  });

  test('import from the repository only what exists', () => {
    const offences = files.flatMap(({ path, imports }) =>
      imports
        .filter((name) => /\.(tsx?|mts|mjs)$/.test(name) && name.includes('/') && !isOurs(name))
        .filter((name) => !name.startsWith('node_modules/') && !name.includes('/dist/'))
        .map((name) => `${path} → ${name}`),
    );
    expect(offences).toEqual([]);
  });
});

describe('the files', () => {
  test(`have at most ${MAX_LINES} lines`, () => {
    const long = files.filter(({ text }) => text.split('\n').length - 1 > MAX_LINES);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test('have no default export, except where a tool reads it', () => {
    const offenders = files
      .filter(({ path }) => !DEFAULT_EXPORT_WANTED.test(path))
      .filter(({ text }) => /^export default\b|^export \{[^}]*\bas default\b/m.test(text));
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });
});

describe('the search for imports', () => {
  test('finds every form', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { B } from '../b.ts';",
      'import {\n  c,\n  type D,\n} from "./deep/c.ts";',
      "import 'side-effect';",
      "export * from './e.ts';",
      "export { f } from './f.ts';",
      `const g = await ${expression('./g.ts')};`,
      `type H = ${expression('h')}.H;`,
      "const text = 'nothing imported from here';",
    ].join('\n');
    expect(findImports('server/src/x.ts', text)).toEqual([
      'server/src/a.ts',
      'server/b.ts',
      'server/src/deep/c.ts',
      'side-effect',
      'server/src/e.ts',
      'server/src/f.ts',
      'server/src/g.ts',
      'h',
    ]);
  });

  test('finds a cycle, and none where there is none', () => {
    const graph = (edges: Record<string, string[]>) =>
      new Map(Object.entries(edges).map(([from, to]) => [from, new Set(to)]));
    expect(findCycles(graph({ a: ['b'], b: ['c'], c: ['a'] }))).toEqual(['a → b → c → a']);
    expect(findCycles(graph({ a: ['b', 'c'], b: ['c'], c: [] }))).toEqual([]);
  });
});

/** Spelled apart, so that this file is not found to import it. */
function expression(name: string): string {
  return `import${'('}'${name}')`;
}

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Joins the files of one node; files without node are left out. */
function graphOf(
  sources: readonly SourceFile[],
  nodeOf: (path: string) => string | undefined,
): Graph {
  const graph = new Map<string, Set<string>>();
  for (const { path, imports } of sources) {
    const from = nodeOf(path);
    if (from === undefined) {
      continue;
    }
    const targets = graph.get(from) ?? new Set();
    graph.set(from, targets);
    for (const name of imports) {
      const to = nodeOf(name);
      // A file that imports itself is a cycle; a feature that does is not.
      if (to !== undefined && (to !== from || name === path)) {
        targets.add(to);
      }
    }
  }
  return graph;
}

/** One line for each edge that closes a cycle. */
function findCycles(graph: Graph): readonly string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, trail: readonly string[]): void => {
    if (trail.includes(node)) {
      cycles.push([...trail.slice(trail.indexOf(node)), node].join(' → '));
      return;
    }
    if (done.has(node)) {
      return;
    }
    for (const next of graph.get(node) ?? []) {
      visit(next, [...trail, node]);
    }
    done.add(node);
  };
  for (const node of graph.keys()) {
    visit(node, []);
  }
  return cycles;
}
