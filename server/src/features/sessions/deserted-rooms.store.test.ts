import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestStores, silentLogger, type TestStores } from '../../../test/test-stores.ts';
import type { Job } from '../housekeeping/housekeeping.ts';
import { createExternalUsers } from '../projects/external-users.ts';
import { type Attendance, createAttendance } from './attendance.ts';
import { createDesertedRoomsJob } from './deserted-rooms.ts';
import { createSeats, type Seats } from './seats.ts';

const MINUTE_MS = 60_000;
let stores: TestStores;
let seats: Seats;
let attendance: Attendance;
let projectId: string;
let hostId: string;
let ended: string[];
let job: Job;

beforeAll(async () => {
  stores = await createTestStores();
  seats = createSeats(stores.redis);
  attendance = createAttendance(stores.database);
});
afterAll(() => stores.close());

beforeEach(async () => {
  projectId = randomUUID();
  hostId = randomUUID();
  await stores.owner.transaction(async (db) => {
    await db.query(
      `INSERT INTO projects (id, name, service_user_id) VALUES ($1, 'Embedding', $2)`,
      [projectId, hostId],
    );
    await db.query(
      `INSERT INTO users (id, kind, project_id, first_name, last_name)
       VALUES ($1, 'service', $2, 'Embedding', '')`,
      [hostId, projectId],
    );
  });
  ended = [];
  job = jobOf(stores);
});

/** A server's job. */
function jobOf({ database }: TestStores): Job {
  return createDesertedRoomsJob({
    database,
    seats,
    async endRoom(roomId, host) {
      await database.asUser(host, (db) =>
        db.query(`UPDATE rooms SET status = 'ended', ended_at = clock_timestamp() WHERE id = $1`, [
          roomId,
        ]),
      );
      ended.push(roomId);
    },
    logger: silentLogger,
  });
}

/** A room that was made so many minutes ago. */
async function addRoom(
  minutes: number,
  timeouts: { readonly empty?: number | null; readonly departure?: number | null } = {},
  parentId: string | null = null,
): Promise<string> {
  const { empty = 300, departure = 20 } = timeouts;
  const id = randomUUID();
  await stores.owner.query(
    `INSERT INTO rooms (id, name, host_id, parent_id, empty_timeout_s, departure_timeout_s, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [id, `Hall ${id}`, hostId, parentId, empty, departure, ago(minutes)],
  );
  return id;
}

function ago(minutes: number): Date {
  return new Date(Date.now() - minutes * MINUTE_MS);
}

/** Somebody was there, from and to so many minutes ago; without an end they are there still. */
async function visit(roomId: string, from: number, to?: number): Promise<void> {
  const userId = await createExternalUsers(stores.database).add(projectId, randomUUID(), 'Ann');
  const stay = { roomId, userId, role: 'participant', joinedAt: ago(from) } as const;
  await attendance.open(stay);
  if (to !== undefined) await attendance.close(stay, ago(to));
}

describe('a room of a project (SPEC 16.10)', () => {
  test('ends when nobody came for as long as it waits', async () => {
    const waiting = await addRoom(4);
    const over = await addRoom(6);
    expect(await job.run()).toEqual({ ended: 1 });
    expect(ended).toEqual([over]);
    expect(await job.run()).toBeUndefined();
    expect(ended).not.toContain(waiting);
  });

  test('ends when everybody has left for as long as it waits, however old it is', async () => {
    // Half an hour: the rooms that stay are still there when the tests after this one look.
    const add = () => addRoom(120, { departure: 1_800 });
    const [left, recent, busy] = [await add(), await add(), await add()];
    await visit(left, 90, 31);
    await visit(recent, 90, 31);
    await visit(recent, 60, 1);
    await visit(busy, 90, 31);
    await visit(busy, 60);
    expect(await job.run()).toEqual({ ended: 1 });
    expect(ended).toEqual([left]);
  });

  test('stays for ever where it is to', async () => {
    await addRoom(10_000, { empty: null });
    await visit(await addRoom(10_000, { departure: null }), 9_000, 8_000);
    expect(await job.run()).toBeUndefined();
  });

  test('stays where somebody sits whose coming is not written down', async () => {
    const roomId = await addRoom(6);
    const seat = { roomId, userId: randomUUID(), participantId: randomUUID() };
    await seats.take(seat, 10);
    expect(await job.run()).toBeUndefined();
    await seats.release(seat);
    expect(await job.run()).toEqual({ ended: 1 });
    expect(ended).toEqual([roomId]);
  });

  test('stays while people are in its breakout rooms, which do not end by themselves', async () => {
    const main = await addRoom(60);
    const breakout = await addRoom(60, {}, main);
    await visit(main, 50, 40);
    await visit(breakout, 40);
    expect(await job.run()).toBeUndefined();
  });

  test("of this server's own does not end by itself", async () => {
    const id = randomUUID();
    await stores.owner.query(
      `INSERT INTO users (id, kind, first_name, last_name) VALUES ($1, 'guest', 'a', '')`,
      [id],
    );
    await stores.owner.query(
      `INSERT INTO rooms (name, host_id, empty_timeout_s, created_at) VALUES ('Own', $1, 1, $2)`,
      [id, ago(60)],
    );
    expect(await job.run()).toBeUndefined();
  });

  test('ends once, whichever servers look, and after a restart too', async () => {
    const roomId = await addRoom(6);
    const other = jobOf(stores);
    await job.run();
    await other.run();
    expect(ended).toEqual([roomId]);
  });
});
