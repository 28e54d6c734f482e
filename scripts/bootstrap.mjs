/**
 * `node scripts/bootstrap.mjs VERB [ARGS]` runs scripts/VERB.ts. It is plain
 * JavaScript for Node.js 18 or later without dependencies, because its work is to
 * bring the Node.js and the dependencies that the rest is written for.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDependencies } from './setup/dependencies.mjs';
import { findNode } from './setup/node-runtime.mjs';

const scripts = dirname(fileURLToPath(import.meta.url));
const root = dirname(scripts);

/** @param {string} line */
function say(line) {
  process.stderr.write(`· ${line}\n`);
}

/**
 * Runs the verb with the same standard streams. The channel between us tells the
 * verb when this process is gone, even by SIGKILL.
 *
 * @param {string} node
 * @param {string} script
 * @param {string[]} args
 */
function runVerb(node, script, args) {
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

/** @param {unknown} error */
function fail(error) {
  for (let cause = error; cause; cause = cause instanceof Error ? cause.cause : undefined) {
    process.stderr.write(`✗ ${cause instanceof Error ? cause.message : String(cause)}\n`);
  }
  process.exit(1);
}

const [verb, ...args] = process.argv.slice(2);
const script = join(scripts, `${verb}.ts`);
if (!verb || !/^[a-z-]+$/.test(verb) || !existsSync(script)) {
  process.stderr.write('usage: node scripts/bootstrap.mjs start|test|docs|build-worker [ARGS]\n');
  process.exit(2);
}
try {
  const node = await findNode(say);
  await installDependencies(root, node, say);
  runVerb(node, script, args);
} catch (error) {
  fail(error);
}
