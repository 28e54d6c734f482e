/** What backups need to know of the database that they are made of, or go into. */
import type { Client } from 'pg';

/** How PostgreSQL writes the beginning of a restrictive policy of ours, OPERATOR of the migrations. */
const PASSES_OPERATORS =
  "(( SELECT pg_has_role(CURRENT_USER, 'app_admin'::name, 'USAGE'::text) AS pg_has_role) OR ";

/** Names of the migrations that have run, in order; none where nothing has. */
export async function listMigrations(client: Client): Promise<string[]> {
  const found = await client.query("SELECT to_regclass('public.knex_migrations') AS name");
  if (found.rows[0]?.name === null) return [];
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM public.knex_migrations ORDER BY id',
  );
  return rows.map(({ name }) => name);
}

/** Tables under row security of which this role may not see every row. */
export async function findHiddenTables(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `
    SELECT c.oid::regclass::text AS name FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema)'
      AND row_security_active(c.oid)
      AND NOT EXISTS (
        SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive
          AND p.polcmd IN ('*', 'r') AND pg_get_expr(p.polqual, p.polrelid) = 'true'
          AND EXISTS (SELECT FROM unnest(p.polroles) r
            WHERE r = 0 OR pg_has_role(r, 'USAGE')))
      OR EXISTS (
        SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive
          AND row_security_active(c.oid) AND p.polcmd IN ('*', 'r')
          AND NOT (pg_has_role('app_admin', 'USAGE')
            AND starts_with(pg_get_expr(p.polqual, p.polrelid), $1))
          AND EXISTS (SELECT FROM unnest(p.polroles) r
            WHERE r = 0 OR pg_has_role(r, 'USAGE')))
    ORDER BY 1`,
    [PASSES_OPERATORS],
  );
  return rows.map(({ name }) => name);
}

/** Tables of the application, quoted, with their schema. */
export async function listTables(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema)'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1`);
  return rows.map(({ name }) => name);
}

/** Ids of the keys with which stored values are encrypted. */
export async function listEncryptionKeyIds(client: Client): Promise<string[]> {
  const { rows: tables } = await client.query<{ name: string }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attname = 'encryption_key_id' AND c.relkind = 'r' AND NOT a.attisdropped`);
  const ids = new Set<string>();
  for (const { name } of tables) {
    const { rows } = await client.query<{ id: string }>(
      `SELECT DISTINCT encryption_key_id AS id FROM ${name} WHERE encryption_key_id IS NOT NULL`,
    );
    for (const { id } of rows) ids.add(id);
  }
  return [...ids].sort();
}
