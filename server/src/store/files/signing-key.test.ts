import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jwtVerify, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadSigningKey } from './signing-key.ts';

let dataDir: string;
let path: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'balai-key-'));
  path = join(dataDir, 'keys', 'signing-key.json');
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const modeOf = (name: string) => (statSync(name).mode & 0o777).toString(8);

describe('the signing key', () => {
  test('is made on the first start, for its owner only', async () => {
    await loadSigningKey(dataDir);
    expect(modeOf(path)).toBe('600');
    expect(modeOf(join(dataDir, 'keys'))).toBe('700');
    expect(readdirSync(join(dataDir, 'keys'))).toEqual(['signing-key.json']);
  });

  test('is the same on the second start', async () => {
    const first = await loadSigningKey(dataDir);
    const second = await loadSigningKey(dataDir);
    expect(second.keyId).toBe(first.keyId);
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'EdDSA' }).sign(first.privateKey);
    await jwtVerify(token, second.publicKey);
  });

  test('is the same for processes that start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadSigningKey(dataDir)));
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(1);
    expect(readdirSync(join(dataDir, 'keys'))).toEqual(['signing-key.json']);
  });

  test('is another one in another data directory', async () => {
    const other = mkdtempSync(join(tmpdir(), 'balai-key-'));
    try {
      expect((await loadSigningKey(other)).keyId).not.toBe((await loadSigningKey(dataDir)).keyId);
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  test('has its mode narrowed where a restored copy is readable by others', async () => {
    await loadSigningKey(dataDir);
    chmodSync(path, 0o644);
    chmodSync(join(dataDir, 'keys'), 0o755);
    await loadSigningKey(dataDir);
    expect(modeOf(path)).toBe('600');
    expect(modeOf(join(dataDir, 'keys'))).toBe('700');
  });

  test('publishes nothing secret', async () => {
    const { publicJwk } = await loadSigningKey(dataDir);
    const { d } = JSON.parse(readFileSync(path, 'utf8'));
    expect(d).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(publicJwk)).not.toContain(d);
  });

  test.each(['', '{}', 'not json', '{"kty":"OKP","crv":"Ed25519","x":"AAAA","d":"c2VjcmV0"}'])(
    'is not replaced unasked, and not quoted, where the file holds %j',
    async (text) => {
      await loadSigningKey(dataDir);
      writeFileSync(path, text);
      const fault = await loadSigningKey(dataDir).catch((error: unknown) => error);
      expect(fault).toBeInstanceOf(Error);
      expect((fault as Error).message).toContain(path);
      expect((fault as Error).message).not.toContain('c2VjcmV0');
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );
});
