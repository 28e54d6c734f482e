/**
 * libsrtp's source from Debian. Debian's binary does its ciphers with NSS; the
 * same source with OpenSSL takes 15 to 22 % less of the worker's CPU per packet.
 *
 * `apt-get source` wants source repositories, which few systems have switched on.
 * The system's own list is read, each binary repository in it is turned into its
 * source repository in a private folder, and apt works in there: the system's
 * configuration is not touched, no root is needed, and signatures are checked.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, output, run } from '../run.ts';

/**
 * Downloads the source package into a folder; false where that cannot be done.
 *
 * @param folder Empty, and its caller's alone: made anew under a name that others
 * saw, it could be theirs, and with it what is compiled.
 */
export async function downloadLibsrtp(folder: string, signal: AbortSignal): Promise<boolean> {
  if (!findProgram('apt-get')) return false;
  const apt = join(folder, 'apt');
  for (const part of ['lists/partial', 'cache/archives/partial', 'sources.d']) {
    mkdirSync(join(apt, part), { recursive: true });
  }
  const count = writeSources(join(apt, 'sources.d'));
  if (count === 0) return false;
  const options = [
    `Dir::State::Lists=${join(apt, 'lists')}`,
    `Dir::Cache=${join(apt, 'cache')}`,
    'Dir::Etc::SourceList=/dev/null',
    `Dir::Etc::SourceParts=${join(apt, 'sources.d')}`,
    // apt's own user cannot write to a folder in the user's cache.
    `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`,
    'Acquire::Languages=none',
    'Acquire::http::Timeout=20',
    'Acquire::Retries=2',
  ].flatMap((option) => ['-o', option]);
  try {
    await run('apt-get', ['-q', ...options, 'update'], { signal });
    await run('apt-get', ['-q', ...options, 'source', '--download-only', 'libsrtp2'], {
      cwd: folder,
      signal,
    });
  } catch {
    signal.throwIfAborted();
    return false; // no such repository, or no way there: the binary package will do
  }
  rmSync(apt, { recursive: true, force: true });
  return findDescription(folder) !== undefined;
}

/** Unpacks what was downloaded, with Debian's patches, into a new folder. */
export async function unpackLibsrtp(
  folder: string,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const description = findDescription(folder);
  if (!description) throw new Error(`no source package in ${folder}`);
  rmSync(target, { recursive: true, force: true });
  await run('dpkg-source', ['--no-copy', '-x', description, target], { cwd: folder, signal });
}

function findDescription(folder: string): string | undefined {
  return readdirSync(folder).find((name) => name.endsWith('.dsc'));
}

/** Writes the system's repositories as source repositories; how many files that made. */
function writeSources(target: string): number {
  const list = aptPath('Dir::Etc::sourcelist', '/etc/apt/sources.list');
  const parts = aptPath('Dir::Etc::sourceparts', '/etc/apt/sources.list.d');
  const files = existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : [];
  let count = 0;
  for (const file of [list, ...files]) {
    const isDeb822 = file.endsWith('.sources');
    if (!(isDeb822 || file.endsWith('.list')) || !existsSync(file)) continue;
    const text = readFileSync(file, 'utf8');
    const sources = isDeb822 ? toSourceStanzas(text) : toSourceLines(text);
    if (!sources) continue;
    writeFileSync(join(target, `${count++}${isDeb822 ? '.sources' : '.list'}`), sources);
  }
  return count;
}

function aptPath(option: string, fallback: string): string {
  return (
    output('apt-config', ['shell', 'VALUE', `${option}/f`])?.match(/^VALUE='(.*)'$/)?.[1] ??
    fallback
  );
}

/** The one-line format (sources.list(5)): every `deb` line as a `deb-src` line. */
export function toSourceLines(text: string): string {
  const lines = text.split('\n').flatMap((line) => {
    const words = /^\s*deb\s+(.*)$/.exec(line);
    // An architecture restricts binaries; a source repository has none.
    return words?.[1]
      ? [`deb-src ${words[1].replace(/\barch(\+|-)?=[^\s\]]+/, '').replace(/^\[\s*\]\s*/, '')}`]
      : [];
  });
  return lines.length > 0 ? `${lines.join('\n')}\n` : '';
}

/** The deb822 format (sources.list(5)): every enabled stanza of type `deb` as `deb-src`. */
export function toSourceStanzas(text: string): string {
  const stanzas = text
    .split(/\n\s*\n/)
    .map((stanza) =>
      stanza
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .join('\n'),
    )
    .filter(
      (stanza) =>
        /^Types:.*\bdeb\b(?!-)/im.test(stanza) && !/^Enabled:\s*(no|false)/im.test(stanza),
    )
    .map((stanza) =>
      stanza
        .replace(/^Types:.*$/im, 'Types: deb-src')
        .replace(/^Architectures:.*\n?/im, '')
        .trim(),
    );
  return stanzas.length > 0 ? `${stanzas.join('\n\n')}\n` : '';
}
