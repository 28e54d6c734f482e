import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { Scene } from '../sessions/testing/scene.ts';
import { CheckRooms } from './check-rooms.ts';

let scene: Scene;
let rooms: CheckRooms;
beforeEach(() => {
  vi.useFakeTimers();
  scene = new Scene();
  rooms = new CheckRooms(scene.sessions, systemClock);
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
