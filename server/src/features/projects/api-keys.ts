import { type ApiKey, type CreatedApiKey, KEY_SCOPES, type KeyScope } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Secrets } from '../../store/files/secrets.ts';
import type { Database } from '../../store/postgres/database.ts';
import { makeApiKey } from './new-api-key.ts';
import { assertProject } from './projects.ts';

/** Keys of one project that are good at the same time. */
const MAX_KEYS = 100;
/** The latest keys that are listed, revoked ones among them. */
const MAX_LISTED = 1_000;

/** The keys of projects, for who owns these; for administrators, those of all. */
export interface ApiKeys {
  /**
   * @param scopes Undefined for all.
   * @throws AppError `not_found` for a project that is not the caller's, `conflict` where it has
   * too many keys.
   */
  create(
    userId: string,
    projectId: string,
    name: string,
    scopes: readonly KeyScope[] | undefined,
  ): Promise<CreatedApiKey>;

  /** Newest first. @throws AppError `not_found`. */
  list(userId: string, projectId: string): Promise<readonly ApiKey[]>;

  /**
   * Voids a key, at once and for good. What is revoked already stays so.
   *
   * @throws AppError `not_found`.
   */
  revoke(userId: string, projectId: string, keyId: string): Promise<ApiKey>;
}

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly created_at: Date;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

const COLUMNS = 'id, name, scopes, created_at, last_used_at, revoked_at';

export function createApiKeys(database: Database, secrets: Secrets): ApiKeys {
  return {
    async create(userId, projectId, name, scopes = KEY_SCOPES) {
      const key = await makeApiKey(secrets);
      return await database.asUser(userId, async (db) => {
        await assertProject(db, projectId);
        const [present] = await db.query<{ readonly count: number }>(
          `SELECT count(*)::int AS count FROM api_keys
           WHERE project_id = $1 AND revoked_at IS NULL`,
          [projectId],
        );
        if ((present?.count ?? 0) >= MAX_KEYS) {
          throw new AppError('conflict', `A project has at most ${MAX_KEYS} keys`);
        }
        const [row] = await db.query<KeyRow>(
          `INSERT INTO api_keys (id, project_id, name, secret, encryption_key_id, scopes)
           VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${COLUMNS}`,
          [
            key.id,
            projectId,
            name,
            key.sealed.value,
            key.sealed.keyId,
            KEY_SCOPES.filter((scope) => scopes.includes(scope)),
          ],
        );
        return { ...toApiKey(row as KeyRow), secret: key.secret };
      });
    },

    async list(userId, projectId) {
      const rows = await database.asUser(userId, async (db) => {
        await assertProject(db, projectId);
        return await db.query<KeyRow>(
          `SELECT ${COLUMNS} FROM api_keys WHERE project_id = $1
           ORDER BY created_at DESC, id LIMIT ${MAX_LISTED}`,
          [projectId],
        );
      });
      return rows.map(toApiKey);
    },

    async revoke(userId, projectId, keyId) {
      if (!isUuid(projectId)) {
        throw new AppError('not_found', 'There is no such project');
      }
      const [row] = await database.asUser(userId, async (db) => {
        await db.query(
          `UPDATE api_keys SET revoked_at = now(), secret = NULL, encryption_key_id = NULL
           WHERE project_id = $1 AND id = $2 AND revoked_at IS NULL`,
          [projectId, keyId],
        );
        return await db.query<KeyRow>(
          `SELECT ${COLUMNS} FROM api_keys WHERE project_id = $1 AND id = $2`,
          [projectId, keyId],
        );
      });
      if (row === undefined) {
        throw new AppError('not_found', 'The project has no such key');
      }
      return toApiKey(row);
    },
  };
}

function toApiKey(row: KeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}
