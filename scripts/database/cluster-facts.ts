/**
 * What belongs to a database but is kept by its cluster, so that no dump of the
 * database has it: the roles that its grants and policies name, who is a member
 * of them, and the grants on and settings of the database itself.
 */
import type { Client } from 'pg';
import { z } from 'zod';
import { say, warn } from '../setup/say.ts';
import { serverMajor } from './owner-database.ts';

const role = z.object({
  name: z.string(),
  canLogin: z.boolean(),
  inherits: z.boolean(),
  createsRoles: z.boolean(),
  createsDatabases: z.boolean(),
  bypassesRowSecurity: z.boolean(),
  comment: z.string().nullable(),
});

/** Passwords are no part of it: a backup is no place for them. */
export const clusterFacts = z.object({
  /** Owner of the database. */
  owner: z.string(),
  comment: z.string().nullable(),
  roles: z.array(role),
  memberships: z.array(
    z.object({
      role: z.string(),
      member: z.string(),
      isAdmin: z.boolean(),
      /** Whether the member has the rights of the role without asking for them. */
      isInherited: z.boolean().default(true),
    }),
  ),
  /** `grantee` is empty for everybody. */
  grants: z.array(
    z.object({ grantee: z.string(), privilege: z.string(), isGrantable: z.boolean() }),
  ),
  /** ALTER DATABASE … SET, and ALTER ROLE … IN DATABASE … SET where `role` is not empty. */
  settings: z.array(z.object({ role: z.string(), name: z.string(), value: z.string() })),
});

export type ClusterFacts = z.output<typeof clusterFacts>;

/** Reads them from the catalogs, which every role may read. */
export async function readClusterFacts(client: Client): Promise<ClusterFacts> {
  const { rows } = await client.query<{ facts: unknown }>(QUERY);
  return clusterFacts.parse(rows[0]?.facts);
}

// Roles that are named by objects of this database, by its own grants and by its settings. The
// API's login is not among them: the server makes it anew when it starts.
const QUERY = `
  WITH this AS (
    SELECT d.oid, d.datdba, d.datacl FROM pg_database d WHERE d.datname = current_database()
  ), named(oid) AS (
    SELECT s.refobjid FROM pg_shdepend s, this
    WHERE s.refclassid = 'pg_authid'::regclass
      AND (s.dbid = this.oid OR (s.classid = 'pg_database'::regclass AND s.objid = this.oid))
    UNION SELECT datdba FROM this
    UNION SELECT setrole FROM pg_db_role_setting, this WHERE setdatabase = this.oid
  ), roles AS (
    SELECT r.* FROM pg_roles r JOIN named USING (oid)
    WHERE r.rolname !~ '^pg_' AND NOT r.rolsuper
  )
  SELECT json_build_object(
    'owner', (SELECT pg_get_userbyid(datdba) FROM this),
    'comment', (SELECT shobj_description(oid, 'pg_database') FROM this),
    'roles', (SELECT coalesce(json_agg(json_build_object(
        'name', rolname, 'canLogin', rolcanlogin, 'inherits', rolinherit,
        'createsRoles', rolcreaterole, 'createsDatabases', rolcreatedb,
        'bypassesRowSecurity', rolbypassrls,
        'comment', shobj_description(oid, 'pg_authid')) ORDER BY rolname), '[]') FROM roles),
    'memberships', (SELECT coalesce(json_agg(json_build_object(
        'role', g.rolname, 'member', r.rolname,
        'isAdmin', pg_has_role(r.oid, g.oid, 'MEMBER WITH ADMIN OPTION'),
        'isInherited', pg_has_role(r.oid, g.oid, 'USAGE'))), '[]')
      FROM roles r, pg_roles g
      WHERE EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid AND m.roleid = g.oid)
        -- Who makes a role is its member from PostgreSQL 16 on: so is the owner in the logins of the
        -- cluster's other databases, which are none of this one's.
        AND (g.oid IN (SELECT oid FROM roles) OR g.rolname ~ '^pg_')
        AND pg_has_role(r.oid, g.oid, 'MEMBER')),
    'grants', (SELECT coalesce(json_agg(json_build_object(
        'grantee', CASE WHEN a.grantee = 0 THEN '' ELSE pg_get_userbyid(a.grantee) END,
        'privilege', a.privilege_type, 'isGrantable', a.is_grantable)), '[]')
      FROM this, aclexplode(this.datacl) a WHERE a.grantee <> this.datdba),
    'settings', (SELECT coalesce(json_agg(json_build_object(
        'role', CASE WHEN s.setrole = 0 THEN '' ELSE pg_get_userbyid(s.setrole) END,
        'name', split_part(c, '=', 1), 'value', substr(c, strpos(c, '=') + 1))), '[]')
      FROM this, pg_db_role_setting s, unnest(s.setconfig) c WHERE s.setdatabase = this.oid)
  ) AS facts`;

