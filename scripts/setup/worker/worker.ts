/** Where the media worker comes from; see {@link findWorker} for the order. */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { root } from '../paths.ts';
import { findBuiltWorker } from './build.ts';
import { fetchOfficialWorker } from './official.ts';
import { findTrusted, officialDir } from './worker-cache.ts';

/**
 * A worker that is there or can be fetched: the one that MEDIASOUP_WORKER_BIN
 * names, a trusted one in the cache, or mediasoup's own prebuilt. Undefined when
 * one has to be built.
 */
export async function findWorker(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string | undefined> {
  const given = env['MEDIASOUP_WORKER_BIN'];
  if (given) return resolve(root, given);
  return findTrusted(officialDir()) ?? findBuiltWorker() ?? (await fetchOfficialWorker(signal));
}

/** What is wrong with MEDIASOUP_WORKER_BIN; undefined when nothing is, or it is not set. */
export function workerBinFault(env: NodeJS.ProcessEnv): string | undefined {
  const given = env['MEDIASOUP_WORKER_BIN'];
  if (!given) return undefined;
  const path = resolve(root, given);
  try {
    if (!statSync(path).isFile()) return `MEDIASOUP_WORKER_BIN: ${path} is not a file`;
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return `MEDIASOUP_WORKER_BIN: ${path} ${isMissing ? 'does not exist' : 'is not executable'}`;
  }
}
