/** What Balai needs from the system, found first, and installed with apt-get where allowed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cacheDir } from './cache-dir.mjs';
import { acquireLock } from './lock.mjs';
import { findProgram, output, RunError, run } from './run.ts';
import { SetupError, say, warn } from './say.ts';

const APT_LOCK_SECONDS = 300;

/** One thing that must be there, and the Debian packages that bring it. */
export type SystemNeed = {
  /** Why, for the line that the user reads. */
  purpose: string;
  packages: readonly string[];
  isPresent: () => boolean;
};

/**
 * A Redis server. On Debian the packages `redis-server` and `valkey-server` bring
 * nothing but a system service and its configuration: a server for everybody on
 * port 6379, enabled at boot, which Balai has no use for. The program itself is in
 * `redis-tools` (and `valkey-tools`), where one binary serves by the name that it
 * is called with. So that package is installed, and no service.
 */
export const redisNeed: SystemNeed = {
  purpose: 'Redis',
  packages: ['redis-tools'],
  isPresent: () => findRedis() !== undefined,
};

/** How to run the Redis server found on this machine. */
export type RedisProgram = { path: string; argv0: string };

/** redis-server or valkey-server, or the tools' binary that becomes one. */
export function findRedis(): RedisProgram | undefined {
  const server = findProgram('redis-server', 'valkey-server');
  if (server) return { path: server, argv0: server };
  for (const [tool, argv0] of [
    ['redis-check-rdb', 'redis-server'],
    ['valkey-check-rdb', 'valkey-server'],
  ] as const) {
    const path = findProgram(tool);
    if (path && isServer(path, argv0)) return { path, argv0 };
  }
  return undefined;
}

function isServer(path: string, argv0: string): boolean {
  const { stdout } = spawnSync(path, ['--version'], { argv0, encoding: 'utf8' });
  return /server v=/.test(stdout ?? '');
}

/** A TURN server, for the tests. The package also brings a service, which they do not use. */
export const coturnNeed: SystemNeed = {
  purpose: 'coturn for the tests',
  packages: ['coturn'],
  isPresent: () => findProgram('turnserver') !== undefined,
};

/** PgBouncer, for the tests behind a pooler. The package also brings a service, which they do not use. */
export const pgBouncerNeed: SystemNeed = {
  purpose: 'PgBouncer for the tests',
  packages: ['pgbouncer'],
  isPresent: () => findProgram('pgbouncer') !== undefined,
};

/** promtool, for the tests of alerts. The package also brings Prometheus as a service, which they do not use. */
export const promtoolNeed: SystemNeed = {
  purpose: 'promtool for the tests',
  packages: ['prometheus'],
  isPresent: () => findProgram('promtool') !== undefined,
};

/** Networks of their own, for tests that cut and narrow them. Only root can make some. */
export const networksNeed: SystemNeed = {
  purpose: 'networks for the tests',
  packages: ['iproute2', 'nftables'],
  isPresent: () =>
    process.getuid?.() !== 0 ||
    ['ip', 'tc', 'nft'].every((program) => findProgram(program) !== undefined),
};

/** Chromium, for the browser tests. */
export const chromiumNeed: SystemNeed = {
  purpose: 'Chromium for the browser tests',
  packages: ['chromium'],
  isPresent: () => findProgram('chromium', 'chromium-browser', 'google-chrome') !== undefined,
};

/** Firefox, for the browser tests. Elsewhere than on Debian it has its plain name. */
export const firefoxNeed: SystemNeed = {
  purpose: 'Firefox for the browser tests',
  packages: ['firefox-esr'],
  isPresent: () => findProgram('firefox-esr', 'firefox') !== undefined,
};

/** What compiling the media worker takes, besides libsrtp. */
export const workerBuildNeeds: readonly SystemNeed[] = [
  program('cmake', 'cmake'),
  program('ninja-build', 'ninja'),
  program('g++', 'c++', 'g++'),
  program('pkg-config', 'pkg-config', 'pkgconf'),
  program('flatbuffers-compiler', 'flatc'),
  library('libflatbuffers-dev', 'flatbuffers'),
  library('libssl-dev', 'libssl'),
  library('libuv1-dev', 'libuv'),
  library('libabsl-dev', 'absl_flat_hash_map'),
];

