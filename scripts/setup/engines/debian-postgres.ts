import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresBinaries } from './postgres-account.ts';

const LIBRARIES = '/usr/lib/postgresql';
const OLDEST_SUPPORTED = 15;

/** A PostgreSQL that a Debian package brought. */
export type DebianPostgres = { major: number; binaries: PostgresBinaries };

/**
 * The oldest one that Balai supports, of those installed: beside the embedded one,
 * which is the newest, it shows that the schema works on both ends of the range.
 *
 * @param libraries Where Debian's packages put them; tests name another folder.
 */
export function findDebianPostgres(libraries: string = LIBRARIES): DebianPostgres | undefined {
  const [major] = versionsIn(libraries)
    .filter((version) => version >= OLDEST_SUPPORTED)
    .sort((a, b) => a - b);
  if (major === undefined) return undefined;
  const program = (name: string): string => join(libraries, String(major), 'bin', name);
  return {
    major,
    binaries: {
      postgres: program('postgres'),
      initdb: program('initdb'),
      share: join('/usr/share/postgresql', String(major)),
    },
  };
}

/** A folder of a version may hold only its client: the server is what counts. */
function versionsIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => readdirSync(join(folder, name, 'bin')).includes('postgres'))
      .map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
