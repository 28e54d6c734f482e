/**
 * Builds the package into `dist/`, or into the folder that is named: plain ES modules and their types. The
 * protocol is private to this repository, so it is compiled along and reached
 * by a relative path, and so is mediasoup-client, less what no browser needs of
 * it; an application's own bundler sees every module. Pages without a bundler get
 * one file with everything in it.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const PROTOCOL = '@balai/protocol';
const MEDIA = 'mediasoup-client';
/** Handlers for React Native, for Chrome before 111 (2023), and for its own tests: a tenth of the whole SDK. */
const UNUSED =
  /mediasoup-client\/lib\/(handlers\/(ReactNative106|Chrome74|FakeHandler)|test\/fakeParameters)\.js$/;
/** Three copies of a logger that says nothing unless a page asks for it. */
const LOGGER = /\/node_modules\/debug\/src\/browser\.js$/;
/** What these tell at each step is for those who work on the library: most of its words. Warnings stay. */
const CHATTY = /(mediasoup-client|awaitqueue|h264-profile-level-id)\/lib\/.*\.js$/;

const here = dirname(fileURLToPath(import.meta.url));
const dist = resolve(process.argv[2] ?? join(here, 'dist'));
const staging = `${dist}.${process.pid}.tmp`;

/** The compiler is called by its file: a global `tsc` may be another version. */
function findCompiler(): string {
  const packageJson = createRequire(import.meta.url).resolve('typescript/package.json');
  return join(dirname(packageJson), 'bin', 'tsc');
}

function compile(): void {
  execFileSync(
    process.execPath,
    [findCompiler(), '--project', join(here, 'tsconfig.build.json'), '--outDir', staging],
    { stdio: 'inherit' },
  );
  renameSync(join(staging, 'client-sdk', 'src'), join(staging, 'client'));
  renameSync(join(staging, 'protocol', 'src'), join(staging, 'contract'));
  rmSync(join(staging, 'client-sdk'), { recursive: true });
  rmSync(join(staging, 'protocol'), { recursive: true });
  renameSync(join(staging, 'contract'), join(staging, 'protocol'));
}

/** Makes one module of mediasoup-client and what it needs, and says whose work it is. */
async function bringMedia(): Promise<void> {
  const leaveOut: Plugin = {
    name: 'leave-out',
    setup: ({ onLoad }) => {
      onLoad({ filter: UNUSED }, () => ({ contents: '' }));
      onLoad({ filter: LOGGER }, () => ({ contents: 'module.exports = () => () => undefined;' }));
      onLoad({ filter: CHATTY }, ({ path }) => ({
        contents: readFileSync(path, 'utf8').replaceAll(/^ *logger\.debug\(.*\);$/gm, ';'),
      }));
    },
  };
  const { metafile } = await build({
    stdin: { contents: `export { detectDevice, Device } from '${MEDIA}';`, resolveDir: here },
    outfile: join(staging, 'vendor', `${MEDIA}.js`),
    // What it needs itself needs the same, which npm may have put beside each: once is enough.
    alias: {
      debug: createRequire(createRequire(import.meta.url).resolve(MEDIA)).resolve(
        'debug/src/browser.js',
      ),
    },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    legalComments: 'inline',
    logLevel: 'warning',
    metafile: true,
    plugins: [leaveOut],
  });
  writeFileSync(join(staging, 'vendor', 'LICENSES.txt'), licensesOf(Object.keys(metafile.inputs)));
}

/** The licences of the packages that these files are of. */
function licensesOf(files: readonly string[]): string {
  const packages = new Set(
    files.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
  );
  const texts = [...packages].toSorted().map((folder) => {
    const path = resolve(folder);
    const license = readdirSync(path).find((name) => /^licen[cs]e/i.test(name));
    const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly version: string;
      readonly license: string;
    };
    const text = license === undefined ? '' : readFileSync(join(path, license), 'utf8').trim();
    return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${text}\n`;
  });
  return texts.join('\n---\n\n');
}

/**
 * Points every import of the protocol and of mediasoup-client at the copy in the
 * package; and the types' imports at types, which the compiler
 * leaves as they were written.
 */
function link(): void {
  const homes = findHomes();
  const copies = {
    [PROTOCOL]: join(staging, 'protocol', 'index.js'),
    [MEDIA]: join(staging, 'vendor', `${MEDIA}.js`),
  };
  for (const name of readdirSync(staging, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|d\.ts)$/.test(name)) continue;
    const file = join(staging, name);
    let linked = readFileSync(file, 'utf8').replaceAll(
      /((?:from |import\()['"]\.[^'"]*)\.ts(['"])/g,
      '$1.js$2',
    );
    if (file.endsWith('.js')) {
      linked = linked.replaceAll(
        /^import \{ ([\w\s,]+) \} from ['"]@balai\/protocol['"];$/gm,
        (_, list: string) =>
          (list.match(/\w+/g) ?? [])
            .map((one) => `import { ${one} } from '${pathTo(homes.get(one) ?? fail(one), file)}';`)
            .join('\n'),
      );
    }
    for (const [name, copy] of Object.entries(copies)) {
      // The types of mediasoup-client are the SDK's own affair: nothing public names them.
      if (name === MEDIA && file.endsWith('.d.ts')) continue;
      linked = linked.replaceAll(
        new RegExp(`(['"])${name}(['"])`, 'g'),
        `$1${pathTo(copy, file)}$2`,
      );
    }
    writeFileSync(file, linked);
  }
}

/**
 * The modules of the protocol, by the values that they export. Code imports from these, and not
 * from the index of all: what is loaded with its first use would bring every one of them along.
 */
function findHomes(): ReadonlyMap<string, string> {
  const folder = join(staging, 'protocol');
  const modules = readdirSync(folder).filter((name) => name.endsWith('.js'));
  return new Map(
    modules.flatMap((name) =>
      [
        ...readFileSync(join(folder, name), 'utf8').matchAll(/^export (?:const|function) (\w+)/gm),
      ].map(([, value = '']) => [value, join(folder, name)] as const),
    ),
  );
}

/** How one file names another. */
function pathTo(target: string, from: string): string {
  return relative(dirname(from), target).replaceAll('\\', '/');
}

function fail(name: string): never {
  throw new Error(`The protocol has no ${name}`);
}

/** One module that needs nothing else, for `<script type="module">`. */
async function bundle(): Promise<void> {
  await build({
    entryPoints: [join(staging, 'client', 'index.js')],
    outfile: join(staging, 'bundle', 'balai-client.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: true,
    legalComments: 'linked',
    logLevel: 'warning',
    // What is staged may lie outside of the repository, where the libraries are not found.
    nodePaths: [join(here, 'node_modules'), join(here, '..', 'node_modules')],
  });
}

rmSync(staging, { recursive: true, force: true });
try {
  compile();
  link();
  await bringMedia();
  await bundle();
  rmSync(dist, { recursive: true, force: true });
  renameSync(staging, dist);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
