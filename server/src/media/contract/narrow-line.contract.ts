import type { Subscription } from '@balai/protocol';
import { describe, expect, test } from 'vitest';
import { Meeting } from '../../../test/rtc/meeting.ts';
import { expectSilence, frameBytesOf, only, pair, watchStates } from './expectations.contract.ts';
import type { PlaneScene } from './plane-scene.contract.ts';

/** The smallest picture. */
const SMALLEST = { width: 320, height: 180 };

/** What a line carries that does not carry all. */
export function describeNarrowLine(scene: PlaneScene): void {
  describe('a line of 600 kbit/s', () => {
    /**
     * 136, 210 and 410 kbit/s with headers: the largest and one of the smallest fit on the line with
     * something to spare, as do four of the smallest; the largest and two of the smallest do not.
     */
    const HEAVY = { frameBytes: [320, 500, 1_000], intervalMs: 20 };
    /** 400 kbit/s at least. */
    const TOO_HEAVY_FOR_TWO = { frameBytes: [1_000, 1_050, 1_100], intervalMs: 20 };

    test('carries the pinned video as it was; others get less or wait, and are back later (SPEC 9.3, 9.5)', async () => {
      const plane = await scene.makePlane({ workerCount: 2, maxOutgoingBitrateBps: 600_000 });
      const meeting = new Meeting(plane);
      try {
        const states = watchStates(plane);
        const ada = await meeting.attend();
        const cameras = [await meeting.publish(ada, 'simulcast', false, HEAVY)];
        const ben = await meeting.attend();
        const { participantId, client } = ben;
        const pinned = only(await meeting.receive(ben, cameras));
        await plane.updateSubscriptions(participantId, [
          { subscriptionId: pinned.subscriptionId, priority: 255 },
        ]);
        const top = () => frameBytesOf(ben, pinned) === 1_000;
        await client.inbox.waitUntil(top, 'the best layer', 10_000);

        const people = await Promise.all([1, 2, 3].map(() => meeting.attend()));
        const more = await Promise.all(
          people.map((person) => meeting.publish(person, 'simulcast', false, HEAVY)),
        );
        const others = await meeting.receive(ben, more);
        const paused = () =>
          others.filter(({ subscriptionId }) => states.get(subscriptionId) === 'paused');
        await expect.poll(() => paused().length, { timeout: 8_000 }).toBe(2);
        await client.inbox.waitUntil(top, 'the best layer again', 3_000);
        expect(states.has(pinned.subscriptionId)).toBe(false);
        for (const silent of paused()) await expectSilence(ben, silent, pinned);
        // It stays so.
        for (let packets = 0; packets < 150; packets += 10) {
          await client.waitForMedia(pinned, 10);
          expect(top()).toBe(true);
        }
        // A machine that stood still for a second sent less in it: one more fits as long as that counts.
        await expect.poll(() => paused().length, { timeout: 8_000 }).toBe(2);

        await plane.updateSubscriptions(participantId, [
          { subscriptionId: pinned.subscriptionId, ...SMALLEST },
        ]);
        await expect.poll(() => paused().length, { timeout: 12_000 }).toBe(0);
        await Promise.all(others.map((one) => client.waitForMedia(one)));
      } finally {
        meeting.close();
        await plane.close();
      }
    }, 60_000);

    test('carries the one of two equals who speaks (SPEC 9.5)', async () => {
      const plane = await scene.makePlane({ workerCount: 2, maxOutgoingBitrateBps: 600_000 });
      const meeting = new Meeting(plane);
      try {
        const states = watchStates(plane);
        const stateOf = ({ subscriptionId }: Subscription) => states.get(subscriptionId);
        const [ada, cid, ben] = [
          await meeting.attend(),
          await meeting.attend(),
          await meeting.attend(),
        ];
        const cameras = [
          await meeting.publish(ada, 'simulcast', false, TOO_HEAVY_FOR_TWO),
          await meeting.publish(cid, 'simulcast', false, TOO_HEAVY_FOR_TWO),
        ];
        const [first, second] = pair(await meeting.receive(ben, cameras));
        // As long as nobody speaks it is the one that came first.
        await expect.poll(() => stateOf(second), { timeout: 8_000 }).toBe('paused');
        await ben.client.waitForMedia(first);

        await plane.preferTracks(meeting.roomId, [second.trackId]);
        await expect.poll(() => stateOf(first), { timeout: 5_000 }).toBe('paused');
        expect(stateOf(second)).toBe('active');
        await ben.client.waitForMedia(second);
        await expectSilence(ben, first, second);

        await plane.preferTracks(meeting.roomId, [first.trackId, second.trackId]);
        await expect.poll(() => stateOf(second), { timeout: 5_000 }).toBe('paused');
        await ben.client.waitForMedia(first);

        // What Ben himself wants more comes before it.
        await plane.updateSubscriptions(ben.participantId, [
          { subscriptionId: second.subscriptionId, priority: 2 },
        ]);
        await expect.poll(() => stateOf(first), { timeout: 12_000 }).toBe('paused');
      } finally {
        meeting.close();
        await plane.close();
      }
    }, 60_000);
  });
}
