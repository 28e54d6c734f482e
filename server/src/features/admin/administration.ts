import type { AdminUser, Page, SetUserStatusRequest, UserStatus } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { momentSql, readCursor, toPage } from '../../kernel/cursor.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';

/** What a list of users is narrowed down to. */
export interface UserFilter {
  /** A whole e-mail address, or the beginning of a name. */
  readonly text: string | undefined;
  readonly status: UserStatus | undefined;
}

/** What administrators do. Whoever calls is one: the edge has made sure, and so does the database. */
export interface Administration {
  /** @throws AppError `forbidden` for anybody but an active administrator. */
  requireAdmin(userId: string): Promise<void>;

  /**
   * Users with an account, newest first. Guests and the people of applications are not listed.
   *
   * @throws AppError `invalid_request` for a cursor that is none.
   */
  listUsers(
    adminId: string,
    filter: UserFilter,
    cursor: string | null,
    limit: number,
  ): Promise<Page<AdminUser>>;

  /**
   * Anything but `active` ends every session of the user.
   *
   * @throws AppError `not_found`; `conflict` for oneself: an installation must not
   * lose its last administrator by a slip.
   */
  setStatus(
    adminId: string,
    userId: string,
    status: SetUserStatusRequest['status'],
  ): Promise<AdminUser>;
}

export interface AdministrationDependencies {
  readonly database: Database;
  /** Runs what changes a user, and makes it known. */
  readonly changeProfile: <T>(userId: string, work: () => Promise<T>) => Promise<T>;
  /** Ends sessions: of requests and of open sockets. */
  readonly endSessions: (userId: string, sessionIds: readonly string[]) => Promise<void>;
}

interface Row {
  readonly id: string;
  readonly kind: AdminUser['kind'];
  readonly email: string | null;
  readonly first_name: string;
  readonly last_name: string;
  readonly status: UserStatus;
  readonly is_admin: boolean;
  readonly last_login: Date | null;
  readonly created_at: Date;
  readonly sort_key: string;
}

const SELECT_USERS = `
  SELECT u.id, u.kind, account.email, u.first_name, u.last_name, u.status, account.is_admin,
         account.last_login, u.created_at, ${momentSql('u.created_at')} AS sort_key
  FROM users u JOIN LATERAL account_of(u.id) account ON TRUE`;

export function createAdministration(dependencies: AdministrationDependencies): Administration {
  const { database, changeProfile, endSessions } = dependencies;

  const setStatus = async (
    db: Queryable,
    userId: string,
    status: SetUserStatusRequest['status'],
  ): Promise<AdminUser> => {
    const [done] = await db.query<{ readonly is_done: boolean }>(
      'SELECT set_user_status($1, $2) AS is_done',
      [userId, status],
    );
    const [row] = await db.query<Row>(`${SELECT_USERS} WHERE u.id = $1`, [userId]);
    if (done?.is_done !== true || row === undefined) {
      throw new AppError('not_found', 'There is no such user');
    }
    return toAdminUser(row);
  };

  return {
    async requireAdmin(userId) {
      const [row] = await database.asUser(userId, (db) =>
        db.query<{ readonly is_admin: boolean }>('SELECT current_user_is_admin() AS is_admin'),
      );
      if (row?.is_admin !== true) {
        throw new AppError('forbidden', 'This is for administrators');
      }
    },

    async listUsers(adminId, { text, status }, cursor, limit) {
      const after = cursor === null ? null : readCursor(cursor);
      const wanted = text?.trim();
      const found = wanted === undefined ? '$1::text IS NULL' : 'u.id IN (SELECT find_users($1))';
      const rows = await database.asUser(adminId, (db) =>
        db.query<Row>(
          `${SELECT_USERS}
           WHERE u.kind <> 'guest' AND u.project_id IS NULL
             AND ${found}
             AND ($2::text IS NULL OR u.status = $2)
             AND ($3::timestamptz IS NULL OR (u.created_at, u.id) < ($3::timestamptz, $4::uuid))
           ORDER BY u.created_at DESC, u.id DESC
           LIMIT $5`,
          [wanted ?? null, status ?? null, after?.at ?? null, after?.id ?? null, limit + 1],
        ),
      );
      return toPage(rows, limit, toAdminUser, (row) => ({ at: row.sort_key, id: row.id }));
    },

    async setStatus(adminId, userId, status) {
      if (!isUuid(userId)) {
        throw new AppError('not_found', 'There is no such user');
      }
      if (userId.toLowerCase() === adminId) {
        throw new AppError('conflict', 'Nobody sets their own status');
      }
      const user = await changeProfile(userId, () =>
        database.asUser(adminId, (db) => setStatus(db, userId, status)),
      );
      if (status !== 'active') {
        // The function revoked them; nobody but the user sees which they are.
        const sessions = await database.asUser(userId, (db) =>
          db.query<{ readonly family: string }>(
            'SELECT family FROM user_sessions WHERE user_id = $1 AND is_revoked',
            [userId],
          ),
        );
        await endSessions(
          userId,
          sessions.map(({ family }) => family),
        );
      }
      return user;
    },
  };
}

function toAdminUser(row: Row): AdminUser {
  return {
    id: row.id,
    kind: row.kind,
    email: row.email,
    firstName: row.first_name,
    lastName: row.last_name,
    status: row.status,
    isAdmin: row.is_admin,
    lastLoginAt: row.last_login?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  };
}
