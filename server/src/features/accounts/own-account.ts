import { randomBytes } from 'node:crypto';
import type { User } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import { hashPassword } from '../../kernel/password.ts';
import type { Database } from '../../store/postgres/database.ts';
import { isUniqueViolation, type Queryable } from '../../store/postgres/postgres.ts';
import type { Outbox } from '../mail/outbox.ts';
import type { AccountMails } from './account-mails.ts';
import type { Avatars } from './avatars.ts';
import type { LiveSessions } from './live-sessions.ts';
import { createMailToken, hashMailToken, VERIFICATION_LIFETIME_MS } from './mail-token.ts';
import type { CheckPassword } from './password-check.ts';
import type { Profiles } from './profiles.ts';
import { revokeSessions } from './session-rows.ts';
import {
  findUser,
  holdPassword,
  type ProfileChange,
  replaceAvatar,
  replacePassword,
  UNIQUE_EMAIL,
  updateProfile,
} from './user-rows.ts';

/** What people do with their own account. */
export interface OwnAccount {
  /** @throws AppError `unauthorized` when the account is not active. */
  get(userId: string): Promise<User>;

  update(userId: string, change: ProfileChange): Promise<User>;

  /**
   * Gives the account another address, which is then to be verified.
   *
   * @throws AppError `invalid_credentials`, `email_taken`.
   */
  changeEmail(userId: string, email: string, password: string): Promise<User>;

  /**
   * Ends every other session. Of several changes at once one is made, and the others
   * find the present password wrong.
   *
   * @throws AppError `invalid_credentials`, `rate_limited`.
   */
  changePassword(change: PasswordChange): Promise<void>;

  /** Sends a mail with a token; nothing where the address is verified already. */
  requestVerification(userId: string): void;

  /** @throws AppError `mail_token_invalid`. */
  verifyEmail(token: string): Promise<void>;

  /**
   * Deletes the account for good. What others need stays, in the name of
   * "Deleted user": rooms, meetings and messages. All that is the person's own goes:
   * name, address (which may then be registered again), password, picture,
   * contacts, settings, notifications. Sessions end, and so do the meetings that
   * they host.
   *
   * @throws AppError `invalid_credentials`, `rate_limited`.
   */
  delete(userId: string, password: string): Promise<void>;
}

export interface PasswordChange {
  readonly userId: string;
  /** The session that goes on. */
  readonly sessionId: string | null;
  readonly current: string;
  readonly next: string;
}

export interface OwnAccountDependencies {
  readonly database: Database;
  readonly liveSessions: LiveSessions;
  readonly profiles: Profiles;
  readonly avatars: Avatars;
  readonly checkPassword: CheckPassword;
  readonly outbox: Outbox;
  readonly mails: AccountMails;
  /** Ends the meeting in a room, as its host. */
  readonly endRoom: (roomId: string, hostId: string) => Promise<unknown>;
  readonly clock: () => number;
  readonly logger: Logger;
}

export function createOwnAccount(dependencies: OwnAccountDependencies): OwnAccount {
  const { database, liveSessions, profiles, avatars, checkPassword, outbox, mails } = dependencies;

  const requestVerification = (userId: string): void =>
    outbox.putLater(async () => {
      const token = createMailToken();
      const expiresAt = new Date(dependencies.clock() + VERIFICATION_LIFETIME_MS);
      const [row] = await database.asUser(userId, (db) =>
        db.query<{ readonly email: string | null }>(
          'SELECT begin_email_verification($1, $2) AS email',
          [token.hash, expiresAt],
        ),
      );
      const email = row?.email ?? undefined;
      return email === undefined ? undefined : mails.verifyEmail(email, token.text);
    });

  const get = (userId: string): Promise<User> =>
    database.asUser(userId, (db) => getUser(db, userId));

  return {
    get,
    requestVerification,

    update: (userId, change) =>
      profiles.change(userId, () =>
        database.asUser(userId, async (db) => {
          await updateProfile(db, userId, change);
          return await getUser(db, userId);
        }),
      ),

    async changeEmail(userId, email, password) {
      const checked = await checkPassword(userId, password);
      try {
        await database.asUser(userId, async (db) => {
          await holdPassword(db, userId, checked);
          await db.query('SELECT change_own_email($1)', [email]);
        });
      } catch (error) {
        throw isUniqueViolation(error, UNIQUE_EMAIL) ? new AppError('email_taken') : error;
      }
      requestVerification(userId);
      return await get(userId);
    },

    async changePassword({ userId, sessionId, current, next }) {
      const checked = await checkPassword(userId, current);
      const hash = await hashPassword(next);
      await liveSessions.end(userId, async (db) => {
        await holdPassword(db, userId, checked);
        await replacePassword(db, hash);
        return { sessionIds: await revokeSessions(db, userId, { allBut: sessionId }) };
      });
    },

    async verifyEmail(token) {
      const [row] = await database.call<{ readonly verify_email: string | null }>('verify_email', [
        hashMailToken(token),
      ]);
      if ((row?.verify_email ?? null) === null) {
        throw new AppError('mail_token_invalid');
      }
    },

    async delete(userId, password) {
      const checked = await checkPassword(userId, password);
      const unusable = await hashPassword(randomBytes(32).toString('base64url'));
      const { avatarUrl, roomIds } = await profiles.change(userId, () =>
        liveSessions.end(userId, async (db) => {
          await holdPassword(db, userId, checked);
          return await erase(db, userId, unusable);
        }),
      );
      await avatars.discard(avatarUrl);
      for (const roomId of roomIds) {
        try {
          await dependencies.endRoom(roomId, userId);
        } catch (error) {
          dependencies.logger.error(
            { err: error, roomId, userId },
            'a room of a deleted account was not ended',
          );
        }
      }
    },
  };
}

/** In one transaction, as the user. */
async function erase(db: Queryable, userId: string, unusablePassword: string) {
  const sessionIds = await revokeSessions(db, userId, { allBut: null });
  const rooms = await db.query<{ readonly id: string }>(
    `SELECT id FROM rooms WHERE host_id = $1 AND status = 'active'`,
    [userId],
  );
  const avatarUrl = await replaceAvatar(db, userId, null);
  await replacePassword(db, unusablePassword);
  await updateProfile(db, userId, { firstName: 'Deleted', lastName: 'user' });
  // RFC 2606: no mail ever goes to this domain. The old address is free again.
  await db.query('SELECT change_own_email($1)', [`${userId}@deleted.invalid`]);
  for (const table of ['user_contacts', 'user_settings', 'notifications']) {
    await db.query(`DELETE FROM ${table} WHERE user_id = $1`, [userId]);
  }
  await db.query('SELECT soft_delete_user($1)', [userId]);
  return { sessionIds, avatarUrl, roomIds: rooms.map(({ id }) => id) };
}

async function getUser(db: Queryable, userId: string): Promise<User> {
  const user = await findUser(db, userId);
  if (user === undefined) {
    throw new AppError('unauthorized', 'This account is not active');
  }
  return user;
}
