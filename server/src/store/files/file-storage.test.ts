import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDiskStorage, type FileStorage } from './file-storage.ts';

let parent: string;
let folder: string;
let storage: FileStorage;
beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'balai-files-'));
  folder = join(parent, 'files');
  storage = await createDiskStorage(folder);
});
afterEach(() => rmSync(parent, { recursive: true }));

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    yield Buffer.from(text);
  }
}

async function read(key: string): Promise<string | undefined> {
  const file = await storage.open(key);
  return file && (await buffer(file.content)).toString();
}

describe('the disk storage', () => {
  test('gives back what was stored, with its size', async () => {
    const stored = await storage.save('messages', chunks('sela', 'mat'));
    expect(stored).toEqual({ key: expect.stringMatching(/^messages\/[\w-]{43}$/), sizeBytes: 7 });
    expect(await read(stored.key)).toBe('selamat');
    expect(
      (await storage.open(stored.key).then((file) => file?.content.destroy() && file))?.sizeBytes,
    ).toBe(7);
  });

  test('stores an empty file', async () => {
    const { key, sizeBytes } = await storage.save('messages', chunks());
    expect(sizeBytes).toBe(0);
    expect(await read(key)).toBe('');
  });

  test('keeps nothing of a file that broke off', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('the client went away');
    }
    await expect(storage.save('avatars', broken())).rejects.toThrow('the client went away');
    const left = readdirSync(folder, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });

  test('is for its owner only', async () => {
    const { key } = await storage.save('avatars', chunks('a'));
    const [file] = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(key.endsWith(file?.name ?? '?')).toBe(true);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(file?.parentPath ?? '', file?.name ?? '')).mode & 0o777).toBe(0o600);
  });

  test('forgets what is removed, and forgives removing it twice', async () => {
    const { key } = await storage.save('avatars', chunks('a'));
    await storage.remove(key);
    await storage.remove(key);
    expect(await read(key)).toBeUndefined();
  });

  test.each([
    '../secret',
    'avatars/../../secret',
    `avatars/${'../'.repeat(14)}a`,
    `other/${'a'.repeat(43)}`,
    '',
  ])('leads %j nowhere', async (key) => {
    writeFileSync(join(parent, 'secret'), 'x');
    expect(await read(key)).toBeUndefined();
    await storage.remove(key);
    expect(readdirSync(parent).sort()).toEqual(['files', 'secret']);
  });
});
