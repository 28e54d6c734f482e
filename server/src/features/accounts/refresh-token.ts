import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/*
 * A refresh token is `family.secret`, 256 random bits each, in base64url. The
 * family stays the same over all refreshes of a session and is known only to who
 * ever held one of its tokens; the secret changes with each refresh. So one row
 * for each session tells a token that was exchanged long ago from a forgery,
 * without a row for every token.
 *
 * The next secret is derived from the present token and a salt which is kept in
 * the row. Two tabs that refresh at once, or a client that repeats a request whose
 * answer was lost, thus get the same next token; and neither the row alone nor
 * the old token alone yields it.
 */

const TOKEN = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/;

/** SHA-256 in hexadecimal, as the database holds it. */
export type TokenHash = string;

export interface RefreshToken {
  /** What the client holds. */
  readonly text: string;
  readonly familyHash: TokenHash;
  readonly hash: TokenHash;
}

/** Starts a family. */
export function createRefreshToken(): RefreshToken {
  return makeToken(randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url'));
}

/** @returns undefined for a text that no refresh token looks like. */
export function readRefreshToken(text: string): RefreshToken | undefined {
  const [, family, secret] = TOKEN.exec(text) ?? [];
  return family === undefined || secret === undefined ? undefined : makeToken(family, secret);
}

/** 256 random bits in hexadecimal. */
export function createRotationSalt(): string {
  return randomBytes(32).toString('hex');
}

/** The token that follows this one under this salt. */
export function deriveNextToken(token: RefreshToken, salt: string): RefreshToken {
  const [family = ''] = token.text.split('.');
  const secret = createHmac('sha256', Buffer.from(salt, 'hex'))
    .update(token.text)
    .digest('base64url');
  return makeToken(family, secret);
}

/** Compares in constant time. */
export function isSameHash(one: TokenHash, other: TokenHash): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function makeToken(family: string, secret: string): RefreshToken {
  const text = `${family}.${secret}`;
  return { text, familyHash: sha256(family), hash: sha256(text) };
}

function sha256(text: string): TokenHash {
  return createHash('sha256').update(text).digest('hex');
}
