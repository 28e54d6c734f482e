import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What people upload, by kind. Each kind has a folder of its own. */
export const FILE_AREAS = ['avatars', 'messages'] as const;
export type FileArea = (typeof FILE_AREAS)[number];

/**
 * Names a stored file: `avatars/` or `messages/`, then 256 random bits in base64url.
 * Chosen by the storage and never used twice; nobody can guess one.
 */
export type FileKey = string;

export interface StoredFile {
  readonly key: FileKey;
  readonly sizeBytes: number;
}

export interface OpenedFile {
  readonly sizeBytes: number;
  /** Whoever opened the file reads it to its end or destroys it. */
  readonly content: Readable;
}

/** Keeps the bytes of uploaded files. What they are called and who may have them, the database knows. */
export interface FileStorage {
  /**
   * Stores a file, whole or not at all, and durably once it resolves.
   *
   * @param content What it throws, `save` throws, and nothing is stored.
   */
  save(area: FileArea, content: AsyncIterable<Uint8Array>): Promise<StoredFile>;

  /** @returns undefined where there is no such file, and for a text that is no key. */
  open(key: FileKey): Promise<OpenedFile | undefined>;

  /** Removing what is not there is no fault. */
  remove(key: FileKey): Promise<void>;
}

const KEY = /^(avatars|messages)\/([\w-]{2})([\w-]{41})$/;

/**
 * Files on a disk of this machine, or one that all replicas mount.
 *
 * @param folder Made where it is missing, for its owner only.
 */
export async function createDiskStorage(folder: string): Promise<FileStorage> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const incoming = join(folder, 'incoming');
  await mkdir(incoming, { recursive: true, mode: 0o700 });

  return {
    async save(area, content) {
      const key = `${area}/${randomBytes(32).toString('base64url')}`;
      const path = pathOf(folder, key) as string;
      const temporary = join(incoming, randomBytes(16).toString('hex'));
      try {
        await pipeline(
          Readable.from(content, { objectMode: false }),
          createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }),
        );
        const { size } = await stat(temporary);
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        // Unlike rename, link fails where the name is taken.
        await link(temporary, path);
        await syncFolder(dirname(path));
        return { key, sizeBytes: size };
      } finally {
        await rm(temporary, { force: true });
      }
    },

    async open(key) {
      const path = pathOf(folder, key);
      if (path === undefined) {
        return undefined;
      }
      try {
        const handle = await open(path, 'r');
        const { size } = await handle.stat();
        return { sizeBytes: size, content: createReadStream(path, { fd: handle, end: size }) };
      } catch (error) {
        if (isMissing(error)) {
          return undefined;
        }
        throw error;
      }
    },

    async remove(key) {
      const path = pathOf(folder, key);
      if (path !== undefined) {
        await rm(path, { force: true });
      }
    },
  };
}

/** Two letters of the key make a folder, so that none holds millions of files. */
function pathOf(folder: string, key: FileKey): string | undefined {
  const [, area, head, tail] = KEY.exec(key) ?? [];
  return area === undefined || head === undefined || tail === undefined
    ? undefined
    : join(folder, area, head, `${head}${tail}`);
}

/** Without it the name of the file may be lost with the power, though its bytes are not. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
