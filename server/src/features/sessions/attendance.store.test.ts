import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';
import { type Attendance, createAttendance } from './attendance.ts';

let stores: TestStores;
let attendance: Attendance;
let roomId: string;
let identity: string;

beforeAll(async () => {
  stores = await createTestStores();
  attendance = createAttendance(stores.database);
});

afterAll(() => stores.close());

beforeEach(async () => {
  const [user] = await stores.database.query<{ id: string }>(
    `INSERT INTO users (first_name, last_name, kind) VALUES ('Ann', '', 'guest') RETURNING id`,
  );
  identity = user?.id ?? '';
  const [room] = await stores.database.query<{ id: string }>(
    `INSERT INTO rooms (name, host_id) VALUES ('Hall', $1) RETURNING id`,
    [identity],
  );
  roomId = room?.id ?? '';
});

function stay(minute: number) {
  return {
    roomId,
    identity,
    role: 'participant',
    joinedAt: new Date(Date.UTC(2026, 0, 1, 12, minute, 0, 123)),
  } as const;
}

function rows() {
  return stores.database.query(
    'SELECT joined_at, left_at, role FROM room_participants WHERE room_id = $1 AND user_id = $2',
    [roomId, identity],
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
    await attendance.open({ ...stay(6), role: 'moderator' });
    expect(await rows()).toEqual([
      { joined_at: stay(6).joinedAt, left_at: null, role: 'moderator' },
    ]);
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
  });
});
