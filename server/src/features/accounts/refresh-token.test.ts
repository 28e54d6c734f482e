import { describe, expect, test } from 'vitest';
import {
  createRefreshToken,
  createRotationSalt,
  deriveNextToken,
  isSameHash,
  readRefreshToken,
} from './refresh-token.ts';

describe('a refresh token', () => {
  test('is 256 random bits, twice, and is read back as what it is', () => {
    const token = createRefreshToken();
    const [family = '', secret = ''] = token.text.split('.');
    expect(Buffer.from(family, 'base64url')).toHaveLength(32);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(readRefreshToken(token.text)).toEqual(token);
  });

  test('has hashes that do not contain it', () => {
    const { text, hash, familyHash } = createRefreshToken();
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(familyHash).toMatch(/^[0-9a-f]{64}$/);
    expect(hash).not.toBe(familyHash);
    expect(text).not.toContain(hash);
  });

  test.each([
    '',
    'x',
    'a.b',
    `${'a'.repeat(43)}.${'b'.repeat(42)}`,
    `${'a'.repeat(43)}.${'b'.repeat(43)}.c`,
    `${'a'.repeat(42)}!.${'b'.repeat(43)}`,
  ])('is not read from %j', (text) => {
    expect(readRefreshToken(text)).toBeUndefined();
  });

  test('has one successor for one salt, in the same family', () => {
    const token = createRefreshToken();
    const salt = createRotationSalt();
    const next = deriveNextToken(token, salt);
    expect(deriveNextToken(token, salt)).toEqual(next);
    expect(next.familyHash).toBe(token.familyHash);
    expect(next.hash).not.toBe(token.hash);
    expect(readRefreshToken(next.text)).toEqual(next);
    expect(deriveNextToken(token, createRotationSalt()).hash).not.toBe(next.hash);
    expect(deriveNextToken(createRefreshToken(), salt).hash).not.toBe(next.hash);
  });

  test('has hashes that compare', () => {
    const token = createRefreshToken();
    expect(isSameHash(token.hash, token.hash)).toBe(true);
    expect(isSameHash(token.hash, token.familyHash)).toBe(false);
    expect(isSameHash(token.hash, token.hash.slice(1))).toBe(false);
  });
});
