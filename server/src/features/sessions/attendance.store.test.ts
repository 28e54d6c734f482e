import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';
import { type Attendance, createAttendance } from './attendance.ts';

let stores: TestStores;
let attendance: Attendance;
let roomId: string;
let userId: string;

beforeAll(async () => {
  stores = await createTestStores();
  attendance = createAttendance(stores.database);
});

afterAll(() => stores.close());

beforeEach(async () => {
  const [user] = await stores.owner.query<{ id: string }>(
    `INSERT INTO users (first_name, last_name, kind) VALUES ('Ann', '', 'guest') RETURNING id`,
  );
  userId = user?.id ?? '';
  const [room] = await stores.owner.query<{ id: string }>(
    `INSERT INTO rooms (name, host_id) VALUES ('Hall', $1) RETURNING id`,
    [userId],
  );
  roomId = room?.id ?? '';
});

function stay(minute: number) {
  return {
    roomId,
    userId,
    role: 'participant',
    joinedAt: new Date(Date.UTC(2026, 0, 1, 12, minute, 0, 123)),
  } as const;
}

function rows() {
  return stores.owner.query(
    'SELECT joined_at, left_at, role FROM room_participants WHERE room_id = $1 AND user_id = $2',
    [roomId, userId],
  );
}

function history() {
  return stores.owner.query<{ joined_at: Date; left_at: Date | null; seconds: number | null }>(
    `SELECT joined_at, left_at, EXTRACT(EPOCH FROM duration)::float AS seconds
     FROM meeting_history WHERE room_id = $1 AND user_id = $2 ORDER BY joined_at`,
    [roomId, userId],
  );
}

describe('attendance', () => {
  test('opens a row, closes it, and opens the same one again for the next stay', async () => {
    const leftAt = new Date(Date.UTC(2026, 0, 1, 12, 5));
    await attendance.open(stay(1));
    expect(await rows()).toEqual([
      { joined_at: stay(1).joinedAt, left_at: null, role: 'participant' },
    ]);
    await attendance.close(stay(1), leftAt);
    expect(await rows()).toMatchObject([{ left_at: leftAt }]);
    await attendance.open(stay(6));
    expect(await rows()).toEqual([
      { joined_at: stay(6).joinedAt, left_at: null, role: 'participant' },
    ]);
  });

  test('keeps the role that somebody was given since their token was issued', async () => {
    await attendance.open(stay(1));
    await stores.owner.query(`UPDATE room_participants SET role = 'moderator' WHERE user_id = $1`, [
      userId,
    ]);
    await attendance.open(stay(2));
    expect(await rows()).toMatchObject([{ role: 'moderator' }]);
  });

  test('has a row of history for every stay, with its duration', async () => {
    await attendance.open(stay(1));
    await attendance.close(stay(1), new Date(stay(1).joinedAt.getTime() + 90_000));
    await attendance.open(stay(6));
    expect(await history()).toEqual([
      { joined_at: stay(1).joinedAt, left_at: expect.any(Date), seconds: 90 },
      { joined_at: stay(6).joinedAt, left_at: null, seconds: null },
    ]);
  });

  test('ends a stay that nobody closed when the next one begins', async () => {
    await attendance.open(stay(1));
    await attendance.open(stay(3));
    expect(await history()).toMatchObject([{ seconds: 120 }, { left_at: null }]);
  });

  test('may be written twice', async () => {
    await attendance.open(stay(1));
    await attendance.open(stay(1));
    expect(await history()).toHaveLength(1);
    expect(await rows()).toHaveLength(1);
  });

  test('of a stay that was replaced is closed without closing the later one', async () => {
    await attendance.open(stay(1));
    await attendance.open(stay(2));
    await attendance.close(stay(1), new Date());
    expect(await rows()).toMatchObject([{ joined_at: stay(2).joinedAt, left_at: null }]);
  });

  test('that is written late does not undo a later stay', async () => {
    await attendance.open(stay(2));
    await attendance.open(stay(1));
    expect(await rows()).toMatchObject([{ joined_at: stay(2).joinedAt }]);
    expect(await history()).toMatchObject([
      { joined_at: stay(1).joinedAt, left_at: stay(2).joinedAt },
      { joined_at: stay(2).joinedAt, left_at: null },
    ]);
  });
});
