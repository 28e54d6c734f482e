import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTestRedisUrl, silentLogger } from '../../../test/test-stores.ts';
import { roomParticipantOwnersKey, roomParticipantsKey } from '../../store/redis/keys.ts';
import { connectRedis, type RedisStore } from '../../store/redis/redis.ts';
import { createSeats, type Seat, type Seats } from './seats.ts';

let redis: RedisStore;
let seats: Seats;
let roomId: string;

beforeAll(async () => {
  redis = await connectRedis(createTestRedisUrl(), silentLogger);
  seats = createSeats(redis);
});

beforeEach(() => {
  roomId = randomUUID();
});

afterAll(() => redis.close());

function seatOf(userId: string): Seat {
  return { roomId, userId, participantId: randomUUID() };
}

const roomFull = expect.objectContaining({ code: 'room_full' });

describe('seats', () => {
  test('100 who come at once to 10 seats: exactly 10 get one (SPEC 1.7)', async () => {
    const fates = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) => seats.take(seatOf(`person-${index}`), 10)),
    );
    expect(fates.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    for (const fate of fates) {
      expect(fate.status === 'fulfilled' || fate.reason.code === 'room_full').toBe(true);
    }
  });

  test('20 stays of one userId share one seat (SPEC 1.7)', async () => {
    await Promise.all(Array.from({ length: 20 }, () => seats.take(seatOf('ann'), 2)));
    await seats.take(seatOf('ben'), 2);
    await expect(seats.take(seatOf('carl'), 2)).rejects.toEqual(roomFull);
  });

  test('are taken over by a later stay of the same userId, in a full room too (SPEC 1.6)', async () => {
    const first = await seats.take(seatOf('ann'), 1);
    const second = await seats.take(seatOf('ann'), 1);
    expect(first.takenFrom).toBeNull();
    expect(second.takenFrom).toBe(first.participantId);
    await seats.release(first);
    await expect(seats.take(seatOf('ben'), 1)).rejects.toEqual(roomFull);
    await seats.release(second);
    await seats.take(seatOf('ben'), 1);
  });

  test('go back to the stay they were taken from, if it is still there', async () => {
    const first = await seats.take(seatOf('ann'), 1);
    await seats.giveBack(await seats.take(seatOf('ann'), 1), true);
    expect(await seats.refresh(roomId, [first])).toEqual([]);
    await seats.giveBack(await seats.take(seatOf('ann'), 1), false);
    await seats.take(seatOf('ben'), 1);
  });

  test('of a process that died are free when their lease ends', async () => {
    await createSeats(redis, 50).take(seatOf('ann'), 1);
    await vi.waitFor(() => seats.take(seatOf('ben'), 1), { timeout: 10_000, interval: 10 });
    expect(await redis.client.zrange(roomParticipantsKey(roomId), '0', '-1')).toEqual(['ben']);
    expect(await redis.client.hkeys(roomParticipantOwnersKey(roomId))).toEqual(['ben']);
  });

  test('leave no key behind when nobody renews them', async () => {
    const brief = createSeats(redis, 50);
    await brief.take(seatOf('ann'), 1);
    const keys = [roomParticipantsKey(roomId), roomParticipantOwnersKey(roomId)];
    await vi.waitFor(async () => expect(await redis.client.exists(...keys)).toBe(0), {
      timeout: 10_000,
      interval: 10,
    });
  });

  test('that are renewed last longer than their lease', async () => {
    const first = await createSeats(redis, 50).take(seatOf('ann'), 1);
    expect(await seats.refresh(roomId, [first])).toEqual([]);
    const leaseEnd = Number(await redis.client.zscore(roomParticipantsKey(roomId), 'ann'));
    expect(leaseEnd - Date.now()).toBeGreaterThan(20_000);
  });

  test('that Redis lost come back with the next heartbeat', async () => {
    const held = await Promise.all(
      Array.from({ length: 600 }, (_, index) => seats.take(seatOf(`person-${index}`), 600)),
    );
    await redis.client.del(roomParticipantsKey(roomId), roomParticipantOwnersKey(roomId));
    expect(await seats.refresh(roomId, held)).toEqual([]);
    await expect(seats.take(seatOf('late'), 600)).rejects.toEqual(roomFull);
  });

  test('that Redis lost come back before somebody else gets one (SPEC 1.7)', async () => {
    const held = [await seats.take(seatOf('ann'), 2), await seats.take(seatOf('ben'), 2)];
    await redis.client.del(roomParticipantsKey(roomId), roomParticipantOwnersKey(roomId));
    await expect(seats.take(seatOf('late'), 2, () => held)).rejects.toEqual(roomFull);
    await seats.take(seatOf('late'), 3, () => held);
    const again = await seats.take(seatOf('ann'), 3, () => held);
    expect(again.takenFrom).toBe(held[0]?.participantId);
  });

  test('of who left while a loss was noticed do not come back', async () => {
    const ann = await seats.take(seatOf('ann'), 1);
    await redis.client.del(roomParticipantsKey(roomId), roomParticipantOwnersKey(roomId));
    const answers = [[ann], []];
    await seats.take(seatOf('ben'), 1, () => answers.shift() ?? []);
    expect(await redis.client.hkeys(roomParticipantOwnersKey(roomId))).toEqual(['ben']);
  });

  test('that were taken over elsewhere are told to who renews them', async () => {
    const first = await seats.take(seatOf('ann'), 2);
    const ben = await seats.take(seatOf('ben'), 2);
    const second = await seats.take(seatOf('ann'), 2);
    expect(await seats.refresh(roomId, [first, ben])).toEqual([first]);
    expect(await seats.refresh(roomId, [second])).toEqual([]);
  });

  test('can be asked for before joining', async () => {
    expect(await seats.hasSeat(roomId, 'ann', 1)).toBe(true);
    await seats.take(seatOf('ann'), 1);
    expect(await seats.hasSeat(roomId, 'ann', 1)).toBe(true);
    expect(await seats.hasSeat(roomId, 'ben', 1)).toBe(false);
    expect(await seats.hasSeat(roomId, 'ben', 2)).toBe(true);
  });

  test('in a room do not count in another', async () => {
    await seats.take(seatOf('ann'), 1);
    roomId = randomUUID();
    await seats.take(seatOf('ben'), 1);
  });
});

test('without Redis everything is answered unavailable at once', async () => {
  const gone = await connectRedis(createTestRedisUrl(), silentLogger);
  const orphaned = createSeats(gone);
  gone.client.disconnect();
  await gone.close();
  const unavailable = expect.objectContaining({ code: 'unavailable' });
  await expect(orphaned.take(seatOf('ann'), 1)).rejects.toEqual(unavailable);
  await expect(orphaned.hasSeat(roomId, 'ann', 1)).rejects.toEqual(unavailable);
});
