import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/** A program that runs JavaScript of servers. */
export interface Runtime {
  readonly name: string;
  readonly program: string;
  /** Before the name of the script. */
  readonly args: readonly string[];
}

const require = createRequire(import.meta.url);

/** The oldest Node.js that the package is for, if this machine has it. */
function findNode20(): Runtime | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  for (const program of new Set(folders.map((folder) => join(folder, 'node')))) {
    const version = existsSync(program)
      ? execFileSync(program, ['--version'], { encoding: 'utf8' })
      : '';
    if (version.startsWith('v20.')) {
      return { name: 'Node.js 20', program, args: [] };
    }
  }
  return undefined;
}

/** The first of these files of packages that there is. */
function findIn(files: readonly (readonly [name: string, file: string])[]): string | undefined {
  return files
    .map(([name, file]) => {
      try {
        return join(dirname(require.resolve(`${name}/package.json`)), file);
      } catch {
        // It is for another machine.
        return '';
      }
    })
    .find((program) => program !== '' && existsSync(program));
}

const { platform, arch } = process;

/** The runtimes that this machine has, this very one first. */
export function findRuntimes(): readonly Runtime[] {
  // The programs are in packages for one kind of machine each; an install with scripts moves some.
  const deno = findIn([
    [`@deno/${platform}-${arch}-glibc`, 'deno'],
    [`@deno/${platform}-${arch}`, 'deno'],
    ['deno', 'deno'],
  ]);
  const bunArch = arch === 'arm64' ? 'aarch64' : arch;
  const bun = findIn([
    [`@oven/bun-${platform}-${bunArch}`, 'bin/bun'],
    [`@oven/bun-${platform}-${bunArch}-musl`, 'bin/bun'],
    ['bun', 'bin/bun.exe'],
  ]);
  const node20 = findNode20();
  return [
    { name: `Node.js ${process.versions.node}`, program: process.execPath, args: [] },
    ...(node20 === undefined ? [] : [node20]),
    ...(deno === undefined
      ? []
      : [{ name: 'Deno', program: deno, args: ['run', '--allow-net', '--allow-read'] }]),
    ...(bun === undefined ? [] : [{ name: 'Bun', program: bun, args: ['run'] }]),
  ];
}
