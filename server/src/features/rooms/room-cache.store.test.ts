import { setTimeout as sleep } from 'node:timers/promises';
import type { Room } from '@balai/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestStores, silentLogger, type TestStores } from '../../../test/test-stores.ts';
import { systemClock } from '../../kernel/clock.ts';
import { roomInfoKey } from '../../store/redis/keys.ts';
import { connectRedis, type RedisStore } from '../../store/redis/redis.ts';
import { createRoomCache } from './room-cache.ts';
import { createRooms, type Rooms } from './rooms.ts';

let stores: TestStores;
let otherRedis: RedisStore;
/** Two servers that share both stores. */
let here: Rooms;
let there: Rooms;
let hostId: string;

beforeAll(async () => {
  stores = await createTestStores();
  otherRedis = await connectRedis(stores.redisUrl, silentLogger);
  here = server(stores.redis);
  there = server(otherRedis);
  const [row] = await stores.owner.query<{ id: string }>(
    `INSERT INTO users (first_name, last_name, kind) VALUES ('Hanna', '', 'external') RETURNING id`,
  );
  hostId = row?.id ?? '';
});
afterAll(async () => {
  await otherRedis.close();
  await stores.close();
});

function server(redis: RedisStore): Rooms {
  return createRooms({
    database: stores.database,
    cache: createRoomCache(redis, silentLogger),
    clock: systemClock,
    closeRoom: async () => undefined,
    settleArrival: async () => undefined,
    announce: async () => undefined,
  });
}

function makeRoom(): Promise<Room> {
  return here.create(hostId, {
    name: 'Version 0',
    description: null,
    password: null,
    maxUsers: 10,
    guestsAllowed: true,
    scheduledAt: null,
  });
}

function hashOf(roomId: string): Promise<Record<string, string>> {
  return stores.redis.run((client) => client.hgetall(roomInfoKey(roomId)));
}

describe('the cache of rooms', () => {
  test('is written on read, for half an hour, with the fields of the room', async () => {
    const room = await makeRoom();
    expect(await hashOf(room.id)).toEqual({});
    expect(await here.get(room.id)).toEqual(room);
    expect(await hashOf(room.id)).toMatchObject({
      name: 'Version 0',
      host_id: hostId,
      max_users: '10',
      status: 'active',
    });
    const ttl = await stores.redis.run((client) => client.pttl(roomInfoKey(room.id)));
    expect(ttl).toBeGreaterThan(29 * 60_000);
    expect(ttl).toBeLessThanOrEqual(30 * 60_000);
    expect(await there.get(room.id)).toEqual(room);
  });

  test('is what is read: the database is not asked', async () => {
    const room = await makeRoom();
    await here.get(room.id);
    await stores.owner.query(`UPDATE rooms SET name = 'Behind its back' WHERE id = $1`, [room.id]);
    expect((await there.get(room.id)).name).toBe('Version 0');
  });

  test('is dropped on change: the other server never reads what was before', async () => {
    const room = await makeRoom();
    await there.get(room.id);
    await here.update(room.id, hostId, { name: 'Version 1' });
    expect((await there.get(room.id)).name).toBe('Version 1');
    await there.update(room.id, hostId, { maxUsers: 3 });
    expect((await here.get(room.id)).maxUsers).toBe(3);
    await here.end(room.id, hostId);
    expect((await there.get(room.id)).status).toBe('ended');
  });

  test('keeps nothing that was read of the database before a change and written after it', async () => {
    const room = await makeRoom();
    const cache = createRoomCache(otherRedis, silentLogger);
    const read = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const late = cache.read(room.id, async () => {
      read.resolve();
      await go.promise;
      return room;
    });
    await read.promise;
    await here.update(room.id, hostId, { name: 'Version 1' });
    go.resolve();
    await late;
    expect((await there.get(room.id)).name).toBe('Version 1');
    expect((await here.get(room.id)).name).toBe('Version 1');
  });

  test('shows no old version to anybody while 40 changes and many reads run', async () => {
    const room = await makeRoom();
    let done = 0;
    let isOver = false;
    const faults: string[] = [];
    const watch = async (rooms: Rooms): Promise<void> => {
      while (!isOver) {
        const before = done;
        const { name } = await rooms.get(room.id);
        const version = Number(name.replace('Version ', ''));
        if (version < before) {
          faults.push(`read ${version} after ${before} was done`);
        }
        await sleep(0);
      }
    };
    const watching = Promise.all([here, there, here, there].map(watch));
    for (let version = 1; version <= 40; version += 1) {
      await (version % 2 === 0 ? here : there).update(room.id, hostId, {
        name: `Version ${version}`,
      });
      done = version;
    }
    isOver = true;
    await watching;
    expect(faults).toEqual([]);
  });

  test('is done without where Redis is away; changes then wait for it', async () => {
    const room = await makeRoom();
    const lostRedis = await connectRedis(stores.redisUrl, silentLogger);
    const lost = server(lostRedis);
    await lostRedis.close();
    expect((await lost.get(room.id)).name).toBe('Version 0');
    await expect(lost.update(room.id, hostId, { name: 'Lost' })).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect((await here.get(room.id)).name).toBe('Version 0');
  });
});
