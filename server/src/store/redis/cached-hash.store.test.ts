import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestRedisUrl, silentLogger } from '../../../test/test-stores.ts';
import { type CachedHash, createCachedHash } from './cached-hash.ts';
import { openChannel } from './channel.ts';
import { connectRedis, type RedisStore } from './redis.ts';

let redis: RedisStore;
let cache: CachedHash;
beforeAll(async () => {
  redis = await connectRedis(createTestRedisUrl(), silentLogger);
});
afterAll(() => redis.close());
beforeEach(() => {
  const prefix = crypto.randomUUID();
  cache = createCachedHash(redis, silentLogger, {
    name: 'things',
    keyOf: (id) => `${prefix}:${id}`,
    lifetimeMs: 60_000,
  });
});

describe('a cache of hashes', () => {
  test('reads once what does not change', async () => {
    let reads = 0;
    const load = async () => {
      reads += 1;
      return { name: 'a' };
    };
    expect(await cache.read('1', load)).toEqual({ name: 'a' });
    expect(await cache.read('1', load)).toEqual({ name: 'a' });
    expect(reads).toBe(1);
  });

  test('does not remember that there is nothing', async () => {
    expect(await cache.read('1', async () => undefined)).toBeUndefined();
    expect(await cache.read('1', async () => ({ name: 'a' }))).toEqual({ name: 'a' });
  });

  test('forgets what changes, also for readers who began before the change', async () => {
    let truth = 'old';
    const hasRead = Promise.withResolvers<void>();
    const slow = Promise.withResolvers<void>();
    const early = cache.read('1', async () => {
      const read = { name: truth };
      hasRead.resolve();
      await slow.promise;
      return read;
    });
    await hasRead.promise;
    // The reader writes after the change what it read before.
    await cache.change('1', async () => {
      truth = 'new';
    });
    slow.resolve();
    expect(await early).toEqual({ name: 'old' });
    expect(await cache.read('1', async () => ({ name: truth }))).toEqual({ name: 'new' });
  });

  test('does not remember what is read during a change', async () => {
    let truth = 'old';
    await cache.change('1', async () => {
      await cache.read('1', async () => ({ name: truth }));
      truth = 'new';
    });
    expect(await cache.read('1', async () => ({ name: truth }))).toEqual({ name: 'new' });
  });

  test('reads again after a change that failed', async () => {
    await cache.read('1', async () => ({ name: 'a' }));
    await expect(cache.change('1', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await cache.read('1', async () => ({ name: 'b' }))).toEqual({ name: 'b' });
  });

  test('reads without Redis, and changes nothing without it', async () => {
    const away = await connectRedis(createTestRedisUrl(), silentLogger);
    const spec = { name: 'things', keyOf: (id: string) => id, lifetimeMs: 1_000 };
    const cut = createCachedHash(away, silentLogger, spec);
    await away.close();
    expect(await cut.read('1', async () => ({ name: 'a' }))).toEqual({ name: 'a' });
    let isChanged = false;
    const change = cut.change('1', async () => {
      isChanged = true;
    });
    await expect(change).rejects.toMatchObject({ code: 'unavailable' });
    expect(isChanged).toBe(false);
  });
});

test('a channel reaches its listeners under the prefix of the URL, and nobody else', async () => {
  const heard: string[] = [];
  const restored = () => undefined;
  const listen = (who: string) => ({
    message: (text: string) => heard.push(`${who} ${text}`),
    restored,
  });
  const stranger = await connectRedis(createTestRedisUrl(), silentLogger);
  const mine = await openChannel(redis, 'news', listen('mine'), silentLogger);
  const theirs = await openChannel(stranger, 'news', listen('theirs'), silentLogger);
  try {
    await mine.publish('one');
    await theirs.publish('two');
    await expect.poll(() => heard.toSorted()).toEqual(['mine one', 'theirs two']);
  } finally {
    await mine.close();
    await theirs.close();
    await stranger.close();
  }
});

test('a channel goes on after a message that its listener cannot read', async () => {
  const heard: unknown[] = [];
  const listener = {
    message: (text: string) => heard.push(JSON.parse(text)),
    restored: () => undefined,
  };
  const channel = await openChannel(redis, 'news', listener, silentLogger);
  try {
    await channel.publish('{');
    await channel.publish('"readable"');
    await expect.poll(() => heard).toEqual(['readable']);
  } finally {
    await channel.close();
  }
});
