import { hash, verify } from '@node-rs/argon2';

/** OWASP's minimum for argon2id: 19 MiB, two passes, one lane; about 20 ms of one core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Hashes a password with argon2id, off the event loop. @returns a PHC string, at most 255 characters. */
export async function hashPassword(password: string): Promise<string> {
  return await hash(normalize(password), COST);
}

/** Compares in constant time, off the event loop. */
export async function verifyPassword(hashed: string, password: string): Promise<boolean> {
  return await verify(hashed, normalize(password));
}

/** Keyboards write one character in several ways (NIST SP 800-63B, 5.1.1.2). */
function normalize(password: string): string {
  return password.normalize('NFKC');
}
