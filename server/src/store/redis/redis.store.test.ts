import { afterEach, describe, expect, test } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../../../test/cuttable-proxy.ts';
import { createTestRedisUrl, silentLogger } from '../../../test/test-stores.ts';
import { REDIS_KEYS } from './keys.ts';
import { createRateLimit } from './rate-limit.ts';
import { connectRedis, type RedisStore } from './redis.ts';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) {
    await close();
  }
});

async function openThroughProxy(): Promise<{ proxy: CuttableProxy; redis: RedisStore }> {
  const proxy = await startCuttableProxy(createTestRedisUrl(), 6379);
  opened.push(proxy.close);
  const redis = await connectRedis(proxy.url, silentLogger);
  opened.push(redis.close);
  return { proxy, redis };
}

async function open(): Promise<RedisStore> {
  const redis = await connectRedis(createTestRedisUrl(), silentLogger);
  opened.push(redis.close);
  return redis;
}

describe('Redis', () => {
  test('runs commands under the key prefix of the URL', async () => {
    const redis = await open();
    await redis.run((client) => client.set('greeting', 'halo', 'PX', 10_000));
    expect(await redis.run((client) => client.get('greeting'))).toBe('halo');
    const other = await open();
    expect(await other.run((client) => client.get('greeting'))).toBeNull();
  });

  test('leaves faults that are not the connection’s as they are', async () => {
    const redis = await open();
    await expect(redis.run((client) => client.call('NONSENSE'))).rejects.toThrow(/unknown command/);
  });

  test('that is cut off fails commands at once, those under way and new ones, and heals', async () => {
    const { proxy, redis } = await openThroughProxy();
    proxy.block();
    const underWay = redis.ping();
    const assertion = expect(underWay).rejects.toMatchObject({ code: 'unavailable' });
    await proxy.cut();
    await assertion;

    const started = performance.now();
    await expect(redis.ping()).rejects.toMatchObject({ code: 'unavailable', retryAfterMs: 1_000 });
    expect(performance.now() - started).toBeLessThan(500);

    const back = new Promise((resolve) => redis.client.once('ready', resolve));
    await proxy.mend();
    await back;
    await redis.ping();
  });

  test('that does not answer fails a command within its deadline', async () => {
    const { proxy, redis } = await openThroughProxy();
    proxy.block();
    await expect(redis.ping()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('that is not there fails the start, and leaves nothing running', async () => {
    const { proxy } = await openThroughProxy();
    await proxy.cut();
    await expect(connectRedis(proxy.url, silentLogger)).rejects.toMatchObject({
      code: 'unavailable',
      cause: expect.objectContaining({ message: expect.stringContaining('ECONNREFUSED') }),
    });
  });

  test('may be closed twice', async () => {
    const redis = await open();
    await redis.close();
    await redis.close();
    await expect(redis.ping()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a rate limit', () => {
  const spec = { name: 'test', points: 3, windowMs: 60_000 };

  test('refuses the point that is one too many, and says until when', async () => {
    const limit = createRateLimit(await open(), spec);
    await Promise.all([limit.use('a'), limit.use('a'), limit.use('a')]);
    const refusal = await limit.use('a').catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'rate_limited' });
    const { retryAfterMs } = refusal as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test('counts each subject apart, and each process together', async () => {
    const url = createTestRedisUrl();
    const [one, other] = [
      await connectRedis(url, silentLogger),
      await connectRedis(url, silentLogger),
    ];
    opened.push(one.close, other.close);
    await createRateLimit(one, spec).use('a');
    await createRateLimit(one, spec).use('a');
    await createRateLimit(other, spec).use('a');
    await expect(createRateLimit(other, spec).use('a')).rejects.toMatchObject({
      code: 'rate_limited',
    });
    await createRateLimit(one, spec).use('b');
  });

  test('lets go of its keys by itself', async () => {
    const redis = await open();
    await createRateLimit(redis, spec).use('a');
    const ttl = await redis.run((client) => client.pttl('rate:test:a'));
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(60_000);
  });

  test('fails without Redis, rather than to let everybody through', async () => {
    const redis = await open();
    const limit = createRateLimit(redis, spec);
    await redis.close();
    await expect(limit.use('a')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('the list of keys', () => {
  test('names a pattern once, and for each key a lifetime and an owner', () => {
    const specs = Object.values(REDIS_KEYS);
    expect(new Set(specs.map(({ pattern }) => pattern)).size).toBe(specs.length);
    for (const spec of specs) {
      expect(spec.lifetime).not.toBe('');
      expect(spec.owner).toMatch(/^(store|features|edge|cluster)\//);
    }
  });
});
