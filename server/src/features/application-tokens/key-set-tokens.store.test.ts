import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../../../test/test-api.ts';
import { createTestProject, roomClaims, type TestProject } from '../../../test/test-project.ts';
import { handshakeOf, TestClient } from '../../edge/signalling/testing/test-client.ts';

const ISSUER = 'https://app.example.org';

let api: TestApi;
let app: TestProject;
let site: Server;
let asked = 0;
let published: object[] = [];
let edwards: GenerateKeyPairResult;
let rsa: GenerateKeyPairResult;

async function jwkOf(key: CryptoKey, more: object): Promise<object> {
  return { ...(await exportJWK(key)), ...more };
}

beforeAll(async () => {
  site = createServer((_request, response) => {
    asked += 1;
    response.end(JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  edwards = await generateKeyPair('EdDSA', { extractable: true });
  rsa = await generateKeyPair('RS256', { extractable: true });
  published = [
    await jwkOf(edwards.publicKey, { kid: 'ed' }),
    await jwkOf(rsa.publicKey, { kid: 'rsa' }),
  ];
  api = await startTestApi();
  const { port } = site.address() as AddressInfo;
  app = await createTestProject(api, {
    jwksUrl: `http://127.0.0.1:${port}/jwks.json`,
    issuer: ISSUER,
  });
});
afterAll(async () => {
  await api.close();
  site.closeAllConnections();
  site.close();
});

const sign = (
  key: CryptoKey,
  header: JWTHeaderParameters,
  claims: Readonly<Record<string, unknown>> = roomClaims(api),
) =>
  new SignJWT({ iss: ISSUER, ...claims }).setProtectedHeader({ typ: 'JWT', ...header }).sign(key);

const statusOf = async (token: string): Promise<number> =>
  (await api.request('/v1/join-info', { token })).status;

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token that an application signs with a key of its own', () => {
  test('lets in, by EdDSA and by RS256, under the names of the project (SPEC 17.1)', async () => {
    for (const token of [
      await sign(edwards.privateKey, { alg: 'EdDSA', kid: 'ed' }),
      await sign(rsa.privateKey, { alg: 'RS256', kid: 'rsa' }),
    ]) {
      const client = new TestClient(api.url, handshakeOf(token));
      const { self } = await client.next('joined');
      expect(self.identity).toBe('alice');
      client.socket.disconnect();
      await client.closed();
    }
    const people = await api.stores.owner.query(
      `SELECT id FROM users WHERE external_id = 'alice' AND project_id = $1`,
      [app.project.id],
    );
    expect(people).toHaveLength(1);
  });

  test('is refused if another key signed it, or one that is not published', async () => {
    const stranger = await generateKeyPair('EdDSA');
    expect(await statusOf(await sign(stranger.privateKey, { alg: 'EdDSA', kid: 'ed' }))).toBe(401);
    expect(await statusOf(await sign(stranger.privateKey, { alg: 'EdDSA', kid: 'new' }))).toBe(401);
    const { privateKey } = await generateKeyPair('ES256');
    expect(await statusOf(await sign(privateKey, { alg: 'ES256', kid: 'ed' }))).toBe(401);
  });

  test('is refused with the public key as a secret, in every form that it has', async () => {
    const text = await exportSPKI(rsa.publicKey);
    const { n } = await exportJWK(rsa.publicKey);
    for (const secret of [text, text.trim(), JSON.stringify(published[1]), n ?? '']) {
      for (const iss of [ISSUER, app.key.id]) {
        const body = `${part({ alg: 'HS256', typ: 'JWT', kid: 'rsa' })}.${part({ ...roomClaims(api), iss })}`;
        const signature = createHmac('sha256', secret).update(body).digest('base64url');
        expect(await statusOf(`${body}.${signature}`)).toBe(401);
      }
    }
  });

  test('is refused with a key that it brings along', async () => {
    const mine = await generateKeyPair('EdDSA', { extractable: true });
    const jwk = await exportJWK(mine.publicKey);
    const before = asked;
    for (const header of [{ jwk }, { jku: 'http://127.0.0.1:1/mine' }, { kid: '../mine' }]) {
      expect(await statusOf(await sign(mine.privateKey, { alg: 'EdDSA', ...header }))).toBe(401);
    }
    expect(asked).toBe(before);
  });

  test('is refused in the name of an issuer that no project has, or of an API key', async () => {
    for (const iss of ['https://elsewhere.example', app.key.id, app.project.id]) {
      const claims = { ...roomClaims(api), iss };
      expect(
        await statusOf(await sign(edwards.privateKey, { alg: 'EdDSA', kid: 'ed' }, claims)),
      ).toBe(401);
    }
  });

  test('is no token of another project that has the same keys', async () => {
    const url = app.project.jwksUrl ?? '';
    const twin = await createTestProject(api, { jwksUrl: url, issuer: 'https://twin.example' });
    await statusOf(
      await sign(
        edwards.privateKey,
        { alg: 'EdDSA', kid: 'ed' },
        roomClaims(api, { name: 'Mine' }),
      ),
    );
    const rooms = await api.stores.owner.query<{ readonly project_id: string }>(
      `SELECT project_id FROM rooms WHERE name = 'Mine'`,
    );
    expect(rooms).toEqual([{ project_id: app.project.id }]);
    expect(rooms[0]?.project_id).not.toBe(twin.project.id);
  });

  test('must say what tokens with a secret must say', async () => {
    const header = { alg: 'EdDSA', kid: 'ed' };
    const nowS = Math.floor(api.world.now / 1_000);
    for (const wrong of [
      { exp: nowS - 11 },
      { exp: undefined },
      { exp: nowS + 86_401 },
      { aud: 'elsewhere' },
      { room: undefined },
    ]) {
      const claims = roomClaims(api, {}, wrong);
      expect(await statusOf(await sign(edwards.privateKey, header, claims))).toBe(401);
    }
    const claims = roomClaims(api, {}, { aud: ['balai', 'other'], email: 'alice@example.org' });
    expect(await statusOf(await sign(edwards.privateKey, header, claims))).toBe(200);
  });

  test('goes on with the next key once it is published, and ends with the last', async () => {
    const next = await generateKeyPair('EdDSA', { extractable: true });
    const token = await sign(next.privateKey, { alg: 'EdDSA', kid: 'next' });
    published = [await jwkOf(next.publicKey, { kid: 'next' })];
    api.world.now += 30_000;
    expect(await statusOf(token)).toBe(200);
    expect(await statusOf(await sign(edwards.privateKey, { alg: 'EdDSA', kid: 'ed' }))).toBe(401);
  });

  test('is unavailable while the keys cannot be read (SPEC 17.8)', async () => {
    const down = await createTestProject(api, {
      jwksUrl: 'http://127.0.0.1:1/jwks.json',
      issuer: 'https://down.example',
    });
    const claims = { ...roomClaims(api), iss: down.project.issuer };
    const token = await sign(edwards.privateKey, { alg: 'EdDSA', kid: 'ed' }, claims);
    const answer = await api.request('/v1/join-info', { token });
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } });
    // What stands in the way is the operator's affair.
    expect(JSON.stringify(answer.body)).not.toContain('ECONNREFUSED');
    expect(api.logged()).toContain('ECONNREFUSED');
  });
});

test('keys on the machine itself are not asked for where the operator does not allow it', async () => {
  const strict = await startTestApi({ beside: api, config: { allowsLoopbackKeys: false } });
  try {
    const before = asked;
    const token = await sign(edwards.privateKey, { alg: 'EdDSA', kid: 'ed' });
    const answer = await strict.request('/v1/join-info', { token });
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } });
    expect(asked).toBe(before);
    // Nor can anybody say that theirs are there.
    for (const jwksUrl of [app.project.jwksUrl, 'https://10.0.0.1/jwks', 'http://a.example/jwks']) {
      const made = await strict.request('/v1/projects', {
        token: app.owner.accessToken,
        body: { name: 'Inside', jwksUrl, issuer: 'https://inside.example' },
      });
      expect(made).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
    }
  } finally {
    await strict.close();
  }
});
