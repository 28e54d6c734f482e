import type { Page, SessionInfo } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import { momentSql, readCursor, toPage } from '../../kernel/cursor.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { LiveSessions } from './live-sessions.ts';
import { revokeSessions } from './session-rows.ts';

/** Whose sessions, and which of them asks. */
export interface SessionOwner {
  readonly userId: string;
  readonly sessionId: string | null;
}

/** Where a person is signed in. */
export interface DeviceSessions {
  /**
   * The sessions that go on, newest first.
   *
   * @throws AppError `invalid_request` for a cursor that is none.
   */
  list(owner: SessionOwner, cursor: string | null, limit: number): Promise<Page<SessionInfo>>;

  /**
   * Ends one session, which may be the one that asks.
   *
   * @throws AppError `not_found` for one that ended, or is somebody else's.
   */
  end(owner: SessionOwner, id: string): Promise<void>;

  /** Ends every session but the one that asks. */
  endOthers(owner: SessionOwner): Promise<void>;
}

interface Row {
  readonly id: string;
  readonly family: string;
  readonly address: string | null;
  readonly user_agent: string | null;
  readonly created_at: Date;
  readonly last_used_at: Date;
  readonly expires_at: Date;
  readonly sort_key: string;
}

export function createDeviceSessions(
  database: Database,
  liveSessions: LiveSessions,
  clock: Clock,
): DeviceSessions {
  return {
    async list({ userId, sessionId }, cursor, limit) {
      const after = cursor === null ? null : readCursor(cursor);
      const rows = await database.asUser(userId, (db) =>
        db.query<Row>(
          `SELECT id, family, host(ip_address) AS address, user_agent, created_at,
                  COALESCE(rotated_at, created_at) AS last_used_at, expires_at,
                  ${momentSql('created_at')} AS sort_key
           FROM user_sessions
           WHERE user_id = $1 AND NOT is_revoked AND expires_at > $2
             AND ($3::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4::uuid))
           ORDER BY created_at DESC, id DESC
           LIMIT $5`,
          [userId, new Date(clock()), after?.at ?? null, after?.id ?? null, limit + 1],
        ),
      );
      const toInfo = (row: Row): SessionInfo => ({
        id: row.id,
        isCurrent: row.family === sessionId,
        address: row.address,
        userAgent: row.user_agent,
        createdAt: row.created_at.toISOString(),
        lastUsedAt: row.last_used_at.toISOString(),
        expiresAt: row.expires_at.toISOString(),
      });
      return toPage(rows, limit, toInfo, (row) => ({ at: row.sort_key, id: row.id }));
    },

    async end({ userId }, id) {
      if (!isUuid(id)) {
        throw new AppError('not_found', 'There is no such session');
      }
      const { sessionIds } = await liveSessions.end(userId, async (db) => ({
        sessionIds: await revokeSessions(db, userId, { id }),
      }));
      if (sessionIds.length === 0) {
        throw new AppError('not_found', 'There is no such session');
      }
    },

    async endOthers({ userId, sessionId }) {
      await liveSessions.end(userId, async (db) => ({
        sessionIds: await revokeSessions(db, userId, { allBut: sessionId }),
      }));
    },
  };
}
