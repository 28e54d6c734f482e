import { randomUUID } from 'node:crypto';
import type {
  CreateProjectRequest,
  Page,
  Project,
  RoomId,
  UpdateProjectRequest,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { momentSql, readCursor, toPage } from '../../kernel/cursor.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { FileStorage } from '../../store/files/file-storage.ts';
import type { Database } from '../../store/postgres/database.ts';
import { isUniqueViolation, type Queryable } from '../../store/postgres/postgres.ts';

/** Projects of one owner. */
const MAX_PROJECTS = 100;
/** Rooms, or files, that are seen to with one look at a project. */
const AT_ONCE = 100;

/** Applications that embed Balai, for who owns them; for administrators, all of them. */
export interface Projects {
  /**
   * Makes a project of the caller.
   *
   * @throws AppError `forbidden` where only administrators may, `conflict` for an issuer that
   * another project has, or where the caller has too many projects.
   */
  create(userId: string, request: CreateProjectRequest): Promise<Project>;

  /** The caller's own, newest first. @throws AppError `invalid_request` for a cursor that is none. */
  list(userId: string, cursor: string | null, limit: number): Promise<Page<Project>>;

  /** @throws AppError `not_found`. */
  get(userId: string, projectId: string): Promise<Project>;

  /**
   * @throws AppError `not_found`; `conflict` for an issuer that another project has;
   * `invalid_request` for an issuer without a JWKS URL, or the other way round.
   */
  update(userId: string, projectId: string, request: UpdateProjectRequest): Promise<Project>;

  /**
   * Ends the project's meetings and deletes all that belongs to it: rooms, people, messages, keys.
   *
   * @throws AppError `not_found`.
   */
  remove(userId: string, projectId: string): Promise<void>;
}

export interface ProjectsDependencies {
  readonly database: Database;
  /** Who may make projects. */
  readonly creators: 'everybody' | 'admins';
  readonly requireAdmin: (userId: string) => Promise<void>;
  /** Whether the keys of an application may be read there. @throws AppError `invalid_request`. */
  readonly assertKeySetUrl: (url: string) => void;
  /** Ends the meeting in a room, as its host, and lets nobody in any more. */
  readonly endRoom: (roomId: RoomId, hostId: string) => Promise<unknown>;
  readonly files: Pick<FileStorage, 'remove'>;
}

interface ProjectRow {
  readonly id: string;
  readonly name: string;
  readonly jwks_url: string | null;
  readonly issuer: string | null;
  readonly created_at: Date;
}

const COLUMNS = 'id, name, jwks_url, issuer, created_at';

export function createProjects(dependencies: ProjectsDependencies): Projects {
  const { database, creators, requireAdmin, assertKeySetUrl, endRoom, files } = dependencies;

  const assertKeys = (url: string | null | undefined): void => {
    if (typeof url === 'string') {
      assertKeySetUrl(url);
    }
  };

  const get = (userId: string, projectId: string): Promise<Project> =>
    database.asUser(userId, async (db) => toProject(await getRow(db, projectId)));

  /** @returns whether there may be more. */
  const endRooms = async (serviceUserId: string): Promise<boolean> => {
    const rooms = await database.asUser(serviceUserId, (db) =>
      db.query<{ readonly id: string; readonly host_id: string }>(
        `SELECT id, host_id FROM rooms
         WHERE host_id = $1 AND status = 'active' ORDER BY id LIMIT ${AT_ONCE}`,
        [serviceUserId],
      ),
    );
    for (const room of rooms) {
      await endRoom(room.id, room.host_id);
    }
    return rooms.length === AT_ONCE;
  };

  const removeFiles = async (userId: string, projectId: string): Promise<void> => {
    let after = '';
    for (;;) {
      const rows = await database.asUser(userId, (db) =>
        db.query<{ readonly key: string }>('SELECT find_project_files($1, $2, $3) AS key', [
          projectId,
          AT_ONCE,
          after,
        ]),
      );
      for (const { key } of rows) {
        await files.remove(key);
      }
      const last = rows.at(-1);
      if (last === undefined) {
        return;
      }
      after = last.key;
    }
  };

  return {
    get,

    async create(userId, { name, jwksUrl = null, issuer = null }) {
      if (creators === 'admins') {
        await requireAdmin(userId);
      }
      assertPair(jwksUrl, issuer);
      assertKeys(jwksUrl);
      const id = randomUUID();
      return await withIssuer(() =>
        database.asUser(userId, async (db) => {
          const [present] = await db.query<{ readonly count: number }>(
            'SELECT count(*)::int AS count FROM projects WHERE owner_id = $1',
            [userId],
          );
          if ((present?.count ?? 0) >= MAX_PROJECTS) {
            throw new AppError('conflict', `An account has at most ${MAX_PROJECTS} projects`);
          }
          await db.query('SELECT create_project($1, $2, $3, $4)', [id, name, jwksUrl, issuer]);
          return toProject(await getRow(db, id));
        }),
      );
    },

    async list(userId, cursor, limit) {
      const after = cursor === null ? null : readCursor(cursor);
      const rows = await database.asUser(userId, (db) =>
        db.query<ProjectRow & { readonly sort_key: string }>(
          `SELECT ${COLUMNS}, ${momentSql('created_at')} AS sort_key FROM projects
           WHERE owner_id = $1
             AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::uuid))
           ORDER BY created_at DESC, id DESC LIMIT $4`,
          [userId, after?.at ?? null, after?.id ?? null, limit + 1],
        ),
      );
      return toPage(rows, limit, toProject, (row) => ({ at: row.sort_key, id: row.id }));
    },

    update(userId, projectId, request) {
      return withIssuer(() =>
        database.asUser(userId, async (db) => {
          const row = await getRow(db, projectId, 'FOR UPDATE');
          const { name = row.name, jwksUrl = row.jwks_url, issuer = row.issuer } = request;
          assertPair(jwksUrl, issuer);
          assertKeys(request.jwksUrl);
          const [changed] = await db.query<ProjectRow>(
            `UPDATE projects SET name = $2, jwks_url = $3, issuer = $4
             WHERE id = $1 RETURNING ${COLUMNS}`,
            [projectId, name, jwksUrl, issuer],
          );
          return toProject(changed as ProjectRow);
        }),
      );
    },

    async remove(userId, projectId) {
      const serviceUserId = await database.asUser(userId, async (db) => {
        await assertProject(db, projectId);
        // Nobody makes a room any more while the present ones are ended.
        await db.query(
          `UPDATE api_keys SET revoked_at = now(), secret = NULL, encryption_key_id = NULL
           WHERE project_id = $1 AND revoked_at IS NULL`,
          [projectId],
        );
        const [row] = await db.query<{ readonly service_user_id: string }>(
          `UPDATE projects SET jwks_url = NULL, issuer = NULL
           WHERE id = $1 RETURNING service_user_id`,
          [projectId],
        );
        return row?.service_user_id ?? '';
      });
      while (await endRooms(serviceUserId)) {
        // Page by page.
      }
      await removeFiles(userId, projectId);
      await database.asUser(userId, (db) =>
        db.query('DELETE FROM projects WHERE id = $1', [projectId]),
      );
    },
  };
}

/** @throws AppError `not_found` for a project that is not the current user's. */
export async function assertProject(db: Queryable, projectId: string): Promise<void> {
  await getRow(db, projectId);
}

async function getRow(db: Queryable, projectId: string, lock = ''): Promise<ProjectRow> {
  const [row] = isUuid(projectId)
    ? await db.query<ProjectRow>(`SELECT ${COLUMNS} FROM projects WHERE id = $1 ${lock}`, [
        projectId,
      ])
    : [];
  if (row === undefined) {
    throw new AppError('not_found', 'There is no such project');
  }
  return row;
}

/** Tokens are told by their issuer whose keys to look at. */
function assertPair(jwksUrl: string | null, issuer: string | null): void {
  if ((jwksUrl === null) !== (issuer === null)) {
    throw new AppError('invalid_request', undefined, {
      details: ['body: must have both jwksUrl and issuer, or neither'],
    });
  }
}

async function withIssuer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUniqueViolation(error, 'projects_issuer_key')) {
      throw new AppError('conflict', 'Another project has this issuer');
    }
    throw error;
  }
}

function toProject(row: ProjectRow): Project {
  return {
    id: row.id,
    name: row.name,
    jwksUrl: row.jwks_url,
    issuer: row.issuer,
    createdAt: row.created_at.toISOString(),
  };
}
