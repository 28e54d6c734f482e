import { createHash, randomBytes } from 'node:crypto';

/** How long the link of a mail that confirms an address is good. */
export const VERIFICATION_LIFETIME_MS = 48 * 3_600_000;
/** How long the link of a mail to choose another password is good. */
export const RESET_LIFETIME_MS = 3_600_000;

/** A secret that goes out by mail and comes back once. The database has its hash only. */
export interface MailToken {
  readonly text: string;
  /** SHA-256 in hexadecimal. A look-up by it takes as long however much of a guess is right. */
  readonly hash: string;
}

/** 256 random bits in base64url. */
export function createMailToken(): MailToken {
  const text = randomBytes(32).toString('base64url');
  return { text, hash: hashMailToken(text) };
}

export function hashMailToken(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
