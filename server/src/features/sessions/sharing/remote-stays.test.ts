import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { Scene } from '../testing/scene.ts';
import { RemoteStays } from './remote-stays.ts';
import type { RoomRelay } from './room-relay.ts';
import { shareWithNobody } from './room-sharing.ts';

const relay: RoomRelay = {
  broadcast: () => undefined,
  send: () => undefined,
  note: () => undefined,
  onNote: () => undefined,
};

test('somebody of another process is one stay for as long as they are seen in the room', async () => {
  const seen = randomUUID();
  const scene = new Scene({
    shareRoom: (room) => ({ ...shareWithNobody(room), isElsewhere: (one) => one === seen }),
  });
  await scene.join('ann');
  const stays = new RemoteStays(relay, scene.sessions);
  const ben = { participantId: seen, ticket: scene.ticket('ben') };
  const stay = stays.of(ben);
  expect(stays.of(ben)).toBe(stay);
  scene.sessions.recordInRoom('hall', {
    type: 'participantLeft',
    participantId: seen,
    reason: 'client_initiated',
  });
  expect(stays.of(ben)).not.toBe(stay);
  // Nobody is told when they leave: they would be kept for as long as the room is there.
  const hidden = { participantId: randomUUID(), ticket: scene.ticket('cleo') };
  expect(stays.of(hidden)).not.toBe(stays.of(hidden));
  stays.close();
});
