/**
 * Builds the package into `dist/`, or into the folder that is named: plain ES modules and their
 * types, without dependencies. The protocol is private to this repository, so it is compiled along
 * and reached by a relative path.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const dist = resolve(process.argv[2] ?? join(here, 'dist'));
const staging = `${dist}.${process.pid}.tmp`;

/** The compiler is called by its file: a global `tsc` may be another version. */
function compile(): void {
  const packageJson = createRequire(import.meta.url).resolve('typescript/package.json');
  const project = join(here, 'tsconfig.build.json');
  execFileSync(
    process.execPath,
    [join(dirname(packageJson), 'bin', 'tsc'), '--project', project, '--outDir', staging],
    { stdio: 'inherit' },
  );
  for (const folder of ['server-sdk', 'protocol']) {
    renameSync(join(staging, folder, 'src'), join(staging, `${folder}.src`));
    rmSync(join(staging, folder), { recursive: true });
    renameSync(join(staging, `${folder}.src`), join(staging, folder));
  }
}

/** Points every import of the protocol at the copy in the package, and those of the types at types. */
function link(): void {
  for (const name of readdirSync(staging, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|d\.ts)$/.test(name)) continue;
    const file = join(staging, name);
    const protocol = relative(dirname(file), join(staging, 'protocol', 'index.js'));
    const linked = readFileSync(file, 'utf8')
      .replaceAll(/((?:from |import\()['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2')
      .replaceAll(/(['"])@balai\/protocol(['"])/g, `$1${protocol.replaceAll('\\', '/')}$2`);
    writeFileSync(file, linked);
  }
}

rmSync(staging, { recursive: true, force: true });
try {
  compile();
  link();
  rmSync(dist, { recursive: true, force: true });
  renameSync(staging, dist);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
