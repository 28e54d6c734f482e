/** The server's store, and a server of people, on a Redis Cluster, of which a node dies. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSessionCache } from '../../../server/src/features/accounts/session-cache.ts';
import { createNegotiations } from '../../../server/src/features/sessions/negotiations.ts';
import { createSeats } from '../../../server/src/features/sessions/seats.ts';
import { createCachedHash } from '../../../server/src/store/redis/cached-hash.ts';
import { openChannel } from '../../../server/src/store/redis/channel.ts';
import { createFailureLimit } from '../../../server/src/store/redis/failure-limit.ts';
import { openInquiries, type Topic } from '../../../server/src/store/redis/inquiries.ts';
import { createRateLimit } from '../../../server/src/store/redis/rate-limit.ts';
import { connectRedis, type RedisStore } from '../../../server/src/store/redis/redis.ts';
import { startTestApi } from '../../../server/test/test-api.ts';
import { enterRoom } from '../../../server/test/test-member.ts';
import { silentLogger } from '../../../server/test/test-stores.ts';
import { type RedisFleet, startClusterFleet } from './redis-fleet.fixture.ts';

/** More than would all be on one of three nodes by chance. */
const MANY = Array.from({ length: 40 }, () => randomUUID());

let folder = '';
let fleet: RedisFleet;
let redis: RedisStore;
let other: RedisStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'balai-cluster-'));
  fleet = await startClusterFleet(folder);
  redis = await connectRedis(`${fleet.url}?keyPrefix=mine:`, silentLogger);
  other = await connectRedis(`${fleet.url}?keyPrefix=mine:`, silentLogger);
});
afterAll(async () => {
  await redis?.close();
  await other?.close();
  await fleet?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('on a cluster', () => {
  test('keys are spread over the nodes, under the prefix', async () => {
    await redis.ping();
    await Promise.all(
      MANY.map((id) => redis.run((client) => client.set(`spread:${id}`, id, 'PX', 60_000))),
    );
    expect(
      await Promise.all(MANY.map((id) => other.run((client) => client.get(`spread:${id}`)))),
    ).toEqual(MANY);
    const counts = await Promise.all(
      fleet.members.slice(0, 3).map(({ client }) => client.keys('mine:spread:*')),
    );
    expect(counts.map((keys) => keys.length > 0)).toEqual([true, true, true]);
  });

  test('the seats of a room are taken in one script, in any room', async () => {
    const seats = createSeats(redis);
    for (const roomId of MANY) {
      const seat = { roomId, userId: 'ann', participantId: 'p1' };
      await seats.take(seat, 1);
      await expect(seats.take({ ...seat, userId: 'ben' }, 1)).rejects.toMatchObject({
        code: 'room_full',
      });
      expect(await seats.refresh(roomId, [seat])).toEqual([]);
    }
  });

  test('negotiations of many rooms are kept and renewed', async () => {
    const negotiations = createNegotiations(redis);
    const nothing = {
      participantId: 'p1',
      transports: { send: null, receive: null },
      answers: new Map([['t1', { fingerprints: [] }]]),
      tracks: [],
    };
    for (const roomId of MANY) {
      await negotiations.write(roomId, 'ann', nothing, true);
    }
    await negotiations.refresh(MANY.map((roomId) => [roomId, 'ann'] as const));
    expect(await negotiations.find(MANY[0] ?? '', 'ann')).toMatchObject({ participantId: 'p1' });
    await negotiations.forget(MANY[0] ?? '', 'ann', 'p1');
    expect(await negotiations.find(MANY[0] ?? '', 'ann')).toBeNull();
  });

  test('limits count, with whatever somebody calls themselves', async () => {
    const failures = createFailureLimit(redis, { name: 'riddle', failures: 1, windowMs: 60_000 });
    const uses = createRateLimit(redis, { name: 'use', points: 1, windowMs: 60_000 });
    for (const subject of [...MANY, '{a}b@c.de', '}x', '{}']) {
      await (await failures.begin(subject)).settle('wrong');
      await expect(failures.begin(subject)).rejects.toMatchObject({ code: 'rate_limited' });
      await uses.use(subject);
      await expect(uses.use(subject)).rejects.toMatchObject({ code: 'rate_limited' });
    }
  });

  test('caches and sessions are found again', async () => {
    const cache = createCachedHash(redis, silentLogger, {
      name: 'things',
      keyOf: (id) => `things:${id}`,
      lifetimeMs: 60_000,
    });
    const sessions = createSessionCache(redis);
    for (const id of MANY) {
      await cache.read(id, async () => ({ name: id }));
      expect(await cache.read(id, async () => ({ name: 'another' }))).toEqual({ name: id });
      const facts = { userId: 'ann', expiresAt: new Date(2e12), createdAt: new Date(1e12) };
      await sessions.remember(id, facts);
      expect(await sessions.find(id)).toEqual(facts);
    }
    await sessions.revoke('ann', MANY);
    expect(await sessions.find(MANY[0] ?? '')).toBe('revoked');
  });

  test('a channel counts and reaches everybody, wherever it is', async () => {
    for (const id of MANY.slice(0, 12)) {
      const heard: string[] = [];
      const listen = (who: string) => ({
        message: (text: string) => heard.push(`${who} ${text}`),
        restored: () => undefined,
      });
      const channels = [
        await openChannel(redis, `news:${id}`, listen('one'), silentLogger),
        await openChannel(other, `news:${id}`, listen('other'), silentLogger),
      ];
      expect(await channels[0]?.publish('hello')).toBe(2);
      await expect.poll(() => heard.toSorted()).toEqual(['one hello', 'other hello']);
      await Promise.all(channels.map((channel) => channel.close()));
    }
  });

  test('a process finds out what another one knows, and that nobody does', async () => {
    const double: Topic<number, number> = { name: 'double' };
    const asker = await openInquiries(redis, silentLogger);
    const answerer = await openInquiries(other, silentLogger);
    answerer.answer(double, async (question) => (question > 0 ? question * 2 : undefined));
    expect(await asker.find(double, 21)).toBe(42);
    expect(await asker.find(double, -1)).toBeUndefined();
    await Promise.all([asker.close(), answerer.close()]);
  });

  test('a connection for a key of its own waits for what others write there', async () => {
    for (const id of MANY.slice(0, 6)) {
      const reader = await redis.connectToKey(`log:${id}`);
      const [[, entries] = ['', []]] =
        (await Promise.all([
          reader.xread('BLOCK', 10_000, 'STREAMS', `log:${id}`, '0'),
          other.run((client) => client.xadd(`log:${id}`, '*', 'word', 'halo')),
        ]).then(([found]) => found)) ?? [];
      expect(entries.map(([, fields]) => fields)).toEqual([['word', 'halo']]);
      reader.disconnect();
    }
  });

  test('two servers of the same people lead meetings', async () => {
    const redisUrl = `${fleet.url}?keyPrefix=people:`;
    const one = await startTestApi({ redisUrl });
    const another = await startTestApi({ redisUrl, beside: one });
    try {
      const { accessToken } = await one.signUp('Hanna');
      for (let count = 0; count < 5; count++) {
        const room = await one.createRoom(accessToken, { name: 'Hall' });
        const host = await enterRoom(one, room.id, accessToken);
        const guest = await enterRoom(another, room.id);
        const said = { messageId: randomUUID(), text: 'Hello' };
        await guest.client.request('chat.send', said);
        expect(await host.client.next('chatMessage')).toMatchObject(said);
      }
      expect((await another.request('/readyz')).status).toBe(200);
      const sessions = '/v1/users/me/sessions';
      await another.request(sessions, { token: accessToken, method: 'DELETE' });
      expect((await one.request(sessions, { token: accessToken })).status).toBe(200);
    } finally {
      await another.close();
      await one.close();
    }
  }, 60_000);

  test('when a node is killed its replica takes over, with its keys and its channels', async () => {
    const [doomed] = fleet.members;
    const [found = ''] = (await doomed?.client.keys('mine:spread:*')) ?? [];
    const key = found.slice('mine:'.length);
    const heard: string[] = [];
    let restored = 0;
    const channel = await openChannel(
      redis,
      // A channel is where a key of its name would be.
      key,
      { message: (text) => heard.push(text), restored: () => restored++ },
      silentLogger,
    );
    expect(await channel.publish('before')).toBe(1);
    await expect.poll(() => heard).toEqual(['before']);

    await doomed?.kill();
    await vi.waitFor(
      async () => expect(await redis.run((client) => client.get(key))).not.toBeNull(),
      { timeout: 30_000, interval: 50 },
    );
    await expect.poll(() => restored, { timeout: 15_000 }).toBeGreaterThan(0);
    await vi.waitFor(async () => expect(await channel.publish('after')).toBe(1), {
      timeout: 15_000,
      interval: 50,
    });
    await expect.poll(() => heard.at(-1)).toBe('after');
    await channel.close();
  }, 90_000);
});
