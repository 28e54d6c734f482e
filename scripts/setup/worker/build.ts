/** Builds the worker from the sources in the mediasoup npm package (see native/CMakeLists.txt). */
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { acquireLock } from '../lock.mjs';
import { RunError, run } from '../run.ts';
import { elapsed, SetupError, say, startProgress, warn } from '../say.ts';
import {
  ensureSystemPackages,
  libsrtpBinaryNeed,
  type SystemNeed,
  sourceUnpackNeed,
  workerBuildNeeds,
} from '../system-packages.ts';
import { downloadLibsrtp, unpackLibsrtp } from './libsrtp.ts';
import { copySources, nativeDir, readMediasoupPackage } from './sources.ts';
import {
  BUILD_FLAGS,
  builtDir,
  findTrusted,
  type SrtpFlavour,
  trust,
  workersDir,
} from './worker-cache.ts';

/** The compiler takes up to this much memory for one of the larger files. */
const BYTES_PER_JOB = 1.2 * 2 ** 30;

/** A trusted worker built here earlier; the better libsrtp first. */
export function findBuiltWorker(): string | undefined {
  return findTrusted(builtDir('srtp-openssl')) ?? findTrusted(builtDir('srtp-system'));
}

/** A build that was made ready without changing the system. */
export type PreparedBuild = {
  /** The system packages that {@link PreparedBuild.run} takes. */
  needs: readonly SystemNeed[];
  /** Compiles and tests; the worker's path. Its packages must be there by then. */
  run(signal: AbortSignal): Promise<string>;
};

/** Finds out which libsrtp can be had, and with it what the build needs. */
export async function prepareBuild(signal: AbortSignal): Promise<PreparedBuild> {
  say('media worker: looking for the source package of libsrtp');
  const srtpDir = mkdtempSync(join(tmpdir(), 'balai-libsrtp-'));
  const hasSource = await downloadLibsrtp(srtpDir, signal);
  if (!hasSource) {
    warn(
      'media worker: no source package of libsrtp to be had (no deb-src repository answers); with ' +
        "Debian's binary of it the worker needs 15 to 35 % more CPU per forwarded packet",
    );
  }
  return {
    needs: [...workerBuildNeeds, hasSource ? sourceUnpackNeed : libsrtpBinaryNeed],
    async run(buildSignal) {
      try {
        return await build(hasSource ? srtpDir : undefined, buildSignal);
      } finally {
        rmSync(srtpDir, { recursive: true, force: true });
      }
    },
  };
}

/** Prepares, installs what is missing, and builds: for a caller that needs nothing else. */
export async function buildWorker(signal: AbortSignal): Promise<string> {
  const prepared = await prepareBuild(signal);
  await ensureSystemPackages(prepared.needs, signal);
  return prepared.run(signal);
}

async function build(srtpDownload: string | undefined, signal: AbortSignal): Promise<string> {
  const lock = await acquireLock(join(workersDir(), 'build.lock'), {
    onWait: (holder) => say(`media worker: waiting for ${holder}, which builds it`),
  });
  try {
    // Only now: the compiler, which is part of the key, may just have been installed.
    const flavour: SrtpFlavour = srtpDownload ? 'srtp-openssl' : 'srtp-system';
    const target = builtDir(flavour);
    return findTrusted(target) ?? (await compile(target, srtpDownload, signal));
  } finally {
    lock.release();
  }
}

async function compile(
  target: string,
  srtpDownload: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const startedAt = performance.now();
  const { version } = readMediasoupPackage();
  say(`media worker: building mediasoup's worker ${version} (takes minutes, once per version)`);
  const folder = `${target}.building`;
  const logPath = `${target}.log`;
  // An interrupted build goes on where it was: ninja compares times, so copy once.
  const copied = join(folder, 'copied');
  if (!existsSync(copied)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    copySources(join(folder, 'worker'));
    if (srtpDownload) {
      await unpackLibsrtp(srtpDownload, join(folder, 'libsrtp'), signal);
    }
    writeFileSync(copied, '');
  }
  const out = join(folder, 'out');
  const progress = startProgress();
  try {
    await run(
      'cmake',
      [
        ...['-S', nativeDir, '-B', out, '-G', 'Ninja'],
        `-DWORKER_DIR=${join(folder, 'worker')}`,
        `-DSRTP_DIR=${srtpDownload ? join(folder, 'libsrtp') : ''}`,
        ...BUILD_FLAGS,
      ],
      { signal, logPath: `${target}.configure.log` },
    );
    await run('ninja', ['-C', out, '-j', String(jobCount())], {
      signal,
      logPath,
      env: { NINJA_STATUS: '[%f/%t] ' },
      onLine: (line) => progress.update(progressLine(line)),
    });
  } catch (error) {
    signal.throwIfAborted();
    const detail = error instanceof RunError ? error.message : String(error);
    throw new SetupError(
      `building the media worker failed; all it said is in ${logPath}\n${detail}`,
    );
  }
  progress.update('worker: self-test with two real DTLS handshakes');
  const trusted = await trust(join(out, 'mediasoup-worker'), target, signal);
  // This one, and those of other versions that were interrupted: we hold the lock.
  for (const done of globSync('*.building', { cwd: workersDir() })) {
    rmSync(join(workersDir(), done), { recursive: true, force: true });
  }
  progress.done(`media worker: built and tested in ${elapsed(startedAt)}`);
  return trusted;
}

/** From ninja's "[120/260] Building …" to "worker: 120/260 compile steps, 46 %". */
export function progressLine(line: string): string {
  const [, finished, total] = /^\[(\d+)\/(\d+)\]/.exec(line) ?? [];
  if (!finished || !total) return `worker: ${line}`;
  const percent = Math.floor((100 * Number(finished)) / Number(total));
  return `worker: ${finished}/${total} compile steps, ${percent} %`;
}

/** One compiler per core, fewer where memory is short. */
function jobCount(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / BYTES_PER_JOB)));
}
