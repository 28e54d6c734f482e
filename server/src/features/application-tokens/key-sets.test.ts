import { errors, exportJWK, generateKeyPair, type JWK } from 'jose';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../kernel/logger.ts';
import { createKeySets, type KeySets } from './key-sets.ts';

const URL = 'https://app.example.org/jwks';
const MINUTE_MS = 60_000;

const jwks: Record<'a' | 'b', JWK> = { a: {}, b: {} };
beforeAll(async () => {
  for (const kid of ['a', 'b'] as const) {
    const { publicKey } = await generateKeyPair('EdDSA');
    jwks[kid] = { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' };
  }
});

let now: number;
let asked: string[];
let answer: () => Promise<unknown>;
let keySets: KeySets;
beforeEach(() => {
  now = 1_000_000_000_000;
  asked = [];
  answer = async () => ({ keys: [jwks.a] });
  keySets = createKeySets({
    fetchKeySet: (url) => {
      asked.push(url);
      return answer();
    },
    clock: () => now,
    logger: createLogger('silent'),
  });
});

const find = async (kid: string, alg = 'EdDSA', url = URL) =>
  await keySets.at(url)({ alg, kid }, { payload: '', signature: '' });

describe('the keys of an application', () => {
  test('are read once for ten minutes, however many ask at once', async () => {
    await Promise.all([find('a'), find('a'), find('a')]);
    now += 10 * MINUTE_MS - 1;
    await find('a');
    expect(asked).toEqual([URL]);
    now += 1;
    await find('a');
    expect(asked).toHaveLength(2);
  });

  test('are read again for a key that is new, but not more often than every 30 s', async () => {
    await find('a');
    answer = async () => ({ keys: [jwks.a, jwks.b] });
    now += 29_999;
    await expect(find('b')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
    now += 1;
    await find('b');
    for (let guess = 0; guess < 10; guess += 1) {
      await expect(find(`guess ${guess}`)).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
    }
    expect(asked).toHaveLength(2);
  });

  test('that went are no keys any more', async () => {
    await find('a');
    answer = async () => ({ keys: [jwks.b] });
    now += 10 * MINUTE_MS;
    await expect(find('a')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  });

  test('that cannot be read are unavailable, and the application is left alone for 30 s', async () => {
    answer = async () => {
      throw new Error('down');
    };
    const unavailable = expect.objectContaining({ code: 'unavailable' });
    await expect(find('a')).rejects.toEqual(unavailable);
    await expect(find('a')).rejects.toEqual(unavailable);
    expect(asked).toHaveLength(1);
    answer = async () => ({ keys: [jwks.a] });
    now += 30_000;
    await find('a');
  });

  test.each([null, {}, { keys: 'none' }, { keys: [1] }, []])(
    'in the shape %j are unavailable',
    async (shape) => {
      answer = async () => shape;
      await expect(find('a')).rejects.toMatchObject({ code: 'unavailable' });
    },
  );

  test('are taken for the algorithm that they are for: no secret and no other kind', async () => {
    answer = async () => ({
      keys: [jwks.a, { kty: 'oct', kid: 's', k: 'c2VjcmV0', alg: 'HS256' }],
    });
    for (const [kid, alg] of [
      ['s', 'HS256'],
      ['a', 'HS256'],
      ['a', 'RS256'],
    ] as const) {
      await expect(find(kid, alg)).rejects.toThrow();
    }
  });

  test('of one application are not those of another', async () => {
    await find('a');
    answer = async () => ({ keys: [jwks.b] });
    await expect(find('a', 'EdDSA', 'https://other.example/jwks')).rejects.toThrow();
    expect(asked).toHaveLength(2);
  });
});
