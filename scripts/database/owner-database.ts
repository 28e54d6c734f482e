/** The database that the scripts work on: the one of DATABASE_URL, or the embedded one. */
import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Config } from '../../server/src/compose/config.ts';
import { startPostgres } from '../setup/engines/postgres.ts';
import { acquireLock, LockHeldError } from '../setup/lock.mjs';
import { SetupError } from '../setup/say.ts';

/**
 * Runs `work` with the URL of the database's owner. An embedded database that does
 * not run is started for as long as the work takes; while `npm start` runs, its
 * database is used.
 */
export async function withOwnerDatabase<T>(
  config: Config,
  signal: AbortSignal,
  work: (url: string) => Promise<T>,
): Promise<T> {
  if (config.databaseUrl !== undefined) return work(config.databaseUrl);
  const folder = join(config.dataDir, 'postgres');
  if (!existsSync(join(folder, 'data'))) {
    throw new SetupError(
      `there is no database yet: DATABASE_URL is not set, and ${folder} holds none (npm start makes one)`,
    );
  }
  const running = await findRunning(folder);
  if (running !== undefined) return work(running);
  mkdirSync(config.dataDir, { recursive: true });
  const lock = await lockData(realpathSync(config.dataDir));
  try {
    const postgres = await startPostgres({ folder, isDurable: true, signal });
    try {
      return await work(postgres.url);
    } finally {
      await postgres.stop();
    }
  } finally {
    lock.release();
  }
}

async function lockData(data: string): ReturnType<typeof acquireLock> {
  try {
    return await acquireLock(join(data, 'start.lock'), { timeoutMs: 0 });
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new SetupError(`the database in ${data} is just being started or stopped; try again`);
  }
}

/** PostgreSQL writes its port into its lock file (the fourth line). */
async function findRunning(folder: string): Promise<string | undefined> {
  const lockPath = join(folder, 'data', 'postmaster.pid');
  if (!existsSync(lockPath)) return undefined;
  const port = readFileSync(lockPath, 'utf8').split('\n')[3];
  const password = readFileSync(join(folder, 'password'), 'utf8').trim();
  const url = `postgres://balai:${password}@127.0.0.1:${port}/balai`;
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return url;
  } catch {
    return undefined; // a lock file that a crash left; starting the server tells more
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Runs `work` with one connection of the owner. */
export async function withClient<T>(
  url: string,
  work: (client: Client) => Promise<T>,
  applicationName = 'balai-script',
): Promise<T> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: applicationName,
  });
  // The statement under way reports a lost connection; this keeps the process alive.
  client.on('error', () => undefined);
  await connect(client);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function connect(client: Client): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    throw new SetupError(
      `the database ${client.database} at ${client.host}:${client.port} does not let ${client.user} in`,
      { cause: error },
    );
  }
}

/** The release of the server: 15 to 18. */
export async function serverMajor(client: Client): Promise<number> {
  const { rows } = await client.query<{ number: string }>(
    "SELECT current_setting('server_version_num') AS number",
  );
  return Math.floor(Number(rows[0]?.number) / 10_000);
}
