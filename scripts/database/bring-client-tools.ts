import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../setup/run.ts';
import { SetupError } from '../setup/say.ts';
import { type ClientTools, chooseTools, describeTools, versionFault } from './client-tools.ts';
import { cachedClientTools, fetchClientTools } from './debian-client-tools.ts';

const DEBIAN_FOLDER = '/usr/lib/postgresql';

/**
 * The programs for a server: the oldest release that is not older than the server.
 * An archive of a newer pg_dump than needed may not go back into the same server.
 *
 * Where this machine has none, and is a Debian, they are fetched from Debian into the
 * user's cache folder; nothing is installed.
 *
 * @throws SetupError that names both versions and what to do.
 */
export async function bringClientTools(
  serverMajor: number,
  signal: AbortSignal,
): Promise<ClientTools> {
  const installed = [...findInstalledTools(), ...cachedClientTools()];
  const fetched =
    chooseTools(installed, serverMajor) ?? (await fetchClientTools(serverMajor, signal));
  if (fetched) return fetched;
  throw new SetupError(versionFault(installed, serverMajor));
}

function findInstalledTools(): ClientTools[] {
  // Debian's /usr/bin/pg_dump is a script that chooses among these by rules of its own.
  const debian = existsSync(DEBIAN_FOLDER)
    ? readdirSync(DEBIAN_FOLDER).map((name) => join(DEBIAN_FOLDER, name, 'bin'))
    : [];
  const path = findProgram('pg_dump');
  const folders = path ? [...debian, join(path, '..')] : debian;
  return folders.flatMap((folder) => toolsIn(folder) ?? []);
}

function toolsIn(folder: string): ClientTools | undefined {
  return describeTools((program) => [join(folder, program)]);
}
