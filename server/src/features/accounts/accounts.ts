import { randomBytes, randomUUID } from 'node:crypto';
import type { User } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { hashPassword, verifyPassword } from '../../kernel/password.ts';
import type { IssuedToken } from '../../kernel/token.ts';
import { LostSecret, type Secrets } from '../../store/files/secrets.ts';
import type { Database } from '../../store/postgres/database.ts';
import { isUniqueViolation, type Queryable } from '../../store/postgres/postgres.ts';
import { sessionSaltPlace } from '../../store/secret-columns.ts';
import type { AccessTokens, TokenHolder } from './access-tokens.ts';
import type { LiveSessions } from './live-sessions.ts';
import {
  createRefreshToken,
  createRotationSalt,
  deriveNextToken,
  isSameHash,
  type RefreshToken,
  readRefreshToken,
} from './refresh-token.ts';
import {
  type Device,
  findSessionUser,
  insertSession,
  lockSession,
  revokeSessions,
  rotateSession,
  type SessionRow,
} from './session-rows.ts';
import type { SignInLimits } from './sign-in-limits.ts';
import {
  type Credentials,
  findCredentials,
  findUser,
  holdPassword,
  insertUser,
  recordSignIn,
  UNIQUE_EMAIL,
} from './user-rows.ts';

/** A session ends when it was not refreshed for this long. */
export const SESSION_LIFETIME_MS = 30 * 24 * 3_600_000;

/**
 * For how long the token before the present one is still exchanged, for the very
 * same next token. Two tabs that refresh at once, and a request repeated because
 * its answer was lost, are no theft.
 */
export const REFRESH_GRACE_MS = 10_000;

export interface OpenSession {
  readonly user: User;
  readonly accessToken: IssuedToken;
  readonly refreshToken: string;
}

export interface Registration {
  /** Trimmed and in lower case. */
  readonly email: string;
  readonly password: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** People who sign in with e-mail and password. */
export interface Accounts {
  /** @throws AppError `email_taken`. */
  register(registration: Registration, device: Device): Promise<OpenSession>;

  /**
   * Takes as long for an unknown address as for a wrong password, and answers the same.
   *
   * @throws AppError `invalid_credentials`, `rate_limited`.
   */
  signIn(email: string, password: string, device: Device): Promise<OpenSession>;

  /**
   * Exchanges a refresh token for the next one.
   *
   * @throws AppError `refresh_token_reused` for one that was exchanged before, and
   * the whole session is revoked; `token_expired`; `unauthorized`.
   */
  refresh(refreshToken: string, device: Device): Promise<OpenSession>;

  /** Ends the session of a refresh token, old or new. An unknown one is no fault. */
  signOut(refreshToken: string): Promise<void>;

  /**
   * Whom an access token belongs to, whose session goes on.
   *
   * @throws AppError `token_expired`, `unauthorized`, `unavailable`.
   */
  authenticate(accessToken: string): Promise<TokenHolder>;

