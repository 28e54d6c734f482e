import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import type { TokenHolder } from './access-tokens.ts';
import type { LiveSession, SessionCache } from './session-cache.ts';
import { findLiveSession } from './session-rows.ts';

/** Which sessions go on, and the end of those that do not. */
export interface LiveSessions {
  /**
   * Whether the session of a token still goes on. Asks Redis, and the database
   * where Redis does not know.
   *
   * @throws AppError `unauthorized` when it does not; `unavailable` without Redis.
   */
  assertLive(holder: TokenHolder): Promise<void>;

  /** Remembers a session that was opened or prolonged. Never rejects: it can be read again. */
  opened(sessionId: string, session: LiveSession): Promise<void>;

  /**
   * Ends sessions of a user: in the database, for every later request, and for
   * open sockets. All or nothing.
   *
   * @param revoke Revokes rows, as the user, and returns the ids of those sessions.
   * @throws AppError `unavailable`.
   */
  end<T extends EndedSessions>(userId: string, revoke: (db: Queryable) => Promise<T>): Promise<T>;

  /**
   * Ends sessions that the database has ended already, by a function that does so.
   *
   * @throws AppError `unavailable`.
   */
  ended(userId: string, sessionIds: readonly string[]): Promise<void>;
}

export interface EndedSessions {
  readonly sessionIds: readonly string[];
}

export interface LiveSessionsDependencies {
  readonly database: Database;
  readonly cache: SessionCache;
  /** Tells every process, which sends the people of these sessions out of their rooms. */
  readonly announce: (sessionIds: readonly string[]) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createLiveSessions(dependencies: LiveSessionsDependencies): LiveSessions {
  const { database, cache, announce, clock, logger } = dependencies;

  const opened = async (sessionId: string, session: LiveSession): Promise<void> => {
    try {
      await cache.remember(sessionId, session);
    } catch (error) {
      logger.warn({ err: error }, 'a session was not put into the cache');
    }
  };

  const announceAll = async (userId: string, sessionIds: readonly string[]): Promise<void> => {
    if (sessionIds.length === 0) {
      return;
    }
    try {
      await announce(sessionIds);
    } catch (error) {
      // Requests are refused already; processes look for themselves when Redis is back.
      logger.error({ err: error, userId }, 'the end of sessions was not announced');
    }
  };

  return {
    opened,

    async assertLive({ userId, sessionId }) {
      const known = await cache.find(sessionId);
      const session =
        known ?? (await database.asUser(userId, (db) => findLiveSession(db, userId, sessionId)));
      if (
        session === undefined ||
        session === 'revoked' ||
        session.userId !== userId ||
        session.expiresAt.getTime() <= clock()
      ) {
        throw new AppError('unauthorized', 'The session has ended: sign in again');
      }
      if (known === undefined) {
        await opened(sessionId, session);
      }
    },

    async end(userId, revoke) {
      let revoked: readonly string[] = [];
      try {
        const result = await database.asUser(userId, async (db) => {
          const ended = await revoke(db);
          revoked = ended.sessionIds;
          // Before the commit: whoever reads of them in the database until then cannot
          // bring them back, and without Redis nothing is done.
          await cache.revoke(userId, revoked);
          return ended;
        });
        await announceAll(userId, revoked);
        return result;
      } catch (error) {
        await cache.forget(userId, revoked).catch((fault: unknown) => {
          logger.warn({ err: fault, userId }, 'sessions that go on are refused for 16 minutes');
        });
        throw error;
      }
    },

    async ended(userId, sessionIds) {
      await cache.revoke(userId, sessionIds);
      await announceAll(userId, sessionIds);
    },
  };
}
