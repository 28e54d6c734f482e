import type { ParticipantId } from '@balai/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import type { LineMeasurement } from '../media-plane.ts';
import { only } from './expectations.contract.ts';
import type { PlaneScene } from './plane-scene.contract.ts';

/** Lines are looked at every 2 s while they change, and what is told is a mean of some time. */
const MEASURED = { timeout: 25_000, interval: 50 };
const TEST_TIMEOUT_MS = 60_000;

/** How well participants are connected, each way. */
export function describeLines(scene: PlaneScene): void {
  describe('lines', () => {
    const timers: NodeJS.Timeout[] = [];
    afterEach(() => {
      for (const timer of timers.splice(0)) clearInterval(timer);
    });

    /** The last measurement of a participant. */
    function watch(participantId: ParticipantId): () => LineMeasurement | undefined {
      let last: LineMeasurement | undefined;
      scene.plane.events.on('lineMeasured', (measured) => {
        if (measured.participantId === participantId) last = measured;
      });
      return () => last;
    }

    test(
      'are measured both ways, and lost packets show on the side where they are lost',
      async () => {
        const ada = await scene.meeting.attend();
        const microphone = await scene.meeting.publish(ada, 'audio');
        const ben = await scene.meeting.attend({ subscribeTo: [microphone.trackId] });
        const [ofAda, ofBen] = [watch(ada.participantId), watch(ben.participantId)];
        await expect
          .poll(ofAda, MEASURED)
          .toMatchObject({ isReachable: true, send: { score: 10, loss: 0 }, receive: null });
        await expect
          .poll(ofBen, MEASURED)
          .toMatchObject({ isReachable: true, send: null, receive: { score: 10 } });

        microphone.sender.loseOneOf(4);
        await expect.poll(() => ofAda()?.send?.score, MEASURED).toBeLessThan(8);
        await expect.poll(() => ofAda()?.send?.loss, MEASURED).toBeGreaterThan(0.1);
        expect(ofBen()?.receive).toMatchObject({ score: 10, loss: 0 });

        microphone.sender.loseOneOf(0);
        await expect.poll(() => ofAda()?.send?.score, MEASURED).toBe(10);
      },
      3 * TEST_TIMEOUT_MS,
    );

    test(
      'are measured by what receivers report',
      async () => {
        const ada = await scene.meeting.attend();
        const microphone = await scene.meeting.publish(ada, 'audio');
        const ben = await scene.meeting.attend({ subscribeTo: [microphone.trackId] });
        const subscription = only(ben.joined.subscriptions);
        let totalLost = 0;
        timers.push(
          setInterval(() => {
            totalLost += 12;
            // Half of them; 50 ms, of 48 ticks each.
            ben.client.report(subscription, { fractionLost: 128, totalLost, jitter: 2_400 });
          }, 500),
        );
        const ofBen = watch(ben.participantId);
        await expect
          .poll(ofBen, MEASURED)
          .toMatchObject({ receive: { loss: 0.5, jitterMs: 50 }, isReachable: true });
        await expect.poll(() => ofBen()?.receive?.score, MEASURED).toBeLessThan(5);
      },
      TEST_TIMEOUT_MS,
    );

    test(
      'of who is muted say nothing of what is sent, and of who is gone that it is not reachable',
      async () => {
        const ada = await scene.meeting.attend({ protocol: 'tcp' });
        const { trackId, sender } = await scene.meeting.publish(ada, 'audio');
        const measured = watch(ada.participantId);
        await expect.poll(() => measured()?.send?.score, MEASURED).toBe(10);
        sender.stop();
        await expect.poll(() => measured()?.send?.score, MEASURED).toBe(0);
        await scene.plane.setMuted(ada.participantId, trackId, true);
        await expect.poll(() => measured()?.send, MEASURED).toBeNull();
        ada.client.cutNetwork();
        await expect.poll(() => measured()?.isReachable, MEASURED).toBe(false);
      },
      TEST_TIMEOUT_MS,
    );
  });
}