/** Unpacks Debian's source packages. */
export const sourceUnpackNeed: SystemNeed = program('dpkg-dev', 'dpkg-source');

/** Debian's own binary of libsrtp, where its source cannot be had. */
export const libsrtpBinaryNeed: SystemNeed = library('libsrtp2-dev', 'libsrtp2');

function program(packageName: string, ...names: string[]): SystemNeed {
  return {
    purpose: 'building the media worker',
    packages: [packageName],
    isPresent: () => findProgram(...names) !== undefined,
  };
}

function library(packageName: string, pkgConfigName: string): SystemNeed {
  return {
    purpose: 'building the media worker',
    packages: [packageName],
    isPresent: () => output('pkg-config', ['--exists', pkgConfigName]) !== undefined,
  };
}

/**
 * Installs what is missing in one go, or throws with the command that would.
 * All needs of a run are passed at once, so that nothing is left half done.
 */
export async function ensureSystemPackages(
  needs: readonly SystemNeed[],
  signal: AbortSignal,
): Promise<void> {
  if (needs.every((need) => need.isPresent())) return;
  // `npm start` and `npm test` may need the same on a new machine at the same time.
  const lock = await acquireLock(join(cacheDir(), 'apt.lock'), {
    onWait: (holder) => say(`system packages: waiting for ${holder}, which installs some`),
  });
  try {
    const missing = needs.filter((need) => !need.isPresent());
    if (missing.length > 0) await install(missing, signal);
  } finally {
    lock.release();
  }
}

async function install(missing: readonly SystemNeed[], signal: AbortSignal): Promise<void> {
  const packages = [...new Set(missing.flatMap((need) => need.packages))];
  const purposes = [...new Set(missing.map((need) => need.purpose))].join(', ');
  const command = `apt-get update && apt-get install --no-install-recommends ${packages.join(' ')}`;
  const prefix = aptPrefix();
  if (!prefix) throw new SetupError(`needed for ${purposes}; as root, run: ${command}`);

  say(`system packages for ${purposes}: apt-get install ${packages.join(' ')}`);
  try {
    await apt(prefix, ['update'], signal);
  } catch (error) {
    signal.throwIfAborted();
    // One of several repositories may be out of order; the packages tell.
    warn(`apt-get update had faults: ${error instanceof RunError ? error.tail.at(-1) : error}`);
  }
  try {
    await apt(prefix, ['install', '-y', '--no-install-recommends', ...packages], signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new SetupError(`needed for ${purposes}; this failed: ${command}`, { cause: error });
  }
  const stillMissing = missing.filter((need) => !need.isPresent());
  if (stillMissing.length > 0) {
    const names = stillMissing.flatMap((need) => need.packages).join(' ');
    throw new SetupError(`apt-get installed ${names}, but what they should bring was not found`);
  }
}

/** Runs apt-get; where another one is at work, as on a machine that just booted, after it. */
async function apt(prefix: string[], args: string[], signal: AbortSignal): Promise<void> {
  const [file = '', ...words] = [
    ...prefix,
    ...['env', 'DEBIAN_FRONTEND=noninteractive'],
    ...['apt-get', '-q', '-o', `DPkg::Lock::Timeout=${APT_LOCK_SECONDS}`, ...args],
  ];
  const deadline = performance.now() + APT_LOCK_SECONDS * 1000;
  for (;;) {
    try {
      return await run(file, words, { signal });
    } catch (error) {
      // apt waits for the lock of packages, not for the one of lists.
      const isLocked =
        error instanceof RunError && error.tail.some((line) => /lists\/lock/.test(line));
      if (!isLocked || performance.now() > deadline) throw error;
      await delay(2_000, undefined, { signal });
    }
  }
}

/** What goes before apt-get; undefined where it is missing or not allowed. */
function aptPrefix(): string[] | undefined {
  if (!findProgram('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  const sudo = findProgram('sudo');
  return sudo && output(sudo, ['-n', 'true']) !== undefined ? [sudo, '-n'] : undefined;
}
