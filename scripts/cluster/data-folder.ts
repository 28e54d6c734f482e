import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock, LockHeldError } from '../setup/lock.mjs';
import { inRoot } from '../setup/paths.ts';
import { SetupError } from '../setup/say.ts';

/** Clusters beside each other that were given no folder. */
const MAX_CLUSTERS = 50;

/** A folder that is ours until it is released. */
export type DataFolder = { readonly path: string; release(): void };

/**
 * Takes a folder for a cluster.
 *
 * @param wanted Undefined takes the first of `.data/cluster-1`, `.data/cluster-2` … that no other cluster uses.
 */
export async function takeDataFolder(wanted: string | undefined): Promise<DataFolder> {
  if (wanted !== undefined) return await takeOrTell(wanted);
  for (let number = 1; number <= MAX_CLUSTERS; number += 1) {
    try {
      return await take(inRoot('.data', `cluster-${number}`));
    } catch (error) {
      if (!(error instanceof LockHeldError)) throw error;
    }
  }
  throw new SetupError(`${MAX_CLUSTERS} clusters run in this folder already`);
}

async function takeOrTell(folder: string): Promise<DataFolder> {
  try {
    return await take(folder);
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new SetupError(`another cluster runs with the data in ${folder}: ${error.holder}`);
  }
}

async function take(folder: string): Promise<DataFolder> {
  // Passable, for PostgreSQL's own user.
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const path = realpathSync(folder);
  const lock = await acquireLock(join(path, 'cluster.lock'), { timeoutMs: 0 });
  return { path, release: () => lock.release() };
}
