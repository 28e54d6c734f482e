import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir } from './cache-dir.mjs';
import { acquireLock } from './lock.mjs';
import { npmCommand } from './npm.mjs';

/** The oldest Node.js that runs Balai: it runs TypeScript as it is. */
export const MIN_NODE_MAJOR = 24;

/** What is fetched where the machine's Node.js is older. */
const NODE_VERSION = '24.21.0';

/**
 * The path of a Node.js that is new enough: this process's own, or one from the
 * `node` npm package in a private folder under the user's cache folder.
 *
 * @param {(line: string) => void} say
 * @returns {Promise<string>}
 */
export async function findNode(say) {
  if (Number(process.versions.node.split('.')[0]) >= MIN_NODE_MAJOR) return process.execPath;
  const home = join(cacheDir(), 'node', NODE_VERSION);
  const bin = join(home, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(bin)) return bin;

  const lock = await acquireLock(`${home}.lock`, {
    onWait: (holder) => say(`Node.js: waiting for ${holder}, which fetches it`),
  });
  try {
    if (!existsSync(bin)) await installNode(home, say);
  } finally {
    lock.release();
  }
  return bin;
}

/**
 * @param {string} home
 * @param {(line: string) => void} say
 */
async function installNode(home, say) {
  say(
    `Node.js: this one is ${process.version}, Balai needs ${MIN_NODE_MAJOR}; fetching ${NODE_VERSION} from npm`,
  );
  mkdirSync(dirname(home), { recursive: true });
  const staging = mkdtempSync(`${home}.new-`);
  try {
    // The `node` package's install script links the platform's binary into place;
    // newer versions of npm run install scripts only where that is allowed.
    const manifest = { private: true, allowScripts: { node: true } };
    writeFileSync(join(staging, 'package.json'), JSON.stringify(manifest));
    const npm = npmCommand(process.execPath);
    await promisify(execFile)(
      npm.file,
      [
        ...npm.args,
        'install',
        '--no-audit',
        '--no-fund',
        '--no-save',
        '--foreground-scripts',
        `node@${NODE_VERSION}`,
      ],
      { cwd: staging, env: { ...process.env, ...npm.env } },
    );
    const bin = join(staging, 'node_modules', 'node', 'bin', 'node');
    const { stdout } = spawnSync(bin, ['--version'], { encoding: 'utf8' });
    if (stdout?.trim() !== `v${NODE_VERSION}`) throw new Error(`${bin} does not run`);
    // A folder that is there but holds no binary is what is left of a broken install.
    rmSync(home, { recursive: true, force: true });
    renameSync(staging, home);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    throw new Error(`could not install Node.js ${NODE_VERSION} with npm`, { cause: error });
  }
}
