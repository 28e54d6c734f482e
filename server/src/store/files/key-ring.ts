import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { loadKeyFile } from './key-file.ts';

const NAME = 'encryption-keys.json';
const KEY_BYTES = 32;

/** How old the view of the file may be. Whoever drops a key must wait for longer. */
export const KEY_RING_MAX_AGE_MS = 5_000;

/** A key that encrypts what is stored (AES-256). */
export interface EncryptionKey {
  /** Random, 16 hexadecimal digits. */
  readonly id: string;
  readonly secret: Buffer;
  /** When a newer one took its place; undefined for the current one. */
  readonly retiredAt: Date | undefined;
}

/** The keys of a data directory: one encrypts, all of them decrypt. */
export interface KeyRing {
  /** The newest in the file, at most 5 s ago: another process may rotate at any time. */
  getCurrentKey(): Promise<EncryptionKey>;
  /** Looks into the file again before it says no. */
  findKey(id: string): Promise<EncryptionKey | undefined>;
  keyIds(): readonly string[];
  /** Adds a key and makes it the current one. One process at a time. */
  addKey(): Promise<EncryptionKey>;
  /** Forgets a retired key for good: what it encrypted is lost. One process at a time. */
  dropKey(id: string): Promise<void>;
  /** Retired keys, the oldest first. */
  retiredKeys(): readonly EncryptionKey[];
}

const storedKeys = z.strictObject({
  current: z.string(),
  keys: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[0-9a-f]{16}$/),
        secret: z.base64url().refine((text) => Buffer.from(text, 'base64url').length === KEY_BYTES),
        createdAt: z.iso.datetime(),
        retiredAt: z.iso.datetime().nullable(),
      }),
    )
    .min(1),
});
type StoredKeys = z.output<typeof storedKeys>;

/**
 * Loads the keys with which stored secrets are encrypted, or makes the first one.
 *
 * @param dataDir `BALAI_DATA_DIR`; the file is `keys/encryption-keys.json` below it.
 * Processes that share a database must share this file.
 * @throws Error with the path when the file does not hold keys: to encrypt with new
 * ones unasked would hide that what is stored cannot be read.
 */
export async function loadKeyRing(dataDir: string): Promise<KeyRing> {
  const { path, text } = await loadKeyFile(dataDir, NAME, async () => {
    const key = createKey();
    return serialise({ current: key.id, keys: [key] });
  });
  let stored = parse(text, path);
  let readAt = Date.now();
  let seen = await changeOf(path);

  const refresh = async (): Promise<void> => {
    const now = await changeOf(path);
    if (now !== seen) {
      stored = parse(await readFile(path, 'utf8'), path);
      seen = now;
    }
    readAt = Date.now();
  };
  const replace = async (next: StoredKeys): Promise<void> => {
    await writeWhole(path, serialise(next));
    await refresh();
  };
  const find = (id: string): EncryptionKey | undefined => {
    const key = stored.keys.find((candidate) => candidate.id === id);
    return key && toKey(key);
  };

  return {
    async getCurrentKey() {
      if (Date.now() - readAt >= KEY_RING_MAX_AGE_MS) {
        await refresh();
      }
      // parse() has made sure of it.
      return find(stored.current) as EncryptionKey;
    },
    async findKey(id) {
      const known = find(id);
      if (known === undefined) {
        await refresh();
      }
      return known ?? find(id);
    },
    keyIds: () => stored.keys.map(({ id }) => id),
    async addKey() {
      await refresh();
      const added = createKey();
      const { createdAt: retiredAt } = added;
      await replace({
        current: added.id,
        keys: [
          ...stored.keys.map((key) => ({ ...key, retiredAt: key.retiredAt ?? retiredAt })),
          added,
        ],
      });
      return toKey(added);
    },
    async dropKey(id) {
      await refresh();
      if (id === stored.current) {
        throw new Error('the current key cannot be dropped');
      }
      await replace({ ...stored, keys: stored.keys.filter((key) => key.id !== id) });
    },
    retiredKeys: () => stored.keys.filter(({ retiredAt }) => retiredAt !== null).map(toKey),
  };
}

function createKey(): StoredKeys['keys'][number] {
  return {
    id: randomBytes(8).toString('hex'),
    secret: randomBytes(KEY_BYTES).toString('base64url'),
    createdAt: new Date().toISOString(),
    retiredAt: null,
  };
}

function toKey({ id, secret, retiredAt }: StoredKeys['keys'][number]): EncryptionKey {
  return {
    id,
    secret: Buffer.from(secret, 'base64url'),
    retiredAt: retiredAt === null ? undefined : new Date(retiredAt),
  };
}

function parse(text: string, path: string): StoredKeys {
  try {
    const stored = storedKeys.parse(JSON.parse(text));
    if (stored.keys.some(({ id }) => id === stored.current)) {
      return stored;
    }
  } catch {
    // The fault underneath may quote a key: it must not reach a log.
  }
  throw new Error(`${path} does not hold encryption keys: restore it from a copy`);
}

function serialise(stored: StoredKeys): string {
  return `${JSON.stringify(stored, undefined, 2)}\n`;
}

/** Differs after every replacement: a new file has another inode. */
async function changeOf(path: string): Promise<string> {
  const { ino, mtimeMs } = await stat(path);
  return `${ino}:${mtimeMs}`;
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.new-${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const folder = await open(dirname(path), 'r');
    try {
      // A key that is lost after it was used makes what it encrypted unreadable.
      await folder.sync();
    } finally {
      await folder.close();
    }
  } finally {
    await rm(temporary, { force: true });
  }
}
