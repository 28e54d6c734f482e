import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Balai's folder in the user's cache folder (XDG Base Directory Specification,
 * which says that a relative XDG_CACHE_HOME is to be ignored).
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string}
 */
export function cacheDir(env = process.env) {
  const base = env['XDG_CACHE_HOME'];
  return join(base && isAbsolute(base) ? base : join(homedir(), '.cache'), 'balai');
}
