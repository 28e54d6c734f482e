import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { EncryptionKey, KeyRing } from './key-ring.ts';

const CIPHER = 'aes-256-gcm';
/** NIST SP 800-38D: the size for which random nonces are analysed. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^v1:([0-9a-f]{16}):([\w-]{16}):([\w-]+)$/;

/** Which value it is. Bound to the ciphertext, so that it cannot be moved to another place. */
export interface SecretPlace {
  /** The column: `user_sessions.rotation_salt`. */
  readonly purpose: string;
  /** Identifies the row in its table for ever, such as its id. */
  readonly rowId: string;
}

/** A value as it is stored. */
export interface EncryptedSecret {
  /** `v1:<key id>:<nonce>:<ciphertext and tag>`, the last two in base64url. */
  readonly value: string;
  /** For a column of its own, by which a rotation finds what it has to do. */
  readonly keyId: string;
}

/** A stored value that nobody can read any more: its key is gone, or it was changed. */
export class LostSecret extends Error {
  override readonly name = 'LostSecret';
}

/** Encrypts what is secret even from those who read the database or a backup of it. */
export interface Secrets {
  encryptSecret(place: SecretPlace, text: string): Promise<EncryptedSecret>;
  /**
   * @throws LostSecret, without the value, when it was changed, belongs to another place,
   * or was encrypted with a key that this data directory lacks.
   */
  decryptSecret(place: SecretPlace, value: string): Promise<string>;
}

/** AES-256-GCM with a random nonce for each value, under the current key of the ring. */
export function createSecrets(keyRing: KeyRing): Secrets {
  return {
    async encryptSecret(place, text) {
      const key = await keyRing.getCurrentKey();
      return { value: seal(key, place, text), keyId: key.id };
    },
    async decryptSecret(place, value) {
      const [, keyId, nonce, sealed] = FORM.exec(value) ?? [];
      if (keyId === undefined || nonce === undefined || sealed === undefined) {
        throw new LostSecret(`${place.purpose} of ${place.rowId} is not an encrypted value`);
      }
      const key = await keyRing.findKey(keyId);
      if (key === undefined) {
        throw new LostSecret(
          `${place.purpose} of ${place.rowId} is encrypted with the key ${keyId}, which is not in keys/encryption-keys.json`,
        );
      }
      return unseal(key, place, Buffer.from(nonce, 'base64url'), Buffer.from(sealed, 'base64url'));
    },
  };
}

function seal(key: EncryptionKey, place: SecretPlace, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.secret, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(key, place));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `v1:${key.id}:${nonce.toString('base64url')}:${sealed.toString('base64url')}`;
}

function unseal(key: EncryptionKey, place: SecretPlace, nonce: Buffer, sealed: Buffer): string {
  if (sealed.length < TAG_BYTES) {
    throw new LostSecret(`${place.purpose} of ${place.rowId} is cut off`);
  }
  const decipher = createDecipheriv(CIPHER, key.secret, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(key, place));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const text = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
    return text.toString('utf8');
  } catch (error) {
    throw new LostSecret(`${place.purpose} of ${place.rowId} was changed, or belongs elsewhere`, {
      cause: error,
    });
  }
}

/** As JSON, so that no two places give the same bytes. */
function additionalData({ id }: EncryptionKey, { purpose, rowId }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify(['v1', id, purpose, rowId]), 'utf8');
}
