import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A secret on disk. */
export interface KeyFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Reads a secret of the data directory, or makes it on the first start.
 * Processes that start at the same time end up with the same one. The file has
 * mode 0600 and its folder 0700; wider modes, left by a restored copy for
 * example, are narrowed.
 *
 * @param dataDir `BALAI_DATA_DIR`; the file is in its folder `keys`.
 * @param create Makes the text where there is none.
 */
export async function loadKeyFile(
  dataDir: string,
  name: string,
  create: () => Promise<string>,
): Promise<KeyFile> {
  const folder = join(dataDir, 'keys');
  const path = join(folder, name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const text = (await findFile(path)) ?? (await createFile(folder, path, await create()));
  await chmod(path, 0o600);
  return { path, text };
}

/** A password of the data directory: 256 random bits in base64url. */
export async function loadPassword(dataDir: string, name: string): Promise<string> {
  const { text } = await loadKeyFile(
    dataDir,
    name,
    async () => `${randomBytes(32).toString('base64url')}\n`,
  );
  return text.trim();
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

/** Writes the file, whole or not at all. @returns what is in it, which may be another process's. */
async function createFile(folder: string, path: string, text: string): Promise<string> {
  const temporary = join(folder, `.new-${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
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

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
