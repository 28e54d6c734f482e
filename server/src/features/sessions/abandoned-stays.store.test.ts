import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';
import { roomParticipantOwnersKey, roomParticipantsKey } from '../../store/redis/keys.ts';
import { AbandonedStays } from './abandoned-stays.ts';
import { type Attendance, createAttendance } from './attendance.ts';
import { createSeats, SEAT_LEASE_MS, type Seat, type Seats } from './seats.ts';

const MINUTE_MS = 60_000;
let stores: TestStores;
let seats: Seats;
let attendance: Attendance;
let roomId: string;
let now: number;
let abandoned: AbandonedStays;

beforeAll(async () => {
  stores = await createTestStores();
  seats = createSeats(stores.redis);
  attendance = createAttendance(stores.database);
});
afterAll(() => stores.close());

beforeEach(async () => {
  await stores.owner.query('DELETE FROM meeting_history');
  now = Date.now();
  abandoned = new AbandonedStays({ database: stores.database, seats, clock: () => now });
  roomId = randomUUID();
  await stores.owner.query(`INSERT INTO rooms (id, name, host_id) VALUES ($1, 'Hall', $2)`, [
    roomId,
    await addGuest(),
  ]);
});

async function addGuest(): Promise<string> {
  const id = randomUUID();
  await stores.owner.query(
    `INSERT INTO users (id, kind, first_name, last_name) VALUES ($1, 'guest', 'a', '')`,
    [id],
  );
  return id;
}

/** Somebody who came five minutes ago. */
async function arrive(): Promise<Seat> {
  const userId = await addGuest();
  const seat = { roomId, userId, participantId: randomUUID() };
  await seats.take(seat, 1_000);
  await attendance.open({
    roomId,
    userId,
    role: 'participant',
    joinedAt: new Date(now - 5 * MINUTE_MS),
  });
  return seat;
}

async function leftAt(userId: string): Promise<unknown> {
  const [row] = await stores.owner.query<{ history: Date | null; room: Date | null }>(
    `SELECT h.left_at AS history, p.left_at AS room FROM meeting_history h
     JOIN room_participants p USING (room_id, user_id) WHERE user_id = $1`,
    [userId],
  );
  expect(row?.room).toEqual(row?.history);
  return row?.history;
}

describe('abandoned stays', () => {
  test('are closed as of the first look without their seat, at the second', async () => {
    const [gone, here] = [await arrive(), await arrive()];
    await seats.release(gone);
    const firstLook = now;
    expect(await abandoned.close()).toBe(0);
    now += SEAT_LEASE_MS - 1;
    expect(await abandoned.close()).toBe(0);
    now += 1;
    expect(await abandoned.close()).toBe(1);
    expect(await leftAt(gone.userId)).toEqual(new Date(firstLook));
    expect(await leftAt(here.userId)).toBeNull();
    expect(await abandoned.close()).toBe(0);
  });

  test('are not those whose seats Redis lost and a heartbeat brought back', async () => {
    const seat = await arrive();
    await stores.redis.client.del(roomParticipantsKey(roomId), roomParticipantOwnersKey(roomId));
    expect(await abandoned.close()).toBe(0);
    await seats.refresh(roomId, [seat]);
    now += MINUTE_MS;
    expect(await abandoned.close()).toBe(0);
    await seats.release(seat);
    now += MINUTE_MS;
    // Missing again, and for the first time again.
    expect(await abandoned.close()).toBe(0);
    expect(await leftAt(seat.userId)).toBeNull();
  });

  test('are not those that have just begun', async () => {
    const userId = await addGuest();
    await attendance.open({ roomId, userId, role: 'participant', joinedAt: new Date(now) });
    expect(await abandoned.close()).toBe(0);
    now += SEAT_LEASE_MS;
    expect(await abandoned.close()).toBe(0);
    now += 1;
    expect(await abandoned.close()).toBe(0);
    now += SEAT_LEASE_MS;
    expect(await abandoned.close()).toBe(1);
  });

  test('may be very many', async () => {
    await stores.owner.query(
      `WITH people AS (
         INSERT INTO users (kind, first_name, last_name)
         SELECT 'guest', 'a', '' FROM generate_series(1, 1100) RETURNING id
       )
       INSERT INTO meeting_history (room_id, user_id, joined_at)
       SELECT $1, id, now() - interval '1 h' FROM people`,
      [roomId],
    );
    expect(await abandoned.close()).toBe(0);
    now += MINUTE_MS;
    expect(await abandoned.close()).toBe(1_100);
  });

  test('are left for the next time where Redis does not answer', async () => {
    const silent = new AbandonedStays({
      database: stores.database,
      seats: {
        findAbsent: async () => {
          throw new Error('away');
        },
      },
      clock: () => now,
    });
    const seat = await arrive();
    await expect(silent.close()).rejects.toThrow('away');
    expect(await leftAt(seat.userId)).toBeNull();
  });
});
