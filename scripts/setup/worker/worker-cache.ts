/**
 * Where workers are kept: one folder per kind of worker in the user's cache
 * folder. A folder gets its final name only after its worker passed the
 * self-test, so whatever is found there was trusted once on this machine.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform, release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from '../cache-dir.mjs';
import { output, run } from '../run.ts';
import { hashSources, readMediasoupPackage } from './sources.ts';

/** Which libsrtp is in a worker that was built here: from source with OpenSSL, or Debian's binary. */
export type SrtpFlavour = 'srtp-openssl' | 'srtp-system';

/** What CMake is told beyond our project's defaults; part of the cache key. */
export const BUILD_FLAGS: readonly string[] = ['-DCMAKE_BUILD_TYPE=Release'];

const BINARY = 'mediasoup-worker';

/** The folder of all workers. */
export function workersDir(): string {
  return join(cacheDir(), 'worker');
}

/** The folder for mediasoup's own build. */
export function officialDir(): string {
  return join(workersDir(), `${readMediasoupPackage().version}-official-${platformName()}`);
}

/** The folder for a build from these sources, by this compiler, on this system. */
export function builtDir(flavour: SrtpFlavour): string {
  const { version } = readMediasoupPackage();
  const key = buildKey({
    sources: hashSources(),
    flags: [...BUILD_FLAGS, flavour],
    compiler: output('c++', ['--version'])?.split('\n')[0] ?? 'none',
    system: systemName(),
  });
  return join(workersDir(), `${version}-${flavour}-${key}`);
}

/** All that makes one build differ from another. */
export type BuildInputs = {
  sources: string;
  flags: readonly string[];
  compiler: string;
  system: string;
};

/** A short name for a set of inputs. */
export function buildKey(inputs: BuildInputs): string {
  const canonical = JSON.stringify([inputs.sources, inputs.flags, inputs.compiler, inputs.system]);
  return createHash('sha256').update(canonical).digest('hex').slice(0, 16);
}

/** As mediasoup names its prebuilt workers. */
export function platformName(): string {
  const kernel = platform() === 'linux' ? `-kernel${release().split('.')[0]}` : '';
  return `${platform()}-${arch()}${kernel}`;
}

/** The system whose shared libraries the binary is linked with. */
function systemName(): string {
  const osRelease = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const field = (name: string): string =>
    new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(osRelease)?.[1] ?? '';
  return `${field('ID')}-${field('VERSION_ID')}-${arch()}`;
}

/** The trusted worker in a folder, if it is there and its libraries still are. */
export function findTrusted(folder: string): string | undefined {
  const bin = join(folder, BINARY);
  return existsSync(bin) && startsHere(bin) ? bin : undefined;
}

/**
 * Whether the binary can be loaded on this machine: without the environment that
 * mediasoup gives it, a worker exits with 41 (mediasoup's own check, see main.cpp).
 */
export function startsHere(bin: string): boolean {
  return spawnSync(bin, [], { env: {}, stdio: 'ignore', timeout: 5_000 }).status === 41;
}

/** Tests a worker and moves it to its folder. Throws with what it failed at. */
export async function trust(
  candidate: string,
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  await selfTest(candidate, signal);
  const staging = `${folder}.new-${process.pid}`;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  renameSync(candidate, join(staging, BINARY));
  writeFileSync(join(staging, 'tested-at'), `${new Date().toISOString()}\n`);
  // What stood here before did not start (see findTrusted).
  rmSync(folder, { recursive: true, force: true });
  renameSync(staging, folder);
  return join(folder, BINARY);
}

/** Connects two peers through the worker, in a process of its own (see self-test.ts). */
export async function selfTest(bin: string, signal: AbortSignal): Promise<void> {
  const script = fileURLToPath(new URL('self-test.ts', import.meta.url));
  try {
    await run(process.execPath, [script, bin], { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`the media worker ${bin} failed its self-test`, { cause: error });
  }
}
