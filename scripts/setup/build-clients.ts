/** Builds both SDKs and the web app when what they are made of has changed. */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { acquireLock } from './lock.mjs';
import { npmCommand } from './npm.mjs';
import { inRoot } from './paths.ts';
import { RunError, run } from './run.ts';
import { elapsed, SetupError, say } from './say.ts';

/** Each workspace with the folders that go into it; in the order of their dependence. */
const BUILDS = [
  { workspace: 'client-sdk', inputs: ['protocol', 'client-sdk'] },
  { workspace: 'server-sdk', inputs: ['protocol', 'server-sdk'] },
  { workspace: 'web', inputs: ['protocol', 'client-sdk', 'web'] },
] as const;

/** Brings all of them up to date. Two runs in one clone wait for each other. */
export async function buildClients(signal: AbortSignal): Promise<void> {
  const stale = BUILDS.filter(({ workspace, inputs }) => !isFresh(workspace, hashInputs(inputs)));
  if (stale.length === 0) return;
  const lock = await acquireLock(inRoot('node_modules', '.cache', 'balai', 'build.lock'), {
    onWait: (holder) => say(`web app: waiting for ${holder}, which builds it`),
  });
  try {
    for (const { workspace, inputs } of BUILDS) await buildOne(workspace, inputs, signal);
  } finally {
    lock.release();
  }
}

async function buildOne(
  workspace: string,
  inputs: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const hash = hashInputs(inputs);
  if (!hasBuildScript(workspace) || isFresh(workspace, hash)) return;
  const startedAt = performance.now();
  const npm = npmCommand(process.execPath);
  try {
    const args = [...npm.args, 'run', 'build', '--workspace', workspace];
    await run(npm.file, args, { cwd: inRoot(), env: npm.env, signal });
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw new SetupError(`building ${workspace} failed:\n${error.message}`);
  }
  mkdirSync(dirname(stampPath(workspace)), { recursive: true });
  writeFileSync(stampPath(workspace), hash);
  say(`${workspace}: built in ${elapsed(startedAt)}`);
}

function isFresh(workspace: string, hash: string): boolean {
  if (!hasBuildScript(workspace)) return true;
  const stamp = stampPath(workspace);
  return (
    existsSync(inRoot(workspace, 'dist')) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === hash
  );
}

function stampPath(workspace: string): string {
  return inRoot('node_modules', '.cache', 'balai', `${workspace}.built`);
}

function hasBuildScript(workspace: string): boolean {
  const path = inRoot(workspace, 'package.json');
  if (!existsSync(path)) return false;
  const { scripts } = JSON.parse(readFileSync(path, 'utf8')) as {
    scripts?: Record<string, string>;
  };
  return scripts?.['build'] !== undefined;
}

/** Every file but tests and what builds make; the lock file stands for the dependencies. */
function hashInputs(folders: readonly string[]): string {
  const hash = createHash('sha256').update(readFileSync(inRoot('package-lock.json')));
  for (const folder of folders) {
    const files = globSync('**', {
      cwd: inRoot(folder),
      withFileTypes: true,
      exclude: (entry) =>
        ['dist', 'node_modules'].includes(entry.name) || /\.test\.tsx?$/.test(entry.name),
    }).filter((entry) => entry.isFile());
    for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
      const content = readFileSync(path);
      hash.update(`${path.slice(inRoot().length)}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
}
