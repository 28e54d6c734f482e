import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KEY_SCOPES, type KeyScope } from '@balai/protocol';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';
import { loadKeyRing } from '../../store/files/key-ring.ts';
import { createSecrets, type Secrets } from '../../store/files/secrets.ts';
import { type ApiKeys, createApiKeys } from './api-keys.ts';
import { createKeyTokens, type KeyTokens } from './key-tokens.ts';
import { makeApiKey } from './new-api-key.ts';
import { createProjects } from './projects.ts';

let stores: TestStores;
let dataDir: string;
let secrets: Secrets;
let apiKeys: ApiKeys;
let tokens: KeyTokens;
let ownerId: string;
let projectId: string;
let now = Date.now();
beforeAll(async () => {
  stores = await createTestStores();
  dataDir = await mkdtemp(join(tmpdir(), 'balai-keys-'));
  secrets = createSecrets(await loadKeyRing(dataDir));
  apiKeys = createApiKeys(stores.database, secrets);
  tokens = await createKeyTokens({ database: stores.database, secrets, clock: () => now });
  const [owner] = await stores.owner.query<{ id: string }>(
    `INSERT INTO users (email, password, first_name, last_name)
     VALUES ('ann@example.org', 'x', 'Ann', 'Lee') RETURNING id`,
  );
  ownerId = owner?.id ?? '';
  const projects = createProjects({
    database: stores.database,
    creators: 'everybody',
    requireAdmin: async () => undefined,
    assertKeySetUrl: () => undefined,
    endRoom: async () => undefined,
    files: { remove: async () => undefined },
  });
  projectId = (await projects.create(ownerId, { name: 'Lontar' })).id;
});
afterAll(async () => {
  await stores.close();
  await rm(dataDir, { recursive: true });
});

interface Signing {
  readonly secret: string;
  readonly id: string;
}

function sign(key: Signing, claims: object, options: { expiresInS?: number; alg?: string } = {}) {
  const { expiresInS = 60, alg = 'HS256' } = options;
  return new SignJWT({ service: ['rooms:read'], ...claims })
    .setProtectedHeader({ alg })
    .setIssuer(key.id)
    .setExpirationTime(Math.floor(now / 1_000) + expiresInS)
    .sign(new TextEncoder().encode(key.secret));
}

const create = (scopes?: readonly KeyScope[]) =>
  apiKeys.create(ownerId, projectId, 'server', scopes);
const refused = expect.objectContaining({ code: 'unauthorized' });

async function lastUse(keyId: string): Promise<Date | null | undefined> {
  const [row] = await stores.owner.query<{ last_used_at: Date | null }>(
    'SELECT last_used_at FROM api_keys WHERE id = $1',
    [keyId],
  );
  return row?.last_used_at;
}

