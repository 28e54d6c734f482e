/**
 * Runs scripts/VERB.ts in a process of its own, with the Node.js and the dependencies
 * that it needs. Plain JavaScript for Node.js 18 or later without dependencies, because
 * it brings these.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDependencies } from './dependencies.mjs';
import { findNode } from './node-runtime.mjs';

const scripts = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(scripts);

/**
 * Ends this process with the status of the verb's.
 *
 * @param {string | undefined} verb
 * @param {string[]} args
 * @param {string} usage Shown where there is no such verb.
 */
export async function launchVerb(verb, args, usage) {
  const script = join(scripts, `${verb}.ts`);
  if (!verb || !/^[a-z-]+$/.test(verb) || !existsSync(script)) {
    process.stderr.write(usage);
    process.exit(2);
  }
  try {
    const node = await findNode(say);
    // An image has all that it needs, and no lock file.
    if (existsSync(join(root, 'package-lock.json'))) await installDependencies(root, node, say);
    start(node, script, args);
  } catch (error) {
    fail(error);
  }
}

/**
 * With the same standard streams. The channel between us tells the verb when this process
 * is gone, even by SIGKILL.
 *
 * @param {string} node
 * @param {string} script
 * @param {string[]} args
 */
function start(node, script, args) {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', script, ...args], {
    cwd: root,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, BALAI_BOOTSTRAPPED: '1' },
  });
  // In a terminal Ctrl-C reaches the verb too; it takes the second one for the same.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal));
  }
  child.once('error', fail);
  child.once('exit', (status, signal) => {
    process.exit(status ?? 128 + (signal ? constants.signals[signal] : 0));
  });
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`· ${line}\n`);
}

/** @param {unknown} error */
function fail(error) {
  for (let cause = error; cause; cause = cause instanceof Error ? cause.cause : undefined) {
    process.stderr.write(`✗ ${cause instanceof Error ? cause.message : String(cause)}\n`);
  }
  process.exit(1);
}
