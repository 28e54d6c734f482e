/** Makes backups: whole or not at all, and never in the place of a good one. */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  createReadStream,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { acquireLock } from '../setup/lock.mjs';
import { run } from '../setup/run.ts';
import { SetupError } from '../setup/say.ts';
import { backupName, expiredBackups } from './backup-names.ts';
import { bringClientTools } from './bring-client-tools.ts';
import { clientEnvironment } from './client-environment.ts';
import type { ClientTools } from './client-tools.ts';
import { readClusterFacts } from './cluster-facts.ts';
import { ARCHIVE, type BackupMode, type Manifest, manifestFile } from './manifest.ts';
import { serverMajor, withClient } from './owner-database.ts';
import { findHiddenTables, listEncryptionKeyIds, listMigrations } from './schema-facts.ts';

/** Options of {@link backUp}. */
export type BackupOptions = {
  /** The owner's, or another role's that sees every row. */
  url: string;
  /** Gets one folder for each backup, and `backup.log`. */
  folder: string;
  mode: BackupMode;
  /** gzip's: 0 for none, up to 9. */
  compression: number;
  /** Backups of this database and mode that are older are removed, after this one succeeded. */
  maxAgeDays: number;
  signal: AbortSignal;
  /** Default: those that fit the server. */
  tools?: ClientTools;
  now?: Date;
};

/** What was made, and what was removed. */
export type MadeBackup = { path: string; bytes: number; removed: readonly string[] };

const INCOMPLETE = '.incomplete-';

/**
 * Backs a database up into a new folder of its own. One backup is made at a time
 * in a folder; a try that ends early leaves every earlier backup as it was, and a
 * line in the log.
 */
export async function backUp(options: BackupOptions): Promise<MadeBackup> {
  const { folder, mode } = options;
  // Everybody's messages and password hashes are in it.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = await acquireLock(join(folder, '.lock'), { timeoutMs: 0 });
  const startedAt = performance.now();
  const log = (text: string): void => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const line = `${new Date().toISOString()} ${mode} ${text} in ${seconds} s\n`;
    appendFileSync(join(folder, 'backup.log'), line, { mode: 0o600 });
  };
  try {
    removeIncomplete(folder);
    const made = await make(options);
    log(`Backup created: ${made.path} ${made.bytes} bytes`);
    for (const name of made.removed) log(`Backup removed by age: ${join(folder, name)}`);
    return made;
  } catch (error) {
    removeIncomplete(folder);
    const reason = error instanceof Error ? error.message : String(error);
    log(`Backup FAILED: ${reason.replaceAll(/\s*\n\s*/g, ' | ')}`);
    throw error;
  } finally {
    lock.release();
  }
}

async function make(options: BackupOptions): Promise<MadeBackup> {
  const { url, folder, mode, signal, now = new Date() } = options;
  const staging = join(folder, `${INCOMPLETE}${process.pid}`);
  mkdirSync(staging, { mode: 0o700 });
  const archive = join(staging, ARCHIVE);
  const manifest = await withClient(url, async (client) => {
    const major = await serverMajor(client);
    const tools = options.tools ?? (await bringClientTools(major, signal));
    const [program, ...words] = tools.command('pg_dump');
    const snapshot = await beginSnapshot(client);
    const rowSecurity = mode === 'schema' ? [] : await rowSecurityWords(client);
    const dump = [...dumpWords(options), ...rowSecurity, `--snapshot=${snapshot}`];
    await run(program, [...words, ...dump, `--file=${archive}`], {
      signal,
      environment: clientEnvironment(url),
    });
    await verify(tools, archive, signal);
    const written: Manifest = {
      format: 1,
      mode,
      database: client.database ?? '',
      createdAt: now.toISOString(),
      serverMajor: major,
      toolMajor: tools.major,
      archiveBytes: statSync(archive).size,
      archiveSha256: await sha256(archive),
      migrations: await listMigrations(client),
      encryptionKeyIds: mode === 'schema' ? [] : await listEncryptionKeyIds(client),
      cluster: await readClusterFacts(client),
    };
    return written;
  });
  chmodSync(archive, 0o600);
  const { name, text } = manifestFile(manifest);
  writeFileSync(join(staging, name), text, { mode: 0o600 });
  // What has its name is on the disk: the files, then their folder, then the name.
  await sync(archive);
  await sync(join(staging, name));
  await sync(staging);
  const path = freeName(folder, backupName(manifest.database, mode, now));
  renameSync(staging, path);
  await sync(folder);
  return { path, bytes: manifest.archiveBytes, removed: removeExpired(options, manifest, now) };
}

/** The dump and the facts beside it are of the same moment. */
async function beginSnapshot(client: Client): Promise<string> {
  await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
  const { rows } = await client.query<{ id: string }>('SELECT pg_export_snapshot() AS id');
  return rows[0]?.id ?? '';
}

function dumpWords({ mode, compression }: BackupOptions): string[] {
  return [
    '--format=custom',
    `--compress=${compression}`,
    '--no-password',
    // A migration or a REINDEX under way must end this, not hold it for ever.
    '--lock-wait-timeout=60000',
    ...(mode === 'schema' ? ['--schema-only'] : []),
    // Which migrations ran is a fact of the schema, which a data backup goes back into.
    ...(mode === 'data' ? ['--data-only', '--exclude-table=knex_migrations*'] : []),
  ];
}

/**
 * Row security is forced on the owner of the tables too, and pg_dump refuses to
 * read a table of which it might not see every row. Where the policies show every row to
 * this role, it may; otherwise nothing is backed up rather than a part.
 */
async function rowSecurityWords(client: Client): Promise<string[]> {
  const hidden = await findHiddenTables(client);
  if (hidden.length > 0) {
    throw new SetupError(
      `${client.user} does not see every row of ${hidden.join(', ')}: ` +
        'back up as the owner of the database, who is a member of app_admin, or as a superuser',
    );
  }
  return ['--enable-row-security'];
}

/** Reads the whole archive back: a table of contents alone says nothing about the data. */
async function verify(tools: ClientTools, archive: string, signal: AbortSignal): Promise<void> {
  const [program, ...words] = tools.command('pg_restore');
  await run(program, [...words, '--list', archive], { signal });
  await run(program, [...words, '--file=/dev/null', archive], { signal });
}

/** SHA-256 of a file, in hexadecimal. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Two backups within one second. */
function freeName(folder: string, name: string): string {
  if (readdirSync(folder).includes(name)) {
    throw new SetupError(`${join(folder, name)} was made within this second; try again`);
  }
  return join(folder, name);
}

function removeExpired(options: BackupOptions, { database, mode }: Manifest, now: Date): string[] {
  const { folder, maxAgeDays } = options;
  const expired = expiredBackups(readdirSync(folder), { database, mode, maxAgeDays, now });
  for (const name of expired) rmSync(join(folder, name), { recursive: true });
  return expired;
}

/** What a killed run left. The lock is held, so none is being written. */
function removeIncomplete(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(INCOMPLETE)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
