import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import { z } from 'zod';

/** The key that signs access tokens and room tokens: Ed25519, RFC 8037. */
export interface SigningKey {
  /** RFC 7638 thumbprint of the public key. */
  readonly keyId: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** The public half, for `/.well-known/jwks.json`. Holds nothing secret. */
  readonly publicJwk: JWK;
}

const storedKey = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.base64url(),
  d: z.base64url(),
});

/**
 * Loads the signing key, or makes it on the first start. Processes that start at
 * the same time end up with the same key. The file has mode 0600 and its folder
 * 0700; wider modes, left by a restored copy for example, are narrowed.
 *
 * @param dataDir `BALAI_DATA_DIR`; the key is in `keys/signing-key.json` below it.
 * @throws Error with the path when the file is not a key: to sign with a new one
 * unasked would end everybody's session.
 */
export async function loadSigningKey(dataDir: string): Promise<SigningKey> {
  const folder = join(dataDir, 'keys');
  const path = join(folder, 'signing-key.json');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const stored = (await findFile(path)) ?? (await createKey(folder, path));
  await chmod(path, 0o600);
  return readKey(stored, path);
}

async function findFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

/** Writes a new key, whole or not at all. @returns the key in the file, which may be another process's. */
async function createKey(folder: string, path: string): Promise<string> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { kty, crv, x, d } = await exportJWK(privateKey);
  const temporary = join(folder, `.signing-key-${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ kty, crv, x, d })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // Unlike rename, link fails where the name is taken: the first process wins.
    await link(temporary, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) {
      throw error;
    }
  } finally {
    await rm(temporary, { force: true });
  }
  return await readFile(path, 'utf8');
}

async function readKey(text: string, path: string): Promise<SigningKey> {
  try {
    const { d, ...publicPart } = storedKey.parse(JSON.parse(text));
    const keyId = await calculateJwkThumbprint(publicPart);
    const [privateKey, publicKey] = await Promise.all([
      importJWK({ ...publicPart, d }, 'EdDSA'),
      importJWK(publicPart, 'EdDSA'),
    ]);
    if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array) {
      throw new TypeError('an Ed25519 key cannot be symmetric');
    }
    const publicJwk = { ...publicPart, kid: keyId, alg: 'EdDSA', use: 'sig' };
    return { keyId, privateKey, publicKey, publicJwk };
  } catch {
    // The fault underneath may quote the key: it must not reach a log.
    throw new Error(
      `${path} does not hold a signing key: restore it, or remove it to make another`,
    );
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
