import { delimiter, dirname } from 'node:path';

/**
 * How to run npm with the given Node.js: the npm that runs us, when one does,
 * else the one on PATH. `env` is added to the environment of the call.
 *
 * @param {string} node
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {{ file: string, args: string[], env: Record<string, string> }}
 */
export function npmCommand(node, env = process.env) {
  // npm's own children (install scripts, build tools) find this Node.js first.
  const path = `${dirname(node)}${delimiter}${env['PATH'] ?? ''}`;
  const script = env['npm_execpath'];
  const isNpm = script !== undefined && /npm-cli\.c?js$/.test(script);
  return isNpm
    ? { file: node, args: [script], env: { PATH: path } }
    : { file: 'npm', args: [], env: { PATH: path } };
}
