/** The server's store on a Redis that answers and cannot work; on one of our own, to spare the other tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectRedis, type RedisStore } from '../../../server/src/store/redis/redis.ts';
import { silentLogger } from '../../../server/test/test-stores.ts';
import type { Engine } from './engine.ts';
import { startRedis } from './redis.ts';

let folder = '';
let engine: Engine;
let redis: RedisStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'balai-redis-'));
  engine = await startRedis(folder, new AbortController().signal);
  redis = await connectRedis(engine.url, silentLogger);
});
afterAll(async () => {
  await redis.close();
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

const unavailable = { code: 'unavailable', retryAfterMs: 1_000 };

test('a Redis without memory is unavailable, and not ready', async () => {
  await redis.client.config('SET', 'maxmemory', '1');
  await expect(redis.ping()).rejects.toMatchObject(unavailable);
  const script = "return redis.call('SET', KEYS[1], 'x')";
  await expect(redis.run((client) => client.eval(script, 1, 'k'))).rejects.toMatchObject(
    unavailable,
  );
  await redis.client.config('SET', 'maxmemory', '0');
  await redis.ping();
});

test('a Redis that became a replica is unavailable, and not ready', async () => {
  await redis.client.replicaof('127.0.0.1', '1');
  await expect(redis.ping()).rejects.toMatchObject(unavailable);
  await redis.client.replicaof('NO', 'ONE');
  await redis.ping();
});
