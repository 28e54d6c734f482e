import type { ConnectionQuality } from '@balai/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import type { FakeClient } from '../sessions/testing/fake-clients.ts';
import { type Actor, Scene } from '../sessions/testing/scene.ts';
import { Qualities, TELL_INTERVAL_MS } from './qualities.ts';

let scene: Scene;
let qualities: Qualities;

beforeEach(() => {
  scene = new Scene();
  const { media, sessions, hub } = scene;
  qualities = new Qualities({ media, sessions, broadcast: hub.broadcast, clock: systemClock });
});

afterEach(() => qualities.close());

function measure({ stay }: Actor, score: number, isReachable = true): void {
  scene.media.events.emit('lineMeasured', {
    participantId: stay.participantId,
    isReachable,
    send: { score, loss: null, jitterMs: null, roundTripMs: null },
    receive: null,
  });
}

/** Each message as the identities in it with their qualities. */
function told(client: FakeClient): Record<string, ConnectionQuality>[] {
  return client.all('qualitiesChanged').map(({ qualities: all }) =>
    Object.fromEntries(
      all.map(({ participantId, quality }) => {
        const identity = scene.sessions.findParticipant(participantId)?.ticket.identity;
        return [identity ?? participantId, quality];
      }),
    ),
  );
}

test('everybody hears of everybody, in one message, and only of what changed (SPEC 12.1)', async () => {
  const [ann, ben] = [await scene.join('ann'), await scene.join('ben')];
  measure(ann, 10);
  measure(ben, 5);
  const expected = [{ ann: 'excellent', ben: 'poor' }];
  await expect.poll(() => told(ann.client)).toEqual(expected);
  expect(told(ben.client)).toEqual(expected);
  measure(ann, 10);
  measure(ben, 5);
  measure(ann, 3);
  measure(ann, 3);
  await expect.poll(() => told(ben.client), { timeout: 5_000 }).toHaveLength(2);
  expect(told(ben.client)[1]).toEqual({ ann: 'poor' });
});

test('messages are at least a second apart (SPEC 12.1)', async () => {
  const ann = await scene.join('ann');
  measure(ann, 10);
  // In the very moment, however long a poll would take to see it.
  await ann.client.until((client) => told(client).length === 1);
  const before = performance.now();
  for (const isReachable of [false, true, false]) measure(ann, 10, isReachable);
  await expect.poll(() => told(ann.client), { timeout: 5_000, interval: 5 }).toHaveLength(2);
  expect(told(ann.client)[1]).toEqual({ ann: 'lost' });
  expect(performance.now() - before).toBeGreaterThan(TELL_INTERVAL_MS / 2);
});

test('who comes hears what is known of everybody; the others hear nothing of it (SPEC 12.1)', async () => {
  const [ann, ben] = [await scene.join('ann'), await scene.join('ben')];
  measure(ann, 10);
  await expect.poll(() => told(ben.client)).toHaveLength(1);
  const cyd = await scene.join('cyd');
  await expect.poll(() => told(cyd.client), { timeout: 5_000 }).toEqual([{ ann: 'excellent' }]);
  expect(told(ben.client)).toHaveLength(1);
});

test('who is away is lost, until their socket is back (SPEC 12.3)', async () => {
  const [ann, ben] = [await scene.join('ann'), await scene.join('ben')];
  ann.client.graceMs = 60_000;
  measure(ann, 10);
  await expect.poll(() => told(ben.client)).toHaveLength(1);
  scene.sessions.suspend(ann.stay);
  measure(ann, 10);
  await expect.poll(() => told(ben.client)[1], { timeout: 5_000 }).toEqual({ ann: 'lost' });
  scene.sessions.resume(ann.stay);
  await expect.poll(() => told(ben.client)[2], { timeout: 5_000 }).toEqual({ ann: 'excellent' });
  scene.sessions.end(ann.stay, 'client_initiated');
});

test('who cannot come back is not lost but gone', async () => {
  const [ann, ben] = [await scene.join('ann'), await scene.join('ben')];
  measure(ben, 10);
  scene.sessions.suspend(ann.stay);
  measure(ann, 10, false);
  await expect.poll(() => told(ben.client)).toEqual([{ ben: 'excellent' }]);
});
