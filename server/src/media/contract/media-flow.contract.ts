import { describe, expect, test } from 'vitest';
import { ssrcOf } from '../../../test/rtc/rtc-client.ts';
import { SIMULCAST_FRAME_BYTES } from '../../../test/rtc/track-sender.ts';
import { expectCode, only, pair } from './expectations.contract.ts';
import { LONG_ENOUGH, type PlaneScene } from './plane-scene.contract.ts';

/** Media from one participant to another. */
export function describeMediaFlow(scene: PlaneScene): void {
  describe('media between participants', () => {
    test.each(['udp', 'tcp'] as const)('flows both ways over %s', async (protocol) => {
      const ada = await scene.meeting.attend({ protocol });
      const sent = [
        await scene.meeting.publish(ada, 'audio'),
        await scene.meeting.publish(ada, 'video'),
      ];
      const ben = await scene.meeting.attend({
        protocol,
        subscribeTo: sent.map((track) => track.trackId),
      });
      const answered = [
        await scene.meeting.publish(ben, 'audio'),
        await scene.meeting.publish(ben, 'video'),
      ];
      const received = await scene.meeting.receive(ada, answered);

      expect(ben.joined.subscriptions).toMatchObject([
        { trackId: sent[0]?.trackId, kind: 'audio', participantId: ada.participantId },
        { trackId: sent[1]?.trackId, kind: 'video', participantId: ada.participantId },
      ]);
      expect(received).toHaveLength(2);
      await Promise.all([
        ...ben.joined.subscriptions.map((one) => ben.client.waitForMedia(one)),
        ...received.map((one) => ada.client.waitForMedia(one)),
      ]);
    });

    test('begins with a key frame, for which the publisher is asked', async () => {
      const ada = await scene.meeting.attend();
      const camera = await scene.meeting.publish(ada, 'video');
      const ben = await scene.meeting.attend({ subscribeTo: [camera.trackId] });
      await ben.client.waitForMedia(only(ben.joined.subscriptions));
      expect(camera.sender.keyFrameRequests).toBeGreaterThan(0);
    });

    test('has no publisher make key frames all the time', async () => {
      const ada = await scene.meeting.attend();
      const camera = await scene.meeting.publish(ada, 'video');
      const ben = await scene.meeting.attend();
      const subscription = only(await scene.meeting.receive(ben, [camera]));
      await ben.client.waitForMedia(subscription);
      const { subscriptionId } = subscription;
      const before = camera.sender.keyFrameRequests;
      const startedAt = performance.now();
      for (let round = 0; round < 8; round += 1) {
        for (const isWanted of [false, true]) {
          await scene.plane.updateSubscriptions(ben.participantId, [{ subscriptionId, isWanted }]);
        }
        await ben.client.waitForMedia(subscription, 1);
      }
      const intervals = Math.ceil((performance.now() - startedAt) / 500);
      expect(camera.sender.keyFrameRequests - before).toBeLessThanOrEqual(intervals + 1);
    });

    test('of a subscription after joining waits until it is started (SPEC 3.2)', async () => {
      const ada = await scene.meeting.attend();
      const ben = await scene.meeting.attend();
      const microphone = await scene.meeting.publish(ada, 'audio');
      const camera = await scene.meeting.publish(ada, 'video');
      const flowing = only(await scene.meeting.receive(ben, [microphone]));
      const held = only(await scene.plane.subscribe(ben.participantId, [camera.trackId]));

      await ben.client.waitForMedia(flowing, LONG_ENOUGH);
      expect(ben.client.countPackets(held)).toBe(0);

      await scene.plane.startSubscriptions(ben.participantId, [held.subscriptionId]);
      await ben.client.waitForMedia(held);
    });

    test('stops while a track is muted, and comes back (SPEC 3.6)', async () => {
      const ada = await scene.meeting.attend();
      const microphone = await scene.meeting.publish(ada, 'audio');
      const camera = await scene.meeting.publish(ada, 'video');
      const ben = await scene.meeting.attend();
      const [flowing, muted] = pair(await scene.meeting.receive(ben, [microphone, camera]));
      await ben.client.waitForMedia(muted);

      await scene.plane.setMuted(ada.participantId, camera.trackId, true);
      // What was on its way arrives before what is sent later.
      await ben.client.waitForMedia(flowing);
      const before = ben.client.countPackets(muted);
      await ben.client.waitForMedia(flowing, LONG_ENOUGH);
      expect(ben.client.countPackets(muted)).toBe(before);

      await scene.plane.setMuted(ada.participantId, camera.trackId, false);
      await ben.client.waitForMedia(muted);
    });

    test('of a track that is published muted begins when it is unmuted (SPEC 3.6)', async () => {
      const ada = await scene.meeting.attend();
      const camera = await scene.meeting.publish(ada, 'video');
      const microphone = await scene.meeting.publish(ada, 'audio', true);
      const ben = await scene.meeting.attend({ subscribeTo: [camera.trackId, microphone.trackId] });
      const [flowing, muted] = pair(ben.joined.subscriptions);
      await ben.client.waitForMedia(flowing, LONG_ENOUGH);
      expect(ben.client.countPackets(muted)).toBe(0);

      await scene.plane.setMuted(ada.participantId, microphone.trackId, false);
      await ben.client.waitForMedia(muted);
    });

    test('ends when the track is unpublished, and the track is gone (SPEC 3.4)', async () => {
      const ada = await scene.meeting.attend();
      const microphone = await scene.meeting.publish(ada, 'audio');
      const camera = await scene.meeting.publish(ada, 'video');
      const ben = await scene.meeting.attend();
      const [flowing, ended] = pair(await scene.meeting.receive(ben, [microphone, camera]));
      await ben.client.waitForMedia(ended);

      await scene.plane.unpublish(ada.participantId, camera.trackId);
      await ben.client.waitForMedia(flowing);
      const before = ben.client.countPackets(ended);
      await ben.client.waitForMedia(flowing, LONG_ENOUGH);
      expect(ben.client.countPackets(ended)).toBe(before);

      const { participantId } = ben;
      expect(await scene.plane.subscribe(participantId, [camera.trackId])).toEqual([]);
      await scene.plane.startSubscriptions(participantId, [ended.subscriptionId]);
      await scene.plane.unpublish(ada.participantId, camera.trackId);
      await expectCode(
        scene.plane.setMuted(ada.participantId, camera.trackId, true),
        'track_not_found',
      );
    });

    test('of a track in three layers reaches a subscriber in the best one', async () => {
      const ada = await scene.meeting.attend();
      const camera = await scene.meeting.publish(ada, 'simulcast');
      expect(camera.sender.rtpParameters.encodings.map(({ rid }) => rid)).toEqual([
        'r0',
        'r1',
        'r2',
      ]);
      const ben = await scene.meeting.attend({ subscribeTo: [camera.trackId] });
      const ssrc = ssrcOf(only(ben.joined.subscriptions));
      await ben.client.inbox.waitUntil(
        () => ben.client.inbox.findLatest(ssrc)?.payloadBytes === SIMULCAST_FRAME_BYTES[2],
        'a frame of the best layer',
      );
    });
  });
}
