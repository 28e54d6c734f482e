/**
 * Builds the package into `dist/`, or into the folder that is named: plain ES modules and their types. The
 * protocol is private to this repository, so it is compiled along and reached
 * by a relative path; nothing else is bundled, and an application's own
 * bundler sees every module. Pages without a bundler get one file with everything in it.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PROTOCOL = '@balai/protocol';

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

/**
 * Points every import of the protocol, in code and types, at the compiled copy;
 * and the types' imports at types, which the compiler leaves as they were written.
 */
function link(): void {
  const entry = join(staging, 'protocol', 'index.js');
  for (const name of readdirSync(staging, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|d\.ts)$/.test(name)) continue;
    const file = join(staging, name);
    const path = relative(dirname(file), entry).replaceAll('\\', '/');
    const linked = readFileSync(file, 'utf8')
      .replaceAll(new RegExp(`(['"])${PROTOCOL}(['"])`, 'g'), `$1${path}$2`)
      .replaceAll(/((?:from |import\()['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2');
    writeFileSync(file, linked);
  }
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
  await bundle();
  rmSync(dist, { recursive: true, force: true });
  renameSync(staging, dist);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
