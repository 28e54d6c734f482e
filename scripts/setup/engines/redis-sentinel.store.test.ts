/** The server's store on a Redis with sentinels, whose leader dies. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openChannel } from '../../../server/src/store/redis/channel.ts';
import { connectRedis, type RedisStore } from '../../../server/src/store/redis/redis.ts';
import { silentLogger } from '../../../server/test/test-stores.ts';
import { type RedisFleet, startSentinelFleet } from './redis-fleet.fixture.ts';

let folder = '';
let fleet: RedisFleet;
let redis: RedisStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'balai-sentinel-'));
  fleet = await startSentinelFleet(folder);
  redis = await connectRedis(`${fleet.url}&keyPrefix=mine:`, silentLogger);
});
afterAll(async () => {
  await redis?.close();
  await fleet?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the store uses the server that leads, under its prefix, and says where there is none of the name', async () => {
  await redis.run((client) => client.set('greeting', 'halo', 'PX', 60_000));
  expect(await fleet.members[0]?.client.get('mine:greeting')).toBe('halo');
  await expect(
    connectRedis(fleet.url.replace('/balai-test?', '/another?'), silentLogger),
  ).rejects.toMatchObject({ code: 'unavailable' });
}, 30_000);

test('when the leader hands over in order, writes go to its replica', async () => {
  const [first, second, sentinel] = fleet.members;
  await redis.ping();
  await redis.run((client) => client.wait(1, 5_000));
  await sentinel?.client.call('SENTINEL', 'FAILOVER', 'balai-test');
  await vi.waitFor(
    async () => {
      await redis.run((client) => client.set('written', '1', 'PX', 60_000));
      expect(await second?.client.get('mine:written')).toBe('1');
    },
    { timeout: 20_000, interval: 50 },
  );
  // It did not wait until the old one refused.
  expect(await first?.client.info('replication')).toContain('role:master');
  await vi.waitFor(
    async () => expect(await first?.client.info('replication')).toContain('role:slave'),
    { timeout: 20_000, interval: 50 },
  );
}, 60_000);

test('when the leader is killed, the other takes over with what it had, and channels are heard again', async () => {
  const [heir, leader] = fleet.members;
  await vi.waitFor(() => redis.ping(), { timeout: 20_000, interval: 50 });
  const heard: string[] = [];
  let restored = 0;
  const channel = await openChannel(
    redis,
    'news',
    { message: (text) => heard.push(text), restored: () => restored++ },
    silentLogger,
  );
  expect(await channel.publish('before')).toBe(1);
  await expect.poll(() => heard).toEqual(['before']);
  await redis.run((client) => client.set('kept', '1', 'PX', 60_000));
  await vi.waitFor(async () => expect(await heir?.client.get('mine:kept')).toBe('1'), {
    timeout: 20_000,
    interval: 50,
  });

  await leader?.kill();
  await expect(redis.ping()).rejects.toMatchObject({ code: 'unavailable' });
  await vi.waitFor(() => redis.ping(), { timeout: 20_000, interval: 50 });
  expect(await redis.run((client) => client.get('kept'))).toBe('1');

  await expect.poll(() => restored, { timeout: 10_000 }).toBeGreaterThan(0);
  await vi.waitFor(async () => expect(await channel.publish('after')).toBe(1), {
    timeout: 15_000,
    interval: 50,
  });
  await expect.poll(() => heard.at(-1)).toBe('after');
  await channel.close();
}, 60_000);