/**
 * Makes the roles and memberships that are missing. What is there stays as it is:
 * a role is the whole cluster's. Throws when a role cannot be made, because the
 * policies that name it could not be either.
 */
export async function restoreRoles(client: Client, facts: ClusterFacts): Promise<void> {
  for (const { name, comment, ...attributes } of facts.roles) {
    const found = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
    if (found.rowCount !== 0) continue;
    const quoted = client.escapeIdentifier(name);
    await client.query(`CREATE ROLE ${quoted} ${attributeWords(attributes)}`);
    if (comment !== null) {
      await client.query(`COMMENT ON ROLE ${quoted} IS ${client.escapeLiteral(comment)}`);
    }
    say(
      attributes.canLogin
        ? `made the role ${name}; it can log in once it has a password (ALTER ROLE … PASSWORD)`
        : `made the role ${name}`,
    );
  }
  const major = await serverMajor(client);
  for (const { role: granted, member, isAdmin, isInherited } of facts.memberships) {
    // An owner who merely made app_user must not come under its policies by a restore.
    const words = isInherited || major < 16 ? [] : ['INHERIT FALSE'];
    const withWords = (more: readonly string[]): string =>
      more.length === 0 ? '' : ` WITH ${more.join(', ')}`;
    const grant = `GRANT ${client.escapeIdentifier(granted)} TO ${client.escapeIdentifier(member)}`;
    if (!(await isMember(client, member, granted, isInherited ? 'USAGE' : 'MEMBER'))) {
      await attempt(client, `${grant}${withWords(words)}`);
    }
    const wanted = 'MEMBER WITH ADMIN OPTION';
    if (isAdmin && !(await isMember(client, member, granted, wanted))) {
      await attempt(client, `${grant}${withWords(['ADMIN OPTION', ...words])}`);
    }
  }
}

async function isMember(
  client: Client,
  member: string,
  granted: string,
  how: string,
): Promise<boolean> {
  const { rows } = await client.query<{ isMember: boolean }>(
    'SELECT pg_has_role($1::name, $2::name, $3) AS "isMember"',
    [member, granted, how],
  );
  return rows[0]?.isMember === true;
}

/** Grants on the present database, its comment and settings. What is not allowed is told. */
export async function restoreDatabaseFacts(client: Client, facts: ClusterFacts): Promise<void> {
  const database = client.escapeIdentifier(client.database ?? '');
  for (const { grantee, privilege, isGrantable } of facts.grants) {
    const to = grantee === '' ? 'PUBLIC' : client.escapeIdentifier(grantee);
    const option = isGrantable ? ' WITH GRANT OPTION' : '';
    await attempt(client, `GRANT ${privilege} ON DATABASE ${database} TO ${to}${option}`);
  }
  for (const { role: name, name: setting, value } of facts.settings) {
    const subject =
      name === ''
        ? `DATABASE ${database}`
        : `ROLE ${client.escapeIdentifier(name)} IN DATABASE ${database}`;
    await attempt(
      client,
      `ALTER ${subject} SET ${client.escapeIdentifier(setting)} = ${client.escapeLiteral(value)}`,
    );
  }
  if (facts.comment !== null) {
    await attempt(
      client,
      `COMMENT ON DATABASE ${database} IS ${client.escapeLiteral(facts.comment)}`,
    );
  }
}

function attributeWords(role: Omit<ClusterFacts['roles'][number], 'name' | 'comment'>): string {
  return [
    role.canLogin ? 'LOGIN' : 'NOLOGIN',
    role.inherits ? 'INHERIT' : 'NOINHERIT',
    ...(role.createsRoles ? ['CREATEROLE'] : []),
    ...(role.createsDatabases ? ['CREATEDB'] : []),
    ...(role.bypassesRowSecurity ? ['BYPASSRLS'] : []),
  ].join(' ');
}

async function attempt(client: Client, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    warn(`not restored: ${statement}: ${error instanceof Error ? error.message : error}`);
  }
}