  /** @throws AppError `unauthorized` when the account is gone or not active. */
  getUser(userId: string): Promise<User>;
}

export interface AccountsDependencies {
  readonly database: Database;
  readonly limits: SignInLimits;
  readonly accessTokens: AccessTokens;
  readonly liveSessions: LiveSessions;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A session as it was written, before the cache knows of it. */
interface WrittenSession {
  readonly user: User;
  readonly token: RefreshToken;
  readonly expiresAt: Date;
  readonly createdAt: Date;
}

type Exchange =
  | {
      readonly outcome: 'next';
      readonly token: RefreshToken;
      readonly expiresAt: Date;
      readonly createdAt: Date;
    }
  | { readonly outcome: 'reused' }
  | { readonly outcome: 'lost' }
  | { readonly outcome: 'expired' }
  | { readonly outcome: 'unknown' };

/** Accounts in the database. */
export async function createAccounts(dependencies: AccountsDependencies): Promise<Accounts> {
  const { database, limits, accessTokens, liveSessions, secrets, clock, logger } = dependencies;
  // Compared against where there is no account, so that it takes the same time.
  const decoyHash = await hashPassword(randomBytes(32).toString('base64url'));

  const sessionExpiry = (): Date => new Date(clock() + SESSION_LIFETIME_MS);

  const writeSession = async (
    db: Queryable,
    user: User,
    device: Device,
  ): Promise<WrittenSession> => {
    const token = createRefreshToken();
    const expiresAt = sessionExpiry();
    const createdAt = await insertSession(db, user.id, token, expiresAt, device);
    return { user, token, expiresAt, createdAt };
  };

  /** After the commit: only then may others know of the session. */
  const openSession = async (written: WrittenSession): Promise<OpenSession> => {
    const { user, token, expiresAt, createdAt } = written;
    const sessionId = token.familyHash;
    await liveSessions.opened(sessionId, { userId: user.id, expiresAt, createdAt });
    const accessToken = await accessTokens.issue({ userId: user.id, sessionId });
    return { user, accessToken, refreshToken: token.text };
  };

  const rotate = async (
    transaction: Queryable,
    session: SessionRow,
    token: RefreshToken,
    device: Device,
  ): Promise<Exchange> => {
    const salt = createRotationSalt();
    const next = deriveNextToken(token, salt);
    const expiresAt = sessionExpiry();
    const rotation = {
      previous: token.hash,
      next: next.hash,
      salt: await secrets.encryptSecret(sessionSaltPlace(session.id), salt),
      at: new Date(clock()),
      expiresAt,
    };
    await rotateSession(transaction, session.id, rotation, device);
    return { outcome: 'next', token: next, expiresAt, createdAt: session.created_at };
  };

  /** Undefined where the key is lost with which it was written. */
  const readSalt = async (session: SessionRow): Promise<string | undefined> => {
    const { id, rotation_salt: stored, encryption_key_id } = session;
    if (encryption_key_id === null) {
      return stored ?? '';
    }
    try {
      return await secrets.decryptSecret(sessionSaltPlace(id), stored ?? '');
    } catch (error) {
      if (error instanceof LostSecret) {
        logger.error({ err: error }, 'a session ends because its key is lost');
        return undefined;
      }
      throw error;
    }
  };

  const exchange = async (
    transaction: Queryable,
    token: RefreshToken,
    device: Device,
  ): Promise<Exchange> => {
    const session = await lockSession(transaction, token.familyHash);
    if (session === undefined || session.is_revoked) {
      return { outcome: 'unknown' };
    }
    const now = clock();
    const { previous_token, rotated_at, expires_at: expiresAt, created_at: createdAt } = session;
    if (expiresAt.getTime() <= now) {
      return { outcome: 'expired' };
    }
    if (isSameHash(session.token, token.hash)) {
      return await rotate(transaction, session, token, device);
    }
    const isPrevious = previous_token !== null && isSameHash(previous_token, token.hash);
    if (isPrevious && rotated_at !== null && now - rotated_at.getTime() <= REFRESH_GRACE_MS) {
      const salt = await readSalt(session);
      return salt === undefined
        ? { outcome: 'lost' }
        : { outcome: 'next', token: deriveNextToken(token, salt), expiresAt, createdAt };
    }
    return { outcome: 'reused' };
  };

  const endSession = (userId: string, token: RefreshToken) =>
    liveSessions.end(userId, async (db) => ({
      sessionIds: await revokeSessions(db, userId, { family: token.familyHash }),
    }));

  return {
    async register(registration, device) {
      const { email, password, firstName, lastName } = registration;
      const passwordHash = await hashPassword(password);
      try {
        const id = randomUUID();
        const written = await database.asUser(id, async (db) => {
          const user = await insertUser(db, { id, email, passwordHash, firstName, lastName });
          return await writeSession(db, user, device);
        });
        return await openSession(written);
      } catch (error) {
        throw isUniqueViolation(error, UNIQUE_EMAIL) ? new AppError('email_taken') : error;
      }
    },

    async signIn(email, password, device) {
      let found: Credentials | undefined;
      const isRight = await limits.check(email, device.network, async () => {
        found = await findCredentials(database, email);
        const isSame = await verifyPassword(found?.passwordHash ?? decoyHash, password);
        return isSame && found !== undefined;
      });
      if (found === undefined || !isRight) {
        throw new AppError('invalid_credentials');
      }
      const { userId: id, passwordHash } = found;
      const written = await database.asUser(id, async (db) => {
        await holdPassword(db, id, passwordHash);
        await recordSignIn(db, id);
        const user = await getUser(db, id);
        return await writeSession(db, user, device);
      });
      return await openSession(written);
    },

    async refresh(refreshToken, device) {
      const token = readRefreshToken(refreshToken);
      if (token === undefined) {
        throw new AppError('unauthorized');
      }
      const userId = await findSessionUser(database, token.familyHash);
      if (userId === undefined) {
        throw new AppError('unauthorized');
      }
      const result = await database.asUser(userId, (db) => exchange(db, token, device));
      switch (result.outcome) {
        case 'unknown':
          throw new AppError('unauthorized');
        case 'expired':
          throw new AppError('token_expired', 'The session is too old: sign in again');
        case 'reused':
          await endSession(userId, token);
          logger.warn({ userId }, 'a refresh token was reused; session revoked');
          throw new AppError('refresh_token_reused');
        case 'lost':
          await endSession(userId, token);
          throw new AppError('unauthorized');
        case 'next': {
          const user = await database.asUser(userId, (db) => getUser(db, userId));
          return await openSession({ user, ...result });
        }
      }
    },

    async signOut(refreshToken) {
      const token = readRefreshToken(refreshToken);
      const userId = token && (await findSessionUser(database, token.familyHash));
      if (token !== undefined && userId !== undefined) {
        await endSession(userId, token);
      }
    },

    async authenticate(accessToken) {
      const holder = await accessTokens.verify(accessToken);
      await liveSessions.assertLive(holder);
      return holder;
    },

    getUser: (userId) => database.asUser(userId, (db) => getUser(db, userId)),
  };
}

async function getUser(db: Queryable, userId: string): Promise<User> {
  const user = await findUser(db, userId);
  if (user === undefined) {
    throw new AppError('unauthorized', 'This account is not active');
  }
  return user;
}
