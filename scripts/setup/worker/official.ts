/** mediasoup's own prebuilt worker, where its release host can be reached. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../run.ts';
import { say, warn } from '../say.ts';
import { readMediasoupPackage } from './sources.ts';
import { officialDir, platformName, startsHere, trust, workersDir } from './worker-cache.ts';

/** A machine without a way out is not kept waiting. */
const ANSWER_DEADLINE_MS = 5_000;
const DOWNLOAD_DEADLINE_MS = 120_000;

/**
 * Downloads, tests and keeps it. Undefined where the host does not answer in
 * time, has none for this platform, or it does not run here. The two variables
 * are mediasoup's own (its npm-scripts.mjs).
 */
export async function fetchOfficialWorker(signal: AbortSignal): Promise<string | undefined> {
  if (process.env['MEDIASOUP_SKIP_WORKER_PREBUILT_DOWNLOAD']) return undefined;
  const { version, repositoryUrl } = readMediasoupPackage();
  const base =
    process.env['MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL'] ||
    `${repositoryUrl}/releases/download`;
  const archive = await download(
    `${base}/${version}/mediasoup-worker-${version}-${platformName()}.tgz`,
    signal,
  );
  if (!archive) return undefined;

  const staging = join(workersDir(), `official-${process.pid}`);
  mkdirSync(staging, { recursive: true });
  try {
    const tgz = join(staging, 'worker.tgz');
    const bin = join(staging, 'mediasoup-worker');
    writeFileSync(tgz, archive);
    await run('tar', ['-xzf', tgz, '-C', staging, 'mediasoup-worker'], { signal });
    chmodSync(bin, 0o755);
    if (!startsHere(bin)) throw new Error('it does not start on this system');
    const trusted = await trust(bin, officialDir(), signal);
    say(`media worker: mediasoup's own build of ${version}`);
    return trusted;
  } catch (error) {
    signal.throwIfAborted();
    warn(
      `media worker: mediasoup's own build was not usable (${error instanceof Error ? error.message : error})`,
    );
    return undefined;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function download(url: string, signal: AbortSignal): Promise<Buffer | undefined> {
  const answered = new AbortController();
  const timer = setTimeout(() => answered.abort(), ANSWER_DEADLINE_MS);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, answered.signal, AbortSignal.timeout(DOWNLOAD_DEADLINE_MS)]),
    });
    clearTimeout(timer);
    if (!response.ok) return undefined;
    return Buffer.from(await response.arrayBuffer());
  } catch {
    signal.throwIfAborted();
    return undefined; // not reachable: the worker is built instead
  } finally {
    clearTimeout(timer);
  }
}
