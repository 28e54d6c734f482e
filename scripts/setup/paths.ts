import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's folder. */
export const root: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A path inside the clone. */
export function inRoot(...parts: string[]): string {
  return join(root, ...parts);
}
