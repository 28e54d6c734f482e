/**
 * Debian's client programs of another release than the machine's own.
 *
 * A stable Debian has one release of PostgreSQL, while the embedded server is of
 * the newest. So the newest Debian's packages, with the libraries and the loader that they
 * were built for, are unpacked into a folder of the user's cache: apt checks their signatures,
 * no root is needed, nothing is installed, and the system's list of repositories stays as it is.
 */
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../setup/cache-dir.mjs';
import { acquireLock } from '../setup/lock.mjs';
import { findProgram, run } from '../setup/run.ts';
import { say, warn } from '../setup/say.ts';
import { type ClientTools, chooseTools, describeTools } from './client-tools.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The oldest first: each release of Debian has one of PostgreSQL. */
const SUITES = ['stable', 'testing', 'unstable'];

/** The folder with one sub-folder for each release that was fetched. */
function toolsDir(): string {
  return join(cacheDir(), 'postgres-client');
}

/** What was fetched before. */
export function cachedClientTools(): ClientTools[] {
  if (!existsSync(toolsDir())) return [];
  return readdirSync(toolsDir()).flatMap((name) =>
    /^\d+$/.test(name) ? (unpackedTools(join(toolsDir(), name)) ?? []) : [],
  );
}

/** Fetches programs for a server of this release; undefined where that cannot be done. */
export async function fetchClientTools(
  major: number,
  signal: AbortSignal,
): Promise<ClientTools | undefined> {
  const mirror = findMirror();
  if (!mirror || !findProgram('apt-get') || !findProgram('dpkg-deb') || !existsSync(KEYRING)) {
    return undefined;
  }
  const lock = await acquireLock(join(toolsDir(), 'fetch.lock'), {
    onWait: (holder) => say(`PostgreSQL's client programs: waiting for ${holder}`),
  });
  try {
    const made = chooseTools(cachedClientTools(), major);
    if (made) return made;
    say(`PostgreSQL's client programs: fetching those of ${major} from Debian, into ${toolsDir()}`);
    for (const suite of SUITES) {
      const tools = await tryFetch({ major, mirror, suite, signal });
      if (tools) return tools;
    }
    return undefined;
  } finally {
    lock.release();
  }
}

type Fetch = { major: number; mirror: string; suite: string; signal: AbortSignal };

async function tryFetch({ major, mirror, suite, signal }: Fetch): Promise<ClientTools | undefined> {
  const folder = join(toolsDir(), 'new');
  rmSync(folder, { recursive: true, force: true });
  const apt = join(folder, 'apt');
  const unpacked = join(folder, 'root');
  for (const part of ['apt/lists/partial', 'apt/cache/archives/partial', 'root']) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  writeFileSync(join(apt, 'sources.list'), `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`);
  writeFileSync(join(apt, 'status'), '');
  const options = [
    `Dir::State::Lists=${join(apt, 'lists')}`,
    // As if nothing were installed: the system's own libraries are older.
    `Dir::State::status=${join(apt, 'status')}`,
    `Dir::Cache=${join(apt, 'cache')}`,
    `Dir::Etc::SourceList=${join(apt, 'sources.list')}`,
    'Dir::Etc::SourceParts=/dev/null',
    `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`,
    'Debug::NoLocking=true',
    'Acquire::Languages=none',
    'Acquire::http::Timeout=20',
    'Acquire::Retries=2',
  ].flatMap((option) => ['-o', option]);
  const install = ['install', '--download-only', '--no-install-recommends', '-y'];
  try {
    await run('apt-get', ['-q', ...options, 'update'], { signal });
    await run('apt-get', ['-q', ...options, ...install, `postgresql-client-${major}`], { signal });
    for (const file of globSync('cache/archives/*.deb', { cwd: apt })) {
      await run('dpkg-deb', ['-x', join(apt, file), unpacked], { signal });
    }
  } catch (error) {
    signal.throwIfAborted();
    warn(
      `Debian ${suite} has no postgresql-client-${major} for this machine, or cannot be reached`,
    );
    writeFileSync(join(toolsDir(), 'fetch.log'), `${error}\n`);
    return undefined;
  }
  if (!unpackedTools(unpacked)) return undefined;
  const target = join(toolsDir(), String(major));
  rmSync(target, { recursive: true, force: true });
  renameSync(unpacked, target);
  rmSync(folder, { recursive: true });
  return unpackedTools(target);
}

/** The programs in a folder where packages were unpacked, run by the loader beside them. */
function unpackedTools(folder: string): ClientTools | undefined {
  const [bin] = globSync('usr/lib/postgresql/*/bin', { cwd: folder });
  const [loader] = globSync('usr/lib/*-linux-gnu/ld-linux-*.so.*', { cwd: folder });
  if (!bin || !loader) return undefined;
  const path = join(folder, loader);
  return describeTools((program) => {
    const file = join(folder, bin, program);
    return [path, '--library-path', join(path, '..'), '--argv0', file, file];
  });
}

/** The mirror that this Debian is set up with; undefined on another system. */
function findMirror(): string | undefined {
  const parts = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : []),
  ];
  for (const file of files) {
    if (!/\.(list|sources)$/.test(file) || !existsSync(file)) continue;
    // Not debian-security, which has the stable releases only.
    const [url] = /https?:\/\/\S+\/debian(?=\/?\s)/.exec(readFileSync(file, 'utf8')) ?? [];
    if (url) return url;
  }
  return undefined;
}
