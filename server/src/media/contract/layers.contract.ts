import type { NeededLayer, Subscription } from '@balai/protocol';
import { describe, expect, test } from 'vitest';
import type { Attendee, SentTrack } from '../../../test/rtc/meeting.ts';
import { SIMULCAST_FRAME_BYTES } from '../../../test/rtc/track-sender.ts';
import type { MediaPlane } from '../media-plane.ts';
import {
  expectCode,
  expectSilence,
  frameBytesOf,
  only,
  pair,
  watchStates,
} from './expectations.contract.ts';
import { type PlaneScene, WAIT } from './plane-scene.contract.ts';

const SIZES = [
  { width: 320, height: 180 },
  { width: 640, height: 360 },
  { width: 1280, height: 720 },
] as const;

const NACK = ['nack', 'nack pli', 'ccm fir'];
const TRANSPORT_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const ABS_SEND_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time';

async function waitForLayer(
  attendee: Attendee,
  subscription: Subscription,
  layer: 0 | 1 | 2,
): Promise<void> {
  await attendee.client.inbox.waitUntil(
    () => frameBytesOf(attendee, subscription) === SIMULCAST_FRAME_BYTES[layer],
    `a frame of layer ${layer}`,
  );
}

/** What each publisher is told to send, in order. */
function watchNeeds(plane: MediaPlane, { trackId }: SentTrack): (NeededLayer & { at: number })[] {
  const told: (NeededLayer & { at: number })[] = [];
  plane.events.on('layersNeeded', ({ needed }) => {
    if (needed.trackId === trackId) told.push({ ...needed, at: performance.now() });
  });
  return told;
}

