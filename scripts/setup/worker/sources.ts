/** The worker's sources as the mediasoup npm package ships them, and our patch to them. */
import { createHash } from 'node:crypto';
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../paths.ts';
import { SetupError } from '../say.ts';

/** The mediasoup package in node_modules. */
export const mediasoupDir: string = inRoot('node_modules', 'mediasoup');

/** Our CMake project and the headers that bridge to Debian's libraries. */
export const nativeDir: string = inRoot('scripts', 'setup', 'worker', 'native');

/** One replacement in one file, which must match exactly once. */
export type Patch = { file: string; find: string; replace: string };

/**
 * The worker's BIO callback answers 1 to every control operation: OpenSSL passes
 * `operation | BIO_CB_RETURN` and it compares instead of testing the bit. With
 * Debian's OpenSSL, which knows kernel TLS, "is kernel TLS active?" is then
 * answered with yes, the write buffer is never allocated, and the first DTLS
 * handshake kills the worker. mediasoup's own OpenSSL is built without kernel TLS.
 */
export const patches: readonly Patch[] = [
  {
    file: 'src/RTC/DtlsTransport.cpp',
    find: '(operationType == BIO_CB_RETURN)',
    replace: '(operationType & BIO_CB_RETURN)',
  },
];

/** mediasoup's facts that builds and downloads depend on. */
export type MediasoupPackage = { version: string; repositoryUrl: string };

/** Reads them from the installed package. */
export function readMediasoupPackage(): MediasoupPackage {
  const { version, repository } = JSON.parse(
    readFileSync(join(mediasoupDir, 'package.json'), 'utf8'),
  ) as {
    version: string;
    repository: { url: string };
  };
  return { version, repositoryUrl: repository.url.replace(/^git\+/, '').replace(/\.git$/, '') };
}

const SOURCE_PATTERNS = ['meson.build', 'src/**', 'include/**', 'fbs/**', 'deps/**'];

/** A hash of all that goes into the compiler: mediasoup's sources, our project, our patches. */
export function hashSources(workerDir: string = join(mediasoupDir, 'worker')): string {
  const hash = createHash('sha256').update(JSON.stringify(patches));
  hashTree(hash, workerDir, SOURCE_PATTERNS);
  hashTree(hash, nativeDir, ['**']);
  return hash.digest('hex');
}

function hashTree(
  hash: ReturnType<typeof createHash>,
  folder: string,
  patterns: readonly string[],
): void {
  const entries = globSync(patterns, { cwd: folder, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    const content = readFileSync(file);
    hash.update(`${file.slice(folder.length)}\0${content.length}\0`).update(content);
  }
}

/** Copies the worker's sources, so that node_modules stays as npm made it, and patches the copy. */
export function copySources(
  target: string,
  workerDir: string = join(mediasoupDir, 'worker'),
): void {
  for (const part of ['meson.build', 'src', 'include', 'fbs', 'deps']) {
    cpSync(join(workerDir, part), join(target, part), { recursive: true });
  }
  for (const patch of patches) {
    const path = join(target, patch.file);
    writeFileSync(path, applyPatch(readFileSync(path, 'utf8'), patch));
  }
}

/** Throws when the place is not there exactly once: then a person has to look. */
export function applyPatch(source: string, { file, find, replace }: Patch): string {
  const count = source.split(find).length - 1;
  if (count !== 1) {
    throw new SetupError(
      `the patch for mediasoup's worker/${file} no longer applies: "${find}" is there ${count} times, not once. ` +
        'See whether this mediasoup version still needs it (scripts/setup/worker/sources.ts).',
    );
  }
  return source.replace(find, () => replace);
}
