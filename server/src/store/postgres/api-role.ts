import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import { mapDatabaseFault } from './postgres.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const SCRAM_ITERATIONS = 4_096;
/** PostgreSQL cuts longer names off. */
const MAX_NAME_BYTES = 63;

/**
 * Name of the role with which the API connects to a database. Roles are the
 * cluster's, so the name has the database's in it.
 */
export function apiRoleOf(database: string): string {
  const name = `${database}_api`;
  return Buffer.byteLength(name) <= MAX_NAME_BYTES
    ? name
    : `balai_api_${createHash('sha256').update(database).digest('hex').slice(0, 32)}`;
}

/**
 * Makes the role with which the API connects, or lets an existing one in with
 * this password.
 *
 * @param owner Connected as the owner of the schema, who holds the migration lock.
 * @param ownerUrl How it is connected.
 * @returns the URL to connect as that role.
 * @throws Error for people where the owner may not do this.
 */
export async function ensureApiRole(
  owner: pg.Client,
  ownerUrl: string,
  password: string,
): Promise<string> {
  const found = await owner.query<{ name: string }>('SELECT current_database() AS name');
  const role = apiRoleOf(found.rows[0]?.name ?? '');
  const url = withCredentials(ownerUrl, role, password);
  const name = owner.escapeIdentifier(role);
  try {
    const roles = await owner.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
    if (roles.rowCount === 0) {
      await owner.query(`CREATE ROLE ${name} LOGIN PASSWORD '${hashForScram(password)}'`);
    } else if (!(await isLetIn(url))) {
      await owner.query(`ALTER ROLE ${name} LOGIN PASSWORD '${hashForScram(password)}'`);
    }
    const membership = await owner.query<{ isMember: boolean }>(
      `SELECT pg_has_role($1, 'app_user', 'USAGE') AS "isMember"`,
      [role],
    );
    if (membership.rows[0]?.isMember !== true) {
      await owner.query(`GRANT app_user TO ${name}`);
    }
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '42501') {
      throw new Error(
        `The role of DATABASE_URL may not make the role ${role}, with which the API connects. ` +
          'Let it (CREATEROLE), or make a role that is a member of app_user and set BALAI_DATABASE_API_URL',
        { cause: error },
      );
    }
    throw error;
  }
  return url;
}

/**
 * Makes sure that row security binds whoever this URL connects as.
 *
 * @throws Error for people where it does not, AppError `unavailable` where
 * nobody answers.
 */
export async function assertConfined(url: string): Promise<void> {
  const client = clientOf(url);
  try {
    await client.connect();
    const { rows } = await client.query<Record<'name' | 'fault', string | null>>(`
      SELECT current_user AS name, CASE
        WHEN r.rolsuper THEN 'is a superuser'
        WHEN r.rolbypassrls THEN 'has BYPASSRLS'
        WHEN pg_has_role(c.relowner, 'USAGE') THEN 'owns the tables'
        WHEN pg_has_role('app_admin', 'USAGE') THEN 'is a member of app_admin'
        WHEN NOT pg_has_role('app_user', 'USAGE') THEN 'is not a member of app_user'
      END AS fault
      FROM pg_roles r, pg_class c
      WHERE r.rolname = current_user AND c.oid = 'public.users'::regclass`);
    const { name, fault } = rows[0] ?? {};
    if (fault) {
      throw new Error(
        `The API must not connect to the database as ${name}, who ${fault}: row security would not protect anybody`,
      );
    }
  } catch (error) {
    throw mapDatabaseFault(error);
  } finally {
    await client.end();
  }
}

/** Whether the role may log in with the password of the URL. */
async function isLetIn(url: string): Promise<boolean> {
  const client = clientOf(url);
  try {
    await client.connect();
    return true;
  } catch (error) {
    // invalid_authorization_specification (no LOGIN) and invalid_password
    if (error instanceof pg.DatabaseError && /^28/.test(error.code ?? '')) {
      return false;
    }
    throw error;
  } finally {
    await client.end();
  }
}

function clientOf(url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'balai',
  });
  // The statement under way reports a lost connection; this keeps the process alive.
  client.on('error', () => undefined);
  return client;
}

/** As parameters, because a URL without host, for a socket, has no room for a user. */
function withCredentials(ownerUrl: string, user: string, password: string): string {
  const url = new URL(ownerUrl);
  url.username = '';
  url.password = '';
  url.searchParams.set('user', user);
  url.searchParams.set('password', password);
  return url.href;
}

/**
 * What PostgreSQL stores of a password (RFC 5803): sent in this form, the
 * password itself reaches no server log.
 *
 * @param password ASCII only.
 */
function hashForScram(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, 'sha256');
  const sign = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(sign('Client Key')).digest('base64');
  const serverKey = sign('Server Key').toString('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
