/** Projects and API keys, as the owner of the database. */
import { randomUUID } from 'node:crypto';
import type { KeyScope } from '@balai/protocol';
import type { Client } from 'pg';
import { makeApiKey } from '../../server/src/features/projects/new-api-key.ts';
import { isUuid } from '../../server/src/kernel/uuid.ts';
import type { Secrets } from '../../server/src/store/files/secrets.ts';
import { SetupError } from '../setup/say.ts';

/**
 * Makes a project.
 *
 * @param email Of the account that is to manage it; nobody does without.
 * @returns its id.
 */
export async function createProject(client: Client, name: string, email?: string): Promise<string> {
  const id = randomUUID();
  await client.query('BEGIN');
  try {
    if (email !== undefined) {
      const { rows } = await client.query<{ id: string }>(
        `SELECT id FROM users WHERE email = $1 AND kind = 'registered' AND status = 'active'`,
        [email.trim().toLowerCase()],
      );
      if (rows[0] === undefined) {
        throw new SetupError(
          `there is no active account with the address ${email}: register it first`,
        );
      }
      await client.query(`SELECT set_config('app.user_id', $1, TRUE)`, [rows[0].id]);
    }
    await client.query('SELECT create_project($1, $2, NULL, NULL)', [id, name]);
    await client.query('COMMIT');
    return id;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** Makes a key. Its secret cannot be read again. */
export async function createKey(
  client: Client,
  secrets: Secrets,
  projectId: string,
  name: string,
  scopes: readonly KeyScope[],
): Promise<{ id: string; secret: string }> {
  const known = isUuid(projectId)
    ? await client.query('SELECT FROM projects WHERE id = $1', [projectId])
    : undefined;
  if (!known?.rowCount) throw new SetupError(`there is no project ${projectId}`);
  const { id, secret, sealed } = await makeApiKey(secrets);
  await client.query(
    `INSERT INTO api_keys (id, project_id, name, secret, encryption_key_id, scopes)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [id, projectId, name, sealed.value, sealed.keyId, scopes],
  );
  return { id, secret };
}

/** Voids a key. */
export async function revokeKey(client: Client, keyId: string): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE api_keys SET revoked_at = now(), secret = NULL, encryption_key_id = NULL
     WHERE id = $1 AND revoked_at IS NULL`,
    [keyId],
  );
  if (rowCount === 0) throw new SetupError(`there is no key ${keyId}, or it is void already`);
}

/** A line for each project, and one below it for each of its keys. */
export async function listProjects(client: Client): Promise<string[]> {
  const { rows } = await client.query<{
    id: string;
    name: string;
    owner: string | null;
    keys: { id: string; name: string; scopes: string[]; last: string | null; isVoid: boolean }[];
  }>(`
    SELECT p.id, p.name, u.email AS owner, COALESCE((
      SELECT json_agg(json_build_object(
          'id', k.id, 'name', k.name, 'scopes', k.scopes, 'isVoid', k.revoked_at IS NOT NULL,
          'last', to_char(k.last_used_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'))
        ORDER BY k.created_at, k.id)
      FROM api_keys k WHERE k.project_id = p.id), '[]') AS keys
    FROM projects p LEFT JOIN users u ON u.id = p.owner_id
    ORDER BY p.created_at, p.id`);
  return rows.flatMap(({ id, name, owner, keys }) => [
    `${id}  ${name}  ${owner ?? 'of nobody'}`,
    ...keys.map(
      (key) =>
        `  ${key.id}  ${key.name}  ${key.scopes.join(',')}  ` +
        (key.isVoid ? 'revoked' : key.last === null ? 'never used' : `last used ${key.last} UTC`),
    ),
  ]);
}
