import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { KEY_RING_MAX_AGE_MS, type KeyRing, loadKeyRing } from './key-ring.ts';
import { createSecrets } from './secrets.ts';

let dataDir: string;
let path: string;
let keyRing: KeyRing;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'balai-ring-'));
  path = join(dataDir, 'keys', 'encryption-keys.json');
  keyRing = await loadKeyRing(dataDir);
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dataDir, { recursive: true });
});

const place = { purpose: 'user_sessions.rotation_salt', rowId: 'row-1' };

describe('a stored secret', () => {
  test.each(['', 'garam', 'gåräm 🧂\u0000\n', 'x'.repeat(100_000)])(
    'comes back as it was (%#)',
    async (text) => {
      const secrets = createSecrets(keyRing);
      const { value, keyId } = await secrets.encryptSecret(place, text);
      expect(value).toMatch(/^v1:[0-9a-f]{16}:[\w-]{16}:[\w-]{22,}$/);
      expect(value.split(':')[1]).toBe(keyId);
      expect(await secrets.decryptSecret(place, value)).toBe(text);
    },
  );

  test('is another ciphertext each time, so that equal ones cannot be seen', async () => {
    const secrets = createSecrets(keyRing);
    const values = await Promise.all(
      Array.from({ length: 50 }, async () => (await secrets.encryptSecret(place, 'same')).value),
    );
    expect(new Set(values.map((value) => value.split(':')[2])).size).toBe(50);
    expect(new Set(values.map((value) => value.split(':')[3])).size).toBe(50);
  });

  test('cannot be moved to another row or column', async () => {
    const secrets = createSecrets(keyRing);
    const { value } = await secrets.encryptSecret(place, 'garam');
    for (const other of [
      { ...place, rowId: 'row-2' },
      { ...place, purpose: 'room_settings.setting_value' },
    ]) {
      await expect(secrets.decryptSecret(other, value)).rejects.toThrow(/belongs elsewhere/);
    }
  });

  test('cannot be changed: no bit of it', async () => {
    const secrets = createSecrets(keyRing);
    const { value } = await secrets.encryptSecret(place, 'garam');
    const [version, keyId, nonce = '', sealed = ''] = value.split(':');
    const flipped = (text: string, bit: number) => {
      const bytes = Buffer.from(text, 'base64url');
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return bytes.toString('base64url');
    };
    for (let bit = 0; bit < 8 * 12; bit += 1) {
      const changed = [version, keyId, flipped(nonce, bit), sealed].join(':');
      await expect(secrets.decryptSecret(place, changed)).rejects.toThrow(/changed/);
    }
    for (let bit = 0; bit < 8 * (5 + 16); bit += 1) {
      const changed = [version, keyId, nonce, flipped(sealed, bit)].join(':');
      await expect(secrets.decryptSecret(place, changed)).rejects.toThrow(/changed/);
    }
    const short = [version, keyId, nonce, sealed.slice(0, 12)].join(':');
    await expect(secrets.decryptSecret(place, short)).rejects.toThrow(/cut off/);
  });

  test.each(['', 'garam', 'v2:0011223344556677:AAAAAAAAAAAAAAAA:AAAA', 'v1:x:y:z'])(
    'is not confused with the text %j',
    async (text) => {
      await expect(createSecrets(keyRing).decryptSecret(place, text)).rejects.toThrow(
        /is not an encrypted/,
      );
    },
  );

  test('is not read without its key, and the fault names the key and no secret', async () => {
    const { value, keyId } = await createSecrets(keyRing).encryptSecret(place, 'garam');
    const other = mkdtempSync(join(tmpdir(), 'balai-ring-'));
    try {
      const fault = await createSecrets(await loadKeyRing(other))
        .decryptSecret(place, value)
        .catch((error: unknown) => error);
      expect((fault as Error).message).toContain(keyId);
      expect((fault as Error).message).not.toContain(value);
    } finally {
      rmSync(other, { recursive: true });
    }
  });
});

describe('the key ring', () => {
  test('is for its owner only, also after it changed', async () => {
    await keyRing.addKey();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dataDir, 'keys'))).toEqual(['encryption-keys.json']);
  });

  test('encrypts with the newest key and still decrypts with the older one', async () => {
    const secrets = createSecrets(keyRing);
    const first = await secrets.encryptSecret(place, 'old');
    const added = await keyRing.addKey();
    const second = await secrets.encryptSecret(place, 'new');
    expect(second.keyId).toBe(added.id);
    expect(second.keyId).not.toBe(first.keyId);
    expect(await secrets.decryptSecret(place, first.value)).toBe('old');
    expect(keyRing.retiredKeys().map(({ id }) => id)).toEqual([first.keyId]);
    await keyRing.dropKey(first.keyId);
    await expect(secrets.decryptSecret(place, first.value)).rejects.toThrow(
      /encryption-keys\.json/,
    );
    await expect(keyRing.dropKey(added.id)).rejects.toThrow(/current/);
  });

  test('of a running server reads with a key added elsewhere at once, and writes with it soon', async () => {
    const running = createSecrets(keyRing);
    const rotating = await loadKeyRing(dataDir);
    const added = await rotating.addKey();
    const { value } = await createSecrets(rotating).encryptSecret(place, 'garam');
    expect(await running.decryptSecret(place, value)).toBe('garam');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + KEY_RING_MAX_AGE_MS + 1 });
    expect((await running.encryptSecret(place, 'garam')).keyId).toBe(added.id);
  });

  test.each(['', '{}', '{"current":"0011223344556677","keys":[]}'])(
    'is not replaced unasked, and not quoted, where the file holds %j',
    async (text) => {
      writeFileSync(path, text);
      await expect(loadKeyRing(dataDir)).rejects.toThrow(/does not hold encryption keys/);
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );
});
