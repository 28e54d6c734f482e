import type { Queryable } from '../src/store/postgres/postgres.ts';

/** Tables of the migration tool are not part of the schema. */
const OURS = `NOT LIKE 'knex\\_%'`;

/** Grants of an object, in a fixed order; `-` where none was ever changed. */
const grants = (acl: string): string =>
  `COALESCE((SELECT string_agg(item::text, ' ' ORDER BY item::text) FROM unnest(${acl}) item), '-')`;

const QUERIES: Readonly<Record<string, string>> = {
  relation: `
    SELECT c.relname || ' kind=' || c.relkind::text || ' options=' || COALESCE(c.reloptions::text, '')
      || ' security=' || c.relrowsecurity::text || ' forced=' || c.relforcerowsecurity::text
      || ' grants=' || ${grants('c.relacl')}
      || CASE c.relkind::text WHEN 'v' THEN ' as ' || pg_get_viewdef(c.oid) ELSE '' END
      || ' -- ' || COALESCE(obj_description(c.oid, 'pg_class'), '')
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname ${OURS}`,
  column: `
    SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
      || ' notnull=' || a.attnotnull::text || ' default=' || COALESCE(pg_get_expr(d.adbin, d.adrelid), '')
      || ' generated=' || a.attgenerated::text || ' grants=' || ${grants('a.attacl')}
      || ' -- ' || COALESCE(col_description(c.oid, a.attnum), '')
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname ${OURS}
      AND a.attnum > 0 AND NOT a.attisdropped`,
  constraint: `
    SELECT c.relname || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname ${OURS}`,
  index: `
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename ${OURS}`,
  trigger: `
    SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE NOT t.tgisinternal`,
  function: `
    SELECT pg_get_functiondef(p.oid) || ' grants=' || ${grants('p.proacl')}
      || ' -- ' || COALESCE(obj_description(p.oid, 'pg_proc'), '')
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace`,
  policy: `
    SELECT tablename || ' ' || policyname || ' ' || permissive || ' ' || roles::text || ' ' || cmd
      || ' using=' || COALESCE(qual, '') || ' check=' || COALESCE(with_check, '')
    FROM pg_policies WHERE schemaname = 'public'`,
  'default privileges': `
    SELECT d.defaclobjtype::text || ' ' || d.defaclrole::regrole::text || ' ' || ${grants('d.defaclacl')}
    FROM pg_default_acl d WHERE d.defaclnamespace = 'public'::regnamespace`,
  schema: `
    SELECT n.nspname || ' ' || ${grants('n.nspacl')} FROM pg_namespace n WHERE n.nspname = 'public'
      AND EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relname ${OURS})`,
};

/**
 * Every object of the schema as a text, sorted: tables, columns, types, defaults,
 * constraints, indexes, triggers, functions, views, policies, grants, comments.
 */
export async function describeSchema(db: Queryable): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [kind, query] of Object.entries(QUERIES)) {
    const rows = await db.query<{ line: string }>(`SELECT x.line FROM (${query}) AS x(line)`);
    lines.push(...rows.map(({ line }) => `${kind} ${line}`));
  }
  return lines.sort();
}
