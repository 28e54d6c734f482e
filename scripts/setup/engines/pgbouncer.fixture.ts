/** A real PgBouncer with the sample configuration, for tests. */
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { inRoot } from '../paths.ts';
import { findProgram, output } from '../run.ts';
import { SetupError } from '../say.ts';
import { type Engine, onFreePort, spawnOwned, untilReady } from './engine.ts';

/** Options of {@link startPgBouncer}. */
export type PgBouncerOptions = {
  folder: string;
  /** Of the role that comes through it. */
  upstreamUrl: string;
  /** Connections to PostgreSQL: fewer than the sample's, so that each has many users. */
  poolSize: number;
  signal: AbortSignal;
};

/** Starts it as `config/pgbouncer.ini` says, at other places. Its URL is the role's, through it. */
export async function startPgBouncer(options: PgBouncerOptions): Promise<Engine> {
  const { folder, upstreamUrl, signal } = options;
  const program = findProgram('pgbouncer');
  if (!program) throw new SetupError('no pgbouncer was found (Debian package pgbouncer)');
  const { host, port: upstreamPort, user, database, password } = new Client(upstreamUrl);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const usersPath = join(folder, 'userlist.txt');
  const configPath = join(folder, 'pgbouncer.ini');
  const logPath = join(folder, 'pgbouncer.log');
  writeFileSync(usersPath, `"${user}" "${password}"\n`, { mode: 0o600 });
  const privileges = account([folder, usersPath]);

  return await onFreePort(logPath, async (port) => {
    const settings = {
      balai: undefined,
      listen_port: String(port),
      auth_file: usersPath,
      default_pool_size: String(options.poolSize),
      reserve_pool_size: '0',
      // What it says goes to our log by standard error.
      logfile: undefined,
      pidfile: undefined,
      unix_socket_dir: '',
    };
    const databases = `${database} = host=${host} port=${upstreamPort} dbname=${database}`;
    writeFileSync(configPath, changed(settings, databases), { mode: 0o644 });
    const child = spawnOwned({
      file: program,
      args: [configPath],
      cwd: '/',
      privileges,
      logPath,
      stopSignal: 'SIGINT',
      stopDeadlineMs: 5_000,
    });
    const url = new URL(`postgres://127.0.0.1:${port}/${database}`);
    url.username = user ?? '';
    url.password = password ?? '';
    try {
      const attempt = (): Promise<boolean> => answers(url.href);
      await untilReady('PgBouncer', child, attempt, { deadlineMs: 15_000, logPath, signal });
    } catch (error) {
      await child.stop();
      throw error;
    }
    return { url: url.href, ended: child.ended, stop: child.stop };
  });
}

/** The sample with these settings; undefined takes one out. Each must be in it. */
function changed(settings: Record<string, string | undefined>, databases: string): string {
  let text = readFileSync(inRoot('config', 'pgbouncer.ini'), 'utf8');
  for (const [name, value] of Object.entries(settings)) {
    const line = new RegExp(`^${name} = .*\\n`, 'm');
    if (!line.test(text)) throw new Error(`config/pgbouncer.ini does not set ${name}`);
    text = text.replace(line, value === undefined ? '' : `${name} = ${value}\n`);
  }
  return text.replace('[databases]\n', `[databases]\n${databases}\n`);
}

/** It refuses to run as root, as PostgreSQL does, whose user it takes then. */
function account(paths: readonly string[]): string[] {
  if (process.getuid?.() !== 0) return [];
  const [uid, gid] = [output('id', ['-u', 'postgres']), output('id', ['-g', 'postgres'])];
  if (!uid || !gid) throw new SetupError('there is no user postgres');
  for (const path of paths) chownSync(path, Number(uid), Number(gid));
  return [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false; // not yet; untilReady has a deadline and shows the log
  } finally {
    await client.end().catch(() => undefined);
  }
}
