import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import { z } from 'zod';
import { loadKeyFile } from './key-file.ts';

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
  const { path, text } = await loadKeyFile(dataDir, 'signing-key.json', createKey);
  return readKey(text, path);
}

async function createKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { kty, crv, x, d } = await exportJWK(privateKey);
  return `${JSON.stringify({ kty, crv, x, d })}\n`;
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
