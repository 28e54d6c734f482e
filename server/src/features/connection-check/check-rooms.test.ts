import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { Scene } from '../sessions/testing/scene.ts';
import { CheckPlaces } from './check-places.ts';
import { CheckRooms } from './check-rooms.ts';

let scene: Scene;
let rooms: CheckRooms;
beforeEach(() => {
  vi.useFakeTimers();
  const places = new CheckPlaces(systemClock);
  scene = new Scene({ admitCheck: (ticket) => places.admit(ticket) });
  rooms = new CheckRooms(scene.sessions, places, systemClock);
});
afterEach(() => {
  rooms.close();
  vi.useRealTimers();
});

function ticketUntil(checkEndsAt: number, identity = 'sender'): RoomTicket {
  // Of a room that nobody finds.
  return { ...scene.ticket(identity, 'nowhere'), checkEndsAt };
}

test('the room of a check ends at its time, with everybody in it (SPEC 13.2)', async () => {
  const endsAt = Date.now() + 60_000;
  const sender = await scene.join('sender', ticketUntil(endsAt));
  const receiver = await scene.join('receiver', ticketUntil(endsAt, 'receiver'));
  vi.advanceTimersByTime(59_999);
  expect(sender.client.all('goodbye')).toEqual([]);
  vi.advanceTimersByTime(1);
  for (const { client } of [sender, receiver]) {
    expect(client.all('goodbye')).toMatchObject([{ reason: 'room_closed' }]);
  }
  await expect(scene.join('sender', ticketUntil(endsAt))).rejects.toMatchObject({
    code: 'room_ended',
  });
});

test('the time of a room that everybody left is over, and that of other rooms never comes', async () => {
  const check = await scene.join('sender', ticketUntil(Date.now() + 60_000));
  const other = await scene.join('ann');
  scene.sessions.end(check.stay, 'client_initiated');
  vi.advanceTimersByTime(120_000);
  expect(other.client.all('goodbye')).toEqual([]);
  expect(check.client.all('goodbye')).toMatchObject([{ reason: 'client_initiated' }]);
});

test('a check has two seats, and is not among those who are present (SPEC 13.3)', async () => {
  const endsAt = Date.now() + 60_000;
  await scene.join('sender', ticketUntil(endsAt));
  await scene.join('receiver', ticketUntil(endsAt, 'receiver'));
  await expect(scene.join('third', ticketUntil(endsAt, 'third'))).rejects.toMatchObject({
    code: 'room_full',
  });
  expect(scene.sessions.present()).toEqual([]);
});

describe('of the checks that anybody may open', () => {
  const begin = (roomId: string, network: string, identity = 'sender') =>
    scene.join(identity, {
      ...scene.ticket(identity, roomId),
      checkEndsAt: Date.now() + 120_000,
      checkNetwork: network,
    });
  const TOO_MANY = { code: 'rate_limited', retryAfterMs: expect.any(Number) };

  test('four run at once in one network, until one of them is over (SPEC 13.4)', async () => {
    const first = await begin('a', 'office');
    for (const roomId of ['b', 'c', 'd']) await begin(roomId, 'office');
    await expect(begin('e', 'office')).rejects.toMatchObject(TOO_MANY);
    await begin('f', 'home');
    // The other half of one that runs is no other check.
    const receiver = await begin('a', 'office', 'receiver');
    scene.sessions.end(first.stay, 'client_initiated');
    await expect(begin('e', 'office')).rejects.toMatchObject(TOO_MANY);
    // Between its parts a check leaves, and comes back.
    scene.sessions.end(receiver.stay, 'client_initiated');
    await expect(begin('e', 'office')).rejects.toMatchObject(TOO_MANY);
    const again = await begin('a', 'office');
    scene.sessions.end(again.stay, 'client_initiated');
    vi.advanceTimersByTime(10_000);
    await begin('e', 'office');
  });

  test('twenty run at once from anywhere (SPEC 13.4)', async () => {
    for (let index = 0; index < 20; index += 1) await begin(`room ${index}`, `network ${index}`);
    await expect(begin('one more', 'elsewhere')).rejects.toMatchObject(TOO_MANY);
    // Meetings are another matter.
    await scene.join('ann');
  });

  test('joins under way count as well', async () => {
    const results = await Promise.allSettled(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((roomId) => begin(roomId, 'office')),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
  });

  test('each is told to send no more than it takes to measure a line', async () => {
    await begin('a', 'office');
    expect(scene.media.joins.at(-1)?.maxIncomingBitrateBps).toBe(3_000_000);
    await scene.join('ann');
    expect(scene.media.joins.at(-1)?.maxIncomingBitrateBps).toBe(undefined);
  });
});
