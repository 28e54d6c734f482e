import { hash, verify } from '@node-rs/argon2';
import { WaitingLine } from './waiting-line.ts';

/** OWASP's minimum for argon2id: 19 MiB, two passes, one lane; about 20 ms of one core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/**
 * Node.js has four threads for this, for files and for the signatures of tokens:
 * a crowd that signs in must leave some of them to everybody else. Who waits
 * longest waits some ten seconds.
 */
const line = new WaitingLine({ atOnce: 2, waiting: 1_000 });

/**
 * Hashes a password with argon2id, off the event loop.
 *
 * @returns a PHC string, at most 255 characters.
 * @throws AppError `rate_limited` when too many passwords wait already.
 */
export async function hashPassword(password: string): Promise<string> {
  return await line.run(() => hash(normalize(password), COST));
}

/**
 * Compares in constant time, off the event loop.
 *
 * @throws AppError `rate_limited` when too many passwords wait already.
 */
export async function verifyPassword(hashed: string, password: string): Promise<boolean> {
  return await line.run(() => verify(hashed, normalize(password)));
}

/** Keyboards write one character in several ways (NIST SP 800-63B, 5.1.1.2). */
function normalize(password: string): string {
  return password.normalize('NFKC');
}
