import type { SecretPlace } from './files/secrets.ts';

/** A column whose values are encrypted where the row's `encryption_key_id` is set. */
export interface SecretColumn {
  readonly table: string;
  readonly column: string;
  /** SQL for what the value is bound to ({@link SecretPlace}.rowId). Never changes for a row. */
  readonly rowIdSql: string;
}

/**
 * Every column that may hold encrypted values: what `npm run rotate-keys` goes
 * through. A value in a column that is not listed is lost with its key.
 *
 * Passwords and tokens are not here: they are only ever compared, so hashes of them are stored.
 */
export const SECRET_COLUMNS = [
  // With a refresh token that was used up, it gives the one that is valid now.
  { table: 'user_sessions', column: 'rotation_salt', rowIdSql: 'id::text' },
  // Mails hold the links with which people confirm an address or choose a password.
  { table: 'mails', column: 'content', rowIdSql: 'id::text' },
  // HMAC wants the secret itself to check a signature.
  { table: 'api_keys', column: 'secret', rowIdSql: 'id::text' },
] as const satisfies readonly SecretColumn[];

/** Where the salt of a session is. */
export function sessionSaltPlace(sessionId: string): SecretPlace {
  return { purpose: 'user_sessions.rotation_salt', rowId: sessionId };
}

/** Where a mail is that waits to be sent. */
export function mailContentPlace(mailId: string): SecretPlace {
  return { purpose: 'mails.content', rowId: mailId };
}

/** Where the secret of an API key is. */
export function apiKeySecretPlace(keyId: string): SecretPlace {
  return { purpose: 'api_keys.secret', rowId: keyId };
}
