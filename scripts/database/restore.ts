/** Puts a backup into a database: all of it in one transaction, or nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { SetupError, say } from '../setup/say.ts';
import { sha256 } from './backup.ts';
import { bringClientTools } from './bring-client-tools.ts';
import type { ClientTools } from './client-tools.ts';
import { restoreDatabaseFacts, restoreRoles } from './cluster-facts.ts';
import { loadArchive } from './load-archive.ts';
import { ARCHIVE, type Manifest, readManifest } from './manifest.ts';
import { serverMajor, withClient } from './owner-database.ts';
import { listMigrations, listTables } from './schema-facts.ts';

/** Options of {@link restore}. */
export type RestoreOptions = {
  /** The target's owner, or a superuser. */
  url: string;
  /** One backup. */
  folder: string;
  /** Whether what is in the target may be replaced. */
  isForced: boolean;
  signal: AbortSignal;
  /** Default: those that fit the target and the backup. */
  tools?: ClientTools;
};

/**
 * Restores a backup. A full or schema backup goes into an empty database, a data
 * backup into the tables of the same migrations, which must be empty. With `isForced`
 * what is there is removed first, in the same transaction. Roles that grants and policies
 * name are made where the cluster lacks them.
 *
 * @returns what the backup was.
 */
export async function restore(options: RestoreOptions): Promise<Manifest> {
  const { url, folder, isForced, signal } = options;
  const manifest = readManifest(folder);
  const archive = join(folder, ARCHIVE);
  if (!existsSync(archive) || (await sha256(archive)) !== manifest.archiveSha256) {
    throw new SetupError(`${archive} is damaged: it is not what was backed up`);
  }
  await withClient(url, async (client) => {
    const targetMajor = await serverMajor(client);
    if (targetMajor < manifest.serverMajor) {
      throw new SetupError(
        `the backup is of PostgreSQL ${manifest.serverMajor} and does not go into the older ${targetMajor}`,
      );
    }
    await checkOwner(client, manifest);
    await checkUnused(client);
    const prologue =
      manifest.mode === 'data'
        ? await prepareTables(client, manifest, isForced)
        : await prepareDatabase(client, isForced);
    const neededMajor = Math.max(targetMajor, manifest.toolMajor);
    const tools = options.tools ?? (await bringClientTools(neededMajor, signal));
    if (manifest.mode !== 'data') await restoreRoles(client, manifest.cluster);
    const epilogue = manifest.mode === 'schema' ? migrationRows(client, manifest) : '';
    await loadArchive({
      tools,
      url,
      archive,
      targetMajor,
      prologue: prologue.before,
      epilogue: prologue.after + epilogue,
      signal,
    });
    if (manifest.mode !== 'data') await restoreDatabaseFacts(client, manifest.cluster);
    say('restored; gathering statistics for the planner');
    await client.query('ANALYZE');
  });
  return manifest;
}

/** Objects keep their owner, which only that role itself or a superuser can bring about. */
async function checkOwner(client: Client, { cluster, mode }: Manifest): Promise<void> {
  const { rows } = await client.query<{ name: string; isSuperuser: boolean }>(
    'SELECT rolname AS name, rolsuper AS "isSuperuser" FROM pg_roles WHERE rolname = current_user',
  );
  const [user] = rows;
  if (mode === 'data' || user?.isSuperuser || user?.name === cluster.owner) return;
  throw new SetupError(
    `the backup is of a database of ${cluster.owner}: restore it as that role, or as a superuser`,
  );
}

/** A server would see its tables vanish and fill again. */
async function checkUnused(client: Client): Promise<void> {
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'balai'`,
  );
  if (Number(rows[0]?.count) > 0) {
    throw new SetupError('a Balai server is connected to the target: stop it first');
  }
}

type Prepared = { before: string; after: string };

async function prepareDatabase(client: Client, isForced: boolean): Promise<Prepared> {
  const tables = await listTables(client);
  if (tables.length === 0) return { before: '', after: '' };
  if (!isForced) {
    throw new SetupError(
      `the target is not empty (${tables.length} tables): name an empty database, or add --force to replace what is in it`,
    );
  }
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(nspname) AS name FROM pg_namespace
     WHERE nspname !~ '^(pg_|information_schema$)' AND nspname <> 'public'
       AND pg_has_role(nspowner, 'USAGE')`,
  );
  return {
    before: [
      'SET client_min_messages = warning;',
      ...['public', ...rows.map(({ name }) => name)].map((name) => `DROP SCHEMA ${name} CASCADE;`),
      // As initdb makes it.
      'CREATE SCHEMA public AUTHORIZATION pg_database_owner;',
      "COMMENT ON SCHEMA public IS 'standard public schema';",
      'GRANT USAGE ON SCHEMA public TO PUBLIC;',
      'RESET client_min_messages;',
      '',
    ].join('\n'),
    after: '',
  };
}

async function prepareTables(
  client: Client,
  manifest: Manifest,
  isForced: boolean,
): Promise<Prepared> {
  const present = await listMigrations(client);
  if (present.join() !== manifest.migrations.join()) {
    throw new SetupError(
      `the data are of a schema with ${manifest.migrations.length} migrations (${manifest.migrations.at(-1) ?? 'none'}), ` +
        `the target has ${present.length} (${present.at(-1) ?? 'none'}): bring it to the same ones first`,
    );
  }
  const tables = (await listTables(client)).filter((name) => !/\.knex_migrations/.test(name));
  for (const table of isForced ? [] : tables) {
    const { rowCount } = await client.query(`SELECT FROM ${table} LIMIT 1`);
    if (rowCount !== 0) {
      throw new SetupError(`${table} is not empty: add --force to replace all rows`);
    }
  }
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND c.relforcerowsecurity`,
  );
  // COPY FROM does not go through row security, which is forced on the owner as well.
  const force = (word: string): string =>
    rows.map(({ name }) => `ALTER TABLE ${name} ${word} ROW LEVEL SECURITY;\n`).join('');
  // Rows of projects and of their service users need one another: no order fits both.
  return {
    before: `${isForced ? `TRUNCATE ${tables.join(', ')};\n` : ''}${force('NO FORCE')}SET CONSTRAINTS ALL DEFERRED;\n`,
    after: `SET CONSTRAINTS ALL IMMEDIATE;\n${force('FORCE')}`,
  };
}

/** Without them the next start would make every table a second time. */
function migrationRows(client: Client, { migrations, createdAt }: Manifest): string {
  const rows = migrations.map(
    (name) => `(${client.escapeLiteral(name)}, 1, ${client.escapeLiteral(createdAt)})`,
  );
  if (rows.length === 0) return '';
  return `INSERT INTO public.knex_migrations (name, batch, migration_time) VALUES ${rows.join(', ')};
INSERT INTO public.knex_migrations_lock (is_locked) VALUES (0);\n`;
}
