import { randomBytes, randomInt } from 'node:crypto';
import type { EncryptedSecret, Secrets } from '../../store/files/secrets.ts';
import { apiKeySecretPlace } from '../../store/secret-columns.ts';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LETTERS = 18;
/** As many as HMAC-SHA-256 can use (RFC 7518, 3.2). */
const SECRET_BYTES = 32;

/** What the id of every API key looks like. */
export const API_KEY_ID = /^BK[0-9A-Za-z]{18}$/;

/** A key that nobody has yet. */
export interface NewApiKey {
  readonly id: string;
  /** 43 letters. Their bytes in UTF-8 are the HMAC key. */
  readonly secret: string;
  /** As it is to be stored. */
  readonly sealed: EncryptedSecret;
}

/** Makes a key. Its secret is told to who wanted it, once, and stored encrypted. */
export async function makeApiKey(secrets: Secrets): Promise<NewApiKey> {
  const letters = Array.from({ length: ID_LETTERS }, () => LETTERS[randomInt(LETTERS.length)]);
  const id = `BK${letters.join('')}`;
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { id, secret, sealed: await secrets.encryptSecret(apiKeySecretPlace(id), secret) };
}
