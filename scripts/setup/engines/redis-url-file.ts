/** Where a Redis of our own is, for commands that run beside the server: only its owner can read it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'url';

/** @returns what takes the file away again. */
export function writeRedisUrl(folder: string, url: string): () => void {
  const path = join(folder, FILE);
  rmSync(path, { force: true });
  writeFileSync(path, url, { mode: 0o600, flag: 'wx' });
  return () => rmSync(path, { force: true });
}

/** Undefined where none was started in this folder. It may be one that is gone, after a crash. */
export function findRedisUrl(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, FILE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
