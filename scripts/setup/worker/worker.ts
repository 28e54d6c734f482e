/** Where the media worker comes from; see {@link findWorker} for the order. */
import { findBuiltWorker } from './build.ts';
import { fetchOfficialWorker } from './official.ts';
import { findTrusted, officialDir } from './worker-cache.ts';

/**
 * A worker that is there or can be fetched: the one that the user
 * gave, a trusted one in the cache, or mediasoup's own prebuilt. Undefined when
 * one has to be built.
 */
export async function findWorker(
  given: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (given) return given;
  return findTrusted(officialDir()) ?? findBuiltWorker() ?? (await fetchOfficialWorker(signal));
}
