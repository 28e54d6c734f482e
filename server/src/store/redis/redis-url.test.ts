import { describe, expect, test } from 'vitest';
import { parseRedisUrl } from './redis-url.ts';

describe('a URL of Redis', () => {
  test.each(['redis://127.0.0.1:6379', 'rediss://:secret@redis.example.org/2'])(
    'of one server is left to the client: %s',
    (url) => {
      expect(parseRedisUrl(url)).toEqual({ kind: 'single', url, keyPrefix: '' });
    },
  );

  test('of one server may have a prefix for its keys', () => {
    expect(parseRedisUrl('redis://a?keyPrefix=balai:')).toMatchObject({ keyPrefix: 'balai:' });
  });

  test('of sentinels names them, what they watch, and both logins', () => {
    expect(
      parseRedisUrl(
        'rediss+sentinel://balai:p%40ss%2Fword@a.example:5000,10.0.0.2,[fd00::1]:5001/main?db=3&sentinelUsername=s&sentinelPassword=t%25t&keyPrefix=x:',
      ),
    ).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'a.example', port: 5_000 },
        { host: '10.0.0.2', port: 26_379 },
        { host: 'fd00::1', port: 5_001 },
      ],
      name: 'main',
      db: 3,
      isTls: true,
      login: { username: 'balai', password: 'p@ss/word' },
      sentinelLogin: { username: 's', password: 't%t' },
      keyPrefix: 'x:',
    });
  });

  test('of sentinels needs no login and no more than one of them', () => {
    expect(parseRedisUrl('redis+sentinel://a/main')).toEqual({
      kind: 'sentinel',
      sentinels: [{ host: 'a', port: 26_379 }],
      name: 'main',
      db: 0,
      isTls: false,
      login: {},
      sentinelLogin: {},
      keyPrefix: '',
    });
  });

  test('of a cluster names some of its nodes', () => {
    expect(parseRedisUrl('redis+cluster://:secret@a:7000,b?keyPrefix=x:')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7_000 },
        { host: 'b', port: 6_379 },
      ],
      isTls: false,
      login: { password: 'secret' },
      keyPrefix: 'x:',
    });
  });

  test.each([
    ['another protocol', 'http://a'],
    ['no URL', 'localhost:6379'],
    ['sentinels without the name of what they watch', 'redis+sentinel://a,b'],
    ['sentinels of two names', 'redis+sentinel://a,b/main/0'],
    ['a database that is no number', 'redis+sentinel://a/main?db=x'],
    ['a word that means nothing', 'redis+sentinel://a/main?sentinelpassword=x'],
    ['a cluster with a numbered database', 'redis+cluster://a,b/1'],
    ['a cluster of nobody', 'redis+cluster://'],
    ['an empty host between commas', 'redis+cluster://a,,b'],
    ['a blank after a comma', 'redis+cluster://a, b'],
    ['a port that is none', 'redis+cluster://a:99999'],
    ['a password that is not encoded', 'redis+cluster://:50%@a'],
    ['another kind', 'redis+ring://a'],
  ])('is refused with %s', (_what, url) => {
    expect(parseRedisUrl(url)).toBeUndefined();
  });
});