describe('a token that an API key signed', () => {
  test('says whose project it is of, and as whom to act', async () => {
    const key = await create();
    const [project] = await stores.owner.query<{ service_user_id: string }>(
      'SELECT service_user_id FROM projects WHERE id = $1',
      [projectId],
    );
    expect(await tokens.verifyServiceToken(await sign(key, { service: KEY_SCOPES }))).toEqual({
      projectId,
      serviceUserId: project?.service_user_id,
      keyId: key.id,
      scopes: [...KEY_SCOPES],
    });
    const { claims } = await tokens.verifySignature(await sign(key, { sub: 'alice' }));
    expect(claims).toMatchObject({ iss: key.id, sub: 'alice' });
  });

  test('has no more scopes than the key has, and no more than it asks for', async () => {
    const key = await create(['rooms:read', 'data']);
    const scopes = async (service: readonly string[]) =>
      (await tokens.verifyServiceToken(await sign(key, { service }))).scopes;
    expect(await scopes(['rooms:read'])).toEqual(['rooms:read']);
    expect(await scopes(['rooms:write', 'data'])).toEqual(['data']);
    expect(await scopes(['tokens'])).toEqual([]);
  });

  test('is void as soon as the key is revoked', async () => {
    const key = await create();
    const token = await sign(key, {});
    await tokens.verifyServiceToken(token);
    await apiKeys.revoke(ownerId, projectId, key.id);
    await expect(tokens.verifyServiceToken(token)).rejects.toEqual(refused);
    await expect(tokens.verifySignature(token)).rejects.toEqual(refused);
  });

  test('is void while the owner of the project is banned', async () => {
    const key = await create();
    const token = await sign(key, {});
    await stores.owner.query(`UPDATE users SET status = 'banned' WHERE id = $1`, [ownerId]);
    await expect(tokens.verifyServiceToken(token)).rejects.toEqual(refused);
    await stores.owner.query(`UPDATE users SET status = 'active' WHERE id = $1`, [ownerId]);
    await tokens.verifyServiceToken(token);
  });

  test('says the same of an unknown key as of a wrong signature', async () => {
    const key = await create();
    const unknown = await makeApiKey(secrets);
    const faults = await Promise.all(
      [await sign(unknown, {}), await sign({ ...unknown, id: key.id }, {})].map((token) =>
        tokens.verifyServiceToken(token).catch((error: unknown) => error),
      ),
    );
    expect(faults).toEqual([refused, refused]);
    expect(String(faults[0])).toBe(String(faults[1]));
    expect(await lastUse(key.id)).toBeNull();
  });

  test.each<[string, (key: Signing) => string | Promise<string>]>([
    ['no JWT', () => 'nonsense'],
    ['unsigned', ({ id }) => new UnsecuredJWT({ service: ['data'] }).setIssuer(id).encode()],
    ['signed in another way', (key) => sign(key, {}, { alg: 'HS512' })],
    ['without a scope', (key) => sign(key, { service: [] })],
    ['with a scope that there is not', (key) => sign(key, { service: ['everything'] })],
    ['for a room', (key) => sign(key, { service: undefined, room: { name: 'a', join: true } })],
    ['for a room as well', (key) => sign(key, { room: { name: 'a', join: true } })],
    ['good for too long', (key) => sign(key, {}, { expiresInS: 620 })],
    ['not good yet', (key) => sign(key, { nbf: Math.floor(now / 1_000) + 60 })],
    [
      'without an end',
      ({ id, secret }) =>
        new SignJWT({ service: ['data'] })
          .setProtectedHeader({ alg: 'HS256' })
          .setIssuer(id)
          .sign(new TextEncoder().encode(secret)),
    ],
  ])('is refused: %s', async (_name, make) => {
    await expect(tokens.verifyServiceToken(await make(await create()))).rejects.toEqual(refused);
  });

  test('may be ten minutes long, and is told when it is too old', async () => {
    const key = await create();
    const token = await sign(key, {}, { expiresInS: 600 });
    await tokens.verifyServiceToken(token);
    const before = now;
    now += 611_000;
    await expect(tokens.verifyServiceToken(token)).rejects.toMatchObject({ code: 'token_expired' });
    now = before;
  });

  test('leaves a trace of its last use, once a minute at most', async () => {
    const key = await create();
    expect(await lastUse(key.id)).toBeNull();
    const token = await sign(key, {});
    await tokens.verifyServiceToken(token);
    const first = await lastUse(key.id);
    expect(first).toBeInstanceOf(Date);
    await tokens.verifyServiceToken(token);
    expect(await lastUse(key.id)).toEqual(first);
    await stores.owner.query(
      `UPDATE api_keys SET last_used_at = now() - interval '61 s' WHERE id = $1`,
      [key.id],
    );
    await tokens.verifyServiceToken(token);
    expect((await lastUse(key.id))?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Infinity);
  });
});

test('secrets are stored encrypted, and not at all once they are revoked', async () => {
  const key = await create();
  const read = () =>
    stores.owner.query<{ row: string }>(
      'SELECT to_jsonb(k)::text AS row FROM api_keys k WHERE id = $1',
      [key.id],
    );
  const [stored] = await read();
  expect(stored?.row).toContain('v1:');
  expect(stored?.row).not.toContain(key.secret);
  await apiKeys.revoke(ownerId, projectId, key.id);
  const [revoked] = await read();
  expect(JSON.parse(revoked?.row ?? '{}')).toMatchObject({
    secret: null,
    encryption_key_id: null,
    revoked_at: expect.any(String),
  });
});
