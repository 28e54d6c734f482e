import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import type { RefreshToken, TokenHash } from './refresh-token.ts';

/** One signed-in device. */
export interface SessionRow {
  readonly id: string;
  readonly token: TokenHash;
  readonly previous_token: TokenHash | null;
  readonly rotation_salt: string | null;
  readonly rotated_at: Date | null;
  readonly expires_at: Date;
  readonly is_revoked: boolean;
}

/** Where a request comes from, for the list of one's own sessions. */
export interface Device {
  /** IP address without zone. */
  readonly address: string;
  /** Whom limits count: a /64 network for IPv6. */
  readonly network: string;
  readonly userAgent: string | null;
}

const MAX_USER_AGENT = 500;

export async function insertSession(
  db: Queryable,
  userId: string,
  token: RefreshToken,
  expiresAt: Date,
  device: Device,
): Promise<void> {
  await db.query(
    `INSERT INTO user_sessions (user_id, token, family, expires_at, ip_address, user_agent)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      userId,
      token.hash,
      token.familyHash,
      expiresAt,
      device.address,
      device.userAgent?.slice(0, MAX_USER_AGENT) ?? null,
    ],
  );
}

/** Whose session it is: the one thing about it that is known without the user. */
export async function findSessionUser(
  database: Database,
  familyHash: TokenHash,
): Promise<string | undefined> {
  const [row] = await database.call<{ readonly find_session_user: string | null }>(
    'find_session_user',
    [familyHash],
  );
  return row?.find_session_user ?? undefined;
}

/** Locks the row until the transaction ends: refreshes of one session come one after the other. */
export async function lockSession(
  transaction: Queryable,
  familyHash: TokenHash,
): Promise<SessionRow | undefined> {
  const [row] = await transaction.query<SessionRow>(
    `SELECT id, token, previous_token, rotation_salt, rotated_at, expires_at, is_revoked
     FROM user_sessions WHERE family = $1 FOR UPDATE`,
    [familyHash],
  );
  return row;
}

export interface Rotation {
  readonly previous: TokenHash;
  readonly next: TokenHash;
  readonly salt: string;
  readonly at: Date;
  readonly expiresAt: Date;
}

export async function rotateSession(
  transaction: Queryable,
  sessionId: string,
  rotation: Rotation,
  device: Device,
): Promise<void> {
  await transaction.query(
    `UPDATE user_sessions
     SET token = $2, previous_token = $3, rotation_salt = $4, rotated_at = $5, expires_at = $6,
         ip_address = $7, user_agent = $8
     WHERE id = $1`,
    [
      sessionId,
      rotation.next,
      rotation.previous,
      rotation.salt,
      rotation.at,
      rotation.expiresAt,
      device.address,
      device.userAgent?.slice(0, MAX_USER_AGENT) ?? null,
    ],
  );
}

export async function revokeSession(db: Queryable, familyHash: TokenHash): Promise<void> {
  await db.query('UPDATE user_sessions SET is_revoked = TRUE WHERE family = $1', [familyHash]);
}
