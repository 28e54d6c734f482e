import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import type { RefreshToken, TokenHash } from './refresh-token.ts';
import type { LiveSession } from './session-cache.ts';

/** One signed-in device. */
export interface SessionRow {
  readonly id: string;
  readonly token: TokenHash;
  readonly previous_token: TokenHash | null;
  readonly rotation_salt: string | null;
  readonly encryption_key_id: string | null;
  readonly rotated_at: Date | null;
  readonly expires_at: Date;
  readonly created_at: Date;
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

/** @returns when it was opened. */
export async function insertSession(
  db: Queryable,
  userId: string,
  token: RefreshToken,
  expiresAt: Date,
  device: Device,
): Promise<Date> {
  const [row] = await db.query<{ readonly created_at: Date }>(
    `INSERT INTO user_sessions (user_id, token, family, expires_at, ip_address, user_agent)
     VALUES ($1, $2, $3, $4, $5, $6) RETURNING created_at`,
    [
      userId,
      token.hash,
      token.familyHash,
      expiresAt,
      device.address,
      device.userAgent?.slice(0, MAX_USER_AGENT) ?? null,
    ],
  );
  return row?.created_at ?? new Date();
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

/** A session of an active user that was not revoked; it may be too old. */
export async function findLiveSession(
  db: Queryable,
  userId: string,
  familyHash: TokenHash,
): Promise<LiveSession | undefined> {
  const [row] = await db.query<{ readonly expires_at: Date; readonly created_at: Date }>(
    `SELECT s.expires_at, s.created_at
     FROM user_sessions s JOIN users u ON u.id = s.user_id
     WHERE s.family = $1 AND s.user_id = $2 AND NOT s.is_revoked AND u.status = 'active'`,
    [familyHash, userId],
  );
  return row && { userId, expiresAt: row.expires_at, createdAt: row.created_at };
}

/** Locks the row until the transaction ends: refreshes of one session come one after the other. */
export async function lockSession(
  transaction: Queryable,
  familyHash: TokenHash,
): Promise<SessionRow | undefined> {
  const [row] = await transaction.query<SessionRow>(
    `SELECT id, token, previous_token, rotation_salt, encryption_key_id, rotated_at, expires_at,
            created_at, is_revoked
     FROM user_sessions WHERE family = $1 FOR UPDATE`,
    [familyHash],
  );
  return row;
}

export interface Rotation {
  readonly previous: TokenHash;
  readonly next: TokenHash;
  /** Encrypted, with the id of the key. */
  readonly salt: { readonly value: string; readonly keyId: string };
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
     SET token = $2, previous_token = $3, rotation_salt = $4, encryption_key_id = $5,
         rotated_at = $6, expires_at = $7, ip_address = $8, user_agent = $9
     WHERE id = $1`,
    [
      sessionId,
      rotation.next,
      rotation.previous,
      rotation.salt.value,
      rotation.salt.keyId,
      rotation.at,
      rotation.expiresAt,
      device.address,
      device.userAgent?.slice(0, MAX_USER_AGENT) ?? null,
    ],
  );
}

/** Which of one's own sessions to revoke. */
export type SessionChoice =
  | { readonly family: TokenHash }
  | { readonly id: string }
  | { readonly allBut: TokenHash | null };

/** @returns the families of the sessions that went on until now. */
export async function revokeSessions(
  db: Queryable,
  userId: string,
  choice: SessionChoice,
): Promise<readonly TokenHash[]> {
  const [condition, value] =
    'family' in choice
      ? ['family = $2', choice.family]
      : 'id' in choice
        ? ['id = $2', choice.id]
        : ['family IS DISTINCT FROM $2', choice.allBut];
  const rows = await db.query<{ readonly family: TokenHash }>(
    `UPDATE user_sessions SET is_revoked = TRUE
     WHERE user_id = $1 AND NOT is_revoked AND ${condition} RETURNING family`,
    [userId, value],
  );
  return rows.map((row) => row.family);
}
