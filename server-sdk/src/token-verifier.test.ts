import { createHmac } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { AccessToken } from './access-token.ts';
import { signRequestToken } from './request-token.ts';
import { TokenError, TokenVerifier } from './token-verifier.ts';

const KEY = 'BKabcdefghijklmnopqr';
const SECRET = 'a secret that nobody would guess';
const verifier = new TokenVerifier(KEY, SECRET);

const nowS = () => Math.floor(Date.now() / 1_000);
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const good = () => ({
  iss: KEY,
  sub: 'alice',
  exp: nowS() + 60,
  room: { name: 'Daily', join: true },
});

function sign(claims: object, header: object = { alg: 'HS256' }, secret = SECRET): string {
  const body = `${part(header)}.${part(claims)}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

/** The code of the fault. */
async function faultOf(token: string): Promise<string> {
  return await verifier.verify(token).then(
    () => 'none',
    (error: unknown) => (error instanceof TokenError ? error.code : String(error)),
  );
}

describe('checking a token', () => {
  test('gives back what was signed', async () => {
    const options = {
      identity: 'älice',
      name: 'Alice',
      metadata: '…',
      attributes: { team: 'blue' },
    };
    const grant = { room: 'Daily', roomJoin: true, canPublish: false } as const;
    const token = await new AccessToken(KEY, SECRET, options).addGrant(grant).toJwt();
    expect(await verifier.verify(token)).toEqual({
      ...options,
      grant,
      tokenId: expect.any(String),
      expiresAt: expect.any(Date),
    });
  });

  test('takes what another implementation signs', async () => {
    const { iss: _iss, ...claims } = good();
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(KEY)
      .sign(new TextEncoder().encode(SECRET));
    expect(await verifier.verify(token)).toMatchObject({ identity: 'alice', name: undefined });
  });

  test('knows what is too old and what is too young, give or take ten seconds', async () => {
    expect(await faultOf(sign({ ...good(), exp: nowS() - 11 }))).toBe('expired');
    expect(await faultOf(sign({ ...good(), exp: nowS() - 5 }))).toBe('none');
    expect(await faultOf(sign({ ...good(), nbf: nowS() + 15 }))).toBe('not_yet_valid');
    expect(await faultOf(sign({ ...good(), nbf: nowS() + 5 }))).toBe('none');
    await expect(verifier.verify(sign({ ...good(), exp: nowS() - 5 }), 0)).rejects.toThrow('old');
  });

  test('refuses everything else', async () => {
    const [header, claims, signature] = sign(good()).split('.');
    const refused: Record<string, string> = {
      'of another secret': sign(good(), { alg: 'HS256' }, 'guess'),
      'of another key': sign({ ...good(), iss: 'BKzzzzzzzzzzzzzzzzzz' }),
      unsigned: `${part({ alg: 'none' })}.${part(good())}.`,
      'of another algorithm': sign(good(), { alg: 'HS512' }),
      'with wishes that nobody knows': sign(good(), { alg: 'HS256', crit: ['exp'] }),
      'with other claims': `${header}.${part({ ...good(), sub: 'eve' })}.${signature}`,
      'without a signature': `${header}.${claims}`,
      'with more parts': `${header}.${claims}.${signature}.${signature}`,
      'that is no base64url': `${header}.${claims}.${signature?.slice(0, -1)}=`,
      'that is no JSON': `${header}.${Buffer.from('x').toString('base64url')}.${signature}`,
      'without an end': sign({ ...good(), exp: undefined }),
      'without a person': sign({ ...good(), sub: undefined }),
      'of a request': await signRequestToken({ apiKey: KEY, apiSecret: SECRET, scopes: ['data'] }),
      empty: '',
    };
    for (const [what, token] of Object.entries(refused)) {
      expect(await faultOf(token), what).toBe('invalid');
    }
  });
});