/** Who gets how much of what. */
export function describeLayers(scene: PlaneScene): void {
  describe('a subscriber', () => {
    test.each(['VP8', 'H264'] as const)(
      'gets the smallest picture that fills its place, up and down, in %s (SPEC 9.2)',
      async (codec) => {
        const ada = await scene.meeting.attend();
        const camera = await scene.meeting.publish(ada, 'simulcast', false, { codec });
        expect(camera.sender.rtpParameters).toMatchObject({
          codecs: [{ mimeType: `video/${codec}` }],
          encodings: [{ rid: 'r0' }, { rid: 'r1' }, { rid: 'r2' }],
        });
        const ben = await scene.meeting.attend();
        const subscription = only(await scene.meeting.receive(ben, [camera]));
        expect(subscription.rtpParameters.codecs[0]?.mimeType).toBe(`video/${codec}`);
        const { subscriptionId } = subscription;
        await waitForLayer(ben, subscription, 2);
        for (const layer of [0, 1, 2] as const) {
          await scene.plane.updateSubscriptions(ben.participantId, [
            { subscriptionId, ...SIZES[layer] },
          ]);
          await waitForLayer(ben, subscription, layer);
        }
      },
    );

    test('is sent nothing of what it does not want, and a key frame when it does (SPEC 9.1)', async () => {
      const ada = await scene.meeting.attend();
      const microphone = await scene.meeting.publish(ada, 'audio');
      const camera = await scene.meeting.publish(ada, 'simulcast');
      const ben = await scene.meeting.attend();
      const { participantId } = ben;
      const [flowing, hidden] = pair(await scene.meeting.receive(ben, [microphone, camera]));
      const { subscriptionId } = hidden;
      await ben.client.waitForMedia(hidden);

      await scene.plane.updateSubscriptions(participantId, [{ subscriptionId, isWanted: false }]);
      await expectSilence(ben, hidden, flowing);
      // Being wanted is one thing and the size another.
      await scene.plane.updateSubscriptions(participantId, [{ subscriptionId, ...SIZES[1] }]);
      await expectSilence(ben, hidden, flowing);

      const requests = camera.sender.keyFrameRequests;
      await scene.plane.updateSubscriptions(participantId, [{ subscriptionId, isWanted: true }]);
      await ben.client.waitForMedia(hidden);
      expect(camera.sender.keyFrameRequests).toBeGreaterThan(requests);
    });

    test('gets nothing before it is ready, whatever it wants (SPEC 3.2, 9.1)', async () => {
      const ada = await scene.meeting.attend();
      const ben = await scene.meeting.attend();
      const microphone = await scene.meeting.publish(ada, 'audio');
      const camera = await scene.meeting.publish(ada, 'video');
      const flowing = only(await scene.meeting.receive(ben, [microphone]));
      const held = only(await scene.plane.subscribe(ben.participantId, [camera.trackId]));
      const { subscriptionId } = held;
      await scene.plane.updateSubscriptions(ben.participantId, [
        { subscriptionId, isWanted: false },
        { subscriptionId, isWanted: true },
      ]);
      await expectSilence(ben, held, flowing);
      await scene.plane.startSubscriptions(ben.participantId, [subscriptionId]);
      await ben.client.waitForMedia(held);
    });

    test('may want something of a subscription that ended, and not of one that never was', async () => {
      const ada = await scene.meeting.attend();
      const camera = await scene.meeting.publish(ada, 'video');
      const ben = await scene.meeting.attend();
      const { subscriptionId } = only(await scene.meeting.receive(ben, [camera]));
      const update = (id: string) =>
        scene.plane.updateSubscriptions(ben.participantId, [{ subscriptionId: id, priority: 2 }]);
      await scene.plane.unpublish(ada.participantId, camera.trackId);
      await expect.poll(() => update(subscriptionId).then(() => true), WAIT).toBe(true);
      await expectCode(update('no such subscription'), 'subscription_not_found');
    });

    test('is asked about its line for video in layers only (SPEC 9.8)', async () => {
      const ada = await scene.meeting.attend();
      const tracks = [
        await scene.meeting.publish(ada, 'audio'),
        await scene.meeting.publish(ada, 'video'),
        await scene.meeting.publish(ada, 'simulcast'),
      ];
      const ben = await scene.meeting.attend();
      const estimators = (await scene.meeting.receive(ben, tracks)).map(({ rtpParameters }) => [
        ...rtpParameters.headerExtensions
          .map(({ uri }) => uri)
          .filter((uri) => [TRANSPORT_CC, ABS_SEND_TIME].includes(uri)),
        ...(rtpParameters.codecs[0]?.rtcpFeedback ?? [])
          .map(({ type, parameter }) => [type, parameter].filter(Boolean).join(' '))
          .filter((feedback) => !NACK.includes(feedback)),
      ]);
      expect(estimators).toEqual([[], [], [TRANSPORT_CC, 'transport-cc']]);
    });
  });

  describe('a room', () => {
    test('has delivered what it allows, to everybody, and tells them (SPEC 9.1, 9.3)', async () => {
      const { plane, meeting } = scene;
      const ada = await meeting.attend();
      const [one, two] = [await meeting.publish(ada, 'audio'), await meeting.publish(ada, 'video')];
      const ben = await meeting.attend();
      const [audio, video] = pair(await meeting.receive(ben, [one, two]));
      await ben.client.waitForMedia(video);
      const states = watchStates(plane);

      await plane.allowTracks(meeting.roomId, 'video', []);
      await expectSilence(ben, video, audio);
      expect([...states]).toEqual([[video.subscriptionId, 'paused']]);

      await plane.allowTracks(meeting.roomId, 'video', [two.trackId]);
      await ben.client.waitForMedia(video);
      await expect.poll(() => states.get(video.subscriptionId), WAIT).toBe('active');

      await plane.allowTracks(meeting.roomId, 'audio', []);
      await expectSilence(ben, audio, video);
      await plane.allowTracks(meeting.roomId, 'audio', 'all');
      await ben.client.waitForMedia(audio);
    });

    test('holds back also what is published and subscribed to later (SPEC 9.1, 9.3)', async () => {
      const { plane, meeting } = scene;
      const states = watchStates(plane);
      const ada = await meeting.attend();
      const microphone = await meeting.publish(ada, 'audio');
      await plane.allowTracks(meeting.roomId, 'video', []);
      const camera = await meeting.publish(ada, 'video');
      const ben = await meeting.attend({ subscribeTo: [microphone.trackId, camera.trackId] });
      const [audio, video] = pair(ben.joined.subscriptions);
      await expectSilence(ben, video, audio);
      expect(ben.client.countPackets(video)).toBe(0);
      await expect.poll(() => states.get(video.subscriptionId), WAIT).toBe('paused');
      await plane.allowTracks(meeting.roomId, 'video', 'all');
      await ben.client.waitForMedia(video);
    });
  });

  describe('a publisher', () => {
    test('hears within five seconds what nobody receives, and within one what somebody does again (SPEC 9.4)', async () => {
      const { plane, meeting } = scene;
      const ada = await meeting.attend();
      const camera = await meeting.publish(ada, 'simulcast');
      const told = watchNeeds(plane, camera);
      plane.events.on('layersNeeded', ({ needed }) => camera.sender.sendUpTo(needed.spatialLayer));
      const ben = await meeting.attend();
      const cid = await meeting.attend();
      const ofBen = only(await meeting.receive(ben, [camera]));
      const ofCid = only(await meeting.receive(cid, [camera]));
      await waitForLayer(ben, ofBen, 2);
      const want = async (attendee: Attendee, subscription: Subscription, wish: object) => {
        const { subscriptionId } = subscription;
        await plane.updateSubscriptions(attendee.participantId, [{ subscriptionId, ...wish }]);
        return performance.now();
      };

      await want(ben, ofBen, SIZES[0]);
      const lessAt = await want(cid, ofCid, SIZES[1]);
      await expect.poll(() => told.length, WAIT).toBe(1);
      expect(told[0]).toMatchObject({ spatialLayer: 1 });
      expect((told[0]?.at ?? 0) - lessAt).toBeLessThan(4_000);

      await want(ben, ofBen, { isWanted: false });
      const noneAt = await want(cid, ofCid, { isWanted: false });
      await expect.poll(() => told.length, WAIT).toBe(2);
      expect(told[1]).toMatchObject({ spatialLayer: null });
      expect((told[1]?.at ?? 0) - noneAt).toBeLessThan(4_000);

      const againAt = await want(ben, ofBen, { isWanted: true, ...SIZES[2] });
      await expect.poll(() => told[2], WAIT).toMatchObject({ spatialLayer: 2 });
      await ben.client.waitForMedia(ofBen, 1, 1_000);
      expect(performance.now() - againAt).toBeLessThan(1_000);
      await waitForLayer(ben, ofBen, 2);
      expect(told).toHaveLength(3);
    });

    test('hears that nobody receives its video at all, and nothing of its audio (SPEC 9.4)', async () => {
      const { plane, meeting } = scene;
      const told: NeededLayer[] = [];
      plane.events.on('layersNeeded', ({ needed }) => told.push(needed));
      const ada = await meeting.attend();
      await meeting.publish(ada, 'audio');
      const { trackId } = await meeting.publish(ada, 'video');
      await expect.poll(() => told, WAIT).toEqual([{ trackId, spatialLayer: null }]);
    });
  });
}
