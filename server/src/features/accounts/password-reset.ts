import { createHash } from 'node:crypto';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import { hashPassword } from '../../kernel/password.ts';
import type { Database } from '../../store/postgres/database.ts';
import { createRateLimit } from '../../store/redis/rate-limit.ts';
import type { RedisStore } from '../../store/redis/redis.ts';
import type { Outbox } from '../mail/outbox.ts';
import type { AccountMails } from './account-mails.ts';
import type { LiveSessions } from './live-sessions.ts';
import { createMailToken, hashMailToken, RESET_LIFETIME_MS } from './mail-token.ts';

const HOUR_MS = 3_600_000;

/** The way back into an account for who forgot its password. */
export interface PasswordReset {
  /**
   * Sends a mail where there is an account with this address. Neither the answer nor
   * its time tells whether there is one: all of it happens afterwards.
   *
   * @throws AppError `rate_limited`, whether there is an account or not.
   */
  request(email: string, network: string): Promise<void>;

  /**
   * Sets another password and ends every session. The address is verified by it.
   *
   * @throws AppError `mail_token_invalid`.
   */
  confirm(token: string, password: string): Promise<void>;
}

export interface PasswordResetDependencies {
  readonly database: Database;
  readonly redis: RedisStore;
  readonly liveSessions: LiveSessions;
  readonly outbox: Outbox;
  readonly mails: AccountMails;
  readonly clock: Clock;
}

export function createPasswordReset(dependencies: PasswordResetDependencies): PasswordReset {
  const { database, redis, liveSessions, outbox, mails, clock } = dependencies;
  const byAccount = createRateLimit(redis, {
    name: 'forgot-account',
    points: 5,
    windowMs: HOUR_MS,
  });
  const byAddress = createRateLimit(redis, {
    name: 'forgot-address',
    points: 50,
    windowMs: HOUR_MS,
  });

  return {
    async request(email, network) {
      await byAddress.use(network);
      // Redis needs no list of e-mail addresses.
      await byAccount.use(createHash('sha256').update(email).digest('base64url').slice(0, 22));
      outbox.putLater(async () => {
        const token = createMailToken();
        const expiresAt = new Date(clock() + RESET_LIFETIME_MS);
        const [row] = await database.call<{ readonly id: string; readonly first_name: string }>(
          'begin_password_reset',
          [email, token.hash, expiresAt],
        );
        return row && mails.resetPassword(email, row.first_name, token.text);
      });
    },

    async confirm(token, password) {
      const passwordHash = await hashPassword(password);
      const [row] = await database.call<{ readonly reset_password: string | null }>(
        'reset_password',
        [hashMailToken(token), passwordHash],
      );
      const userId = row?.reset_password ?? undefined;
      if (userId === undefined) {
        throw new AppError('mail_token_invalid');
      }
      const sessions = await database.asUser(userId, (db) =>
        db.query<{ readonly family: string }>(
          'SELECT family FROM user_sessions WHERE user_id = $1 AND is_revoked',
          [userId],
        ),
      );
      await liveSessions.ended(
        userId,
        sessions.map(({ family }) => family),
      );
    },
  };
}
