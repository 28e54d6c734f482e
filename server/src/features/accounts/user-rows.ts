import type { User } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';

interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly avatar: string | null;
  readonly email_verified: boolean;
  readonly is_admin: boolean;
  readonly created_at: Date;
}

export interface NewUser {
  readonly id: string;
  /** In lower case. */
  readonly email: string;
  readonly passwordHash: string;
  readonly firstName: string;
  readonly lastName: string;
}

export interface Credentials {
  readonly userId: string;
  readonly passwordHash: string;
}

/** Name of the constraint that a second account with one e-mail address violates. */
export const UNIQUE_EMAIL = 'users_email_key';

/** @throws pg's unique violation of `UNIQUE_EMAIL`. */
export async function insertUser(db: Queryable, user: NewUser): Promise<User> {
  await db.query(
    `INSERT INTO users (id, email, password, first_name, last_name, kind, last_login)
     VALUES ($1, $2, $3, $4, $5, 'registered', NOW())`,
    [user.id, user.email, user.passwordHash, user.firstName, user.lastName],
  );
  return (await findUser(db, user.id)) as User;
}

/** Registered, active users only. */
export async function findCredentials(
  database: Database,
  email: string,
): Promise<Credentials | undefined> {
  const [row] = await database.call<{ readonly id: string; readonly password: string }>(
    'find_credentials',
    [email],
  );
  return row && { userId: row.id, passwordHash: row.password };
}

/** Registered, active users only; for the user themselves. */
export async function findUser(db: Queryable, userId: string): Promise<User | undefined> {
  const [row] = await db.query<UserRow>(
    `SELECT u.id, account.email, u.first_name, u.last_name, u.avatar, account.email_verified,
            account.is_admin, u.created_at
     FROM users u JOIN LATERAL account_of(u.id) account ON TRUE
     WHERE u.id = $1 AND u.kind = 'registered' AND u.status = 'active'`,
    [userId],
  );
  return row && toUser(row);
}

export async function recordSignIn(db: Queryable, userId: string): Promise<void> {
  await db.query('UPDATE users SET last_login = NOW() WHERE id = $1', [userId]);
}

/** The present hash of one's own password. */
export async function findOwnPassword(db: Queryable): Promise<string | undefined> {
  const [row] = await db.query<{ readonly hash: string | null }>(
    'SELECT find_own_password() AS hash',
  );
  return row?.hash ?? undefined;
}

/**
 * Makes sure that the password which was found right is still the one, and keeps it
 * so until the transaction ends. Otherwise who knows only the old one could still do
 * something with it, or two could replace it at once.
 *
 * @throws AppError `invalid_credentials`.
 */
export async function holdPassword(db: Queryable, userId: string, hash: string): Promise<void> {
  await db.query('SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  if ((await findOwnPassword(db)) !== hash) {
    throw new AppError('invalid_credentials');
  }
}

/** Of the current user. Links for a new one that were mailed until now lead nowhere any more. */
export async function replacePassword(db: Queryable, passwordHash: string): Promise<void> {
  await db.query('SELECT replace_own_password($1)', [passwordHash]);
}

export interface ProfileChange {
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
}

export async function updateProfile(
  db: Queryable,
  userId: string,
  { firstName, lastName }: ProfileChange,
): Promise<void> {
  await db.query(
    `UPDATE users
     SET first_name = COALESCE($2, first_name), last_name = COALESCE($3, last_name)
     WHERE id = $1`,
    [userId, firstName ?? null, lastName ?? null],
  );
}

/** @returns the URL of the picture until now. */
export async function replaceAvatar(
  db: Queryable,
  userId: string,
  url: string | null,
): Promise<string | null> {
  const [row] = await db.query<{ readonly avatar: string | null }>(
    'SELECT avatar FROM users WHERE id = $1 FOR UPDATE',
    [userId],
  );
  await db.query('UPDATE users SET avatar = $2 WHERE id = $1', [userId, url]);
  return row?.avatar ?? null;
}

function toUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    isEmailVerified: row.email_verified,
    firstName: row.first_name,
    lastName: row.last_name,
    avatarUrl: row.avatar,
    isAdmin: row.is_admin,
    createdAt: row.created_at.toISOString(),
  };
}
