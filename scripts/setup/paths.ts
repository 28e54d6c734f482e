import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's folder. */
export const root: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where a run keeps what must outlive it: BALAI_DATA_DIR, by default `.data` in the clone. */
export function dataDir(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(root, env['BALAI_DATA_DIR'] || '.data');
}

/** A path inside the clone. */
export function inRoot(...parts: string[]): string {
  return join(root, ...parts);
}
