import type { User } from '@balai/protocol';
import type { Queryable } from '../../store/postgres/postgres.ts';

interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly created_at: Date;
}

export interface NewUser {
  /** In lower case. */
  readonly email: string;
  readonly passwordHash: string;
  readonly firstName: string;
  readonly lastName: string;
}

export interface Credentials {
  readonly user: User;
  readonly passwordHash: string;
}

/** Name of the constraint that a second account with one e-mail address violates. */
export const UNIQUE_EMAIL = 'users_email_key';

const COLUMNS = 'id, email, first_name, last_name, created_at';

/** @throws pg's unique violation of `UNIQUE_EMAIL`. */
export async function insertUser(db: Queryable, user: NewUser): Promise<User> {
  const rows = await db.query<UserRow>(
    `INSERT INTO users (email, password, first_name, last_name, kind, last_login)
     VALUES ($1, $2, $3, $4, 'registered', NOW())
     RETURNING ${COLUMNS}`,
    [user.email, user.passwordHash, user.firstName, user.lastName],
  );
  return toUser(rows[0] as UserRow);
}

/** Registered, active users only. */
export async function findCredentials(
  db: Queryable,
  email: string,
): Promise<Credentials | undefined> {
  const [row] = await db.query<UserRow & { readonly password: string }>(
    `SELECT ${COLUMNS}, password FROM users
     WHERE email = $1 AND kind = 'registered' AND status = 'active'`,
    [email],
  );
  return row && { user: toUser(row), passwordHash: row.password };
}

/** Registered, active users only. */
export async function findUser(db: Queryable, userId: string): Promise<User | undefined> {
  const [row] = await db.query<UserRow>(
    `SELECT ${COLUMNS} FROM users
     WHERE id = $1 AND kind = 'registered' AND status = 'active'`,
    [userId],
  );
  return row && toUser(row);
}

export async function recordSignIn(db: Queryable, userId: string): Promise<void> {
  await db.query('UPDATE users SET last_login = NOW() WHERE id = $1', [userId]);
}

function toUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    firstName: row.first_name,
    lastName: row.last_name,
    createdAt: row.created_at.toISOString(),
  };
}
