import { randomUUID } from 'node:crypto';
import type { ErrorCode, RtpParameters, Subscription } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Attendee, Meeting } from '../../test/rtc/meeting.ts';
import { ssrcOf } from '../../test/rtc/rtc-client.ts';
import { SIMULCAST_FRAME_BYTES } from '../../test/rtc/track-sender.ts';
import type { MediaPlane, WorkerLoad } from './media-plane.ts';

const WAIT = { timeout: 5_000, interval: 10 };

/** Packets of a flowing stream after which one that should not flow would have shown itself. */
const LONG_ENOUGH = 25;

/**
 * What every media plane does, with real clients over ICE, DTLS and SRTP. The
 * workers run on this machine: some tests kill them.
 *
 * @param makePlane Starts a plane with so many workers. The suite closes it.
 */
export function describeMediaPlane(
  name: string,
  makePlane: (options: { readonly workerCount: number }) => Promise<MediaPlane>,
): void {
  describe(`${name}, as a media plane`, () => {
    let plane: MediaPlane;
    let meeting: Meeting;

    beforeEach(async () => {
      plane = await makePlane({ workerCount: 2 });
      meeting = new Meeting(plane);
    });

    afterEach(async () => {
      meeting.close();
      await plane.close();
    });

    /** What all living workers carry together. */
    async function totalLoad(): Promise<Omit<WorkerLoad, 'pid'>> {
      const loads = await plane.getLoad();
      const sum = (key: keyof WorkerLoad) => loads.reduce((total, load) => total + load[key], 0);
      return {
        routers: sum('routers'),
        transports: sum('transports'),
        consumers: sum('consumers'),
      };
    }

    /** The worker that carries a room, as the only one that does. */
    async function pidOfBusyWorker(): Promise<number> {
      const busy = (await plane.getLoad()).filter((load) => load.routers > 0);
      expect(busy).toHaveLength(1);
      return busy[0]?.pid ?? 0;
    }

    describe('media between participants', () => {
      test.each(['udp', 'tcp'] as const)('flows both ways over %s', async (protocol) => {
        const ada = await meeting.attend({ protocol });
        const sent = [await meeting.publish(ada, 'audio'), await meeting.publish(ada, 'video')];
        const ben = await meeting.attend({
          protocol,
          subscribeTo: sent.map((track) => track.trackId),
        });
        const answered = [await meeting.publish(ben, 'audio'), await meeting.publish(ben, 'video')];
        const received = await meeting.receive(ada, answered);

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
        const ada = await meeting.attend();
        const camera = await meeting.publish(ada, 'video');
        const ben = await meeting.attend({ subscribeTo: [camera.trackId] });
        await ben.client.waitForMedia(only(ben.joined.subscriptions));
        expect(camera.sender.keyFrameRequests).toBeGreaterThan(0);
      });

      test('of a subscription after joining waits until it is started (SPEC 3.2)', async () => {
        const ada = await meeting.attend();
        const ben = await meeting.attend();
        const microphone = await meeting.publish(ada, 'audio');
        const camera = await meeting.publish(ada, 'video');
        const flowing = only(await meeting.receive(ben, [microphone]));
        const held = only(await plane.subscribe(ben.participantId, [camera.trackId]));

        await ben.client.waitForMedia(flowing, LONG_ENOUGH);
        expect(ben.client.countPackets(held)).toBe(0);

        await plane.startSubscriptions(ben.participantId, [held.subscriptionId]);
        await ben.client.waitForMedia(held);
      });

      test('stops while a track is muted, and comes back (SPEC 3.6)', async () => {
        const ada = await meeting.attend();
        const microphone = await meeting.publish(ada, 'audio');
        const camera = await meeting.publish(ada, 'video');
        const ben = await meeting.attend();
        const [flowing, muted] = pair(await meeting.receive(ben, [microphone, camera]));
        await ben.client.waitForMedia(muted);

        await plane.setMuted(ada.participantId, camera.trackId, true);
        // What was on its way arrives before what is sent later.
        await ben.client.waitForMedia(flowing);
        const before = ben.client.countPackets(muted);
        await ben.client.waitForMedia(flowing, LONG_ENOUGH);
        expect(ben.client.countPackets(muted)).toBe(before);

        await plane.setMuted(ada.participantId, camera.trackId, false);
        await ben.client.waitForMedia(muted);
      });

      test('of a track that is published muted begins when it is unmuted (SPEC 3.6)', async () => {
        const ada = await meeting.attend();
        const camera = await meeting.publish(ada, 'video');
        const microphone = await meeting.publish(ada, 'audio', true);
        const ben = await meeting.attend({ subscribeTo: [camera.trackId, microphone.trackId] });
        const [flowing, muted] = pair(ben.joined.subscriptions);
        await ben.client.waitForMedia(flowing, LONG_ENOUGH);
        expect(ben.client.countPackets(muted)).toBe(0);

        await plane.setMuted(ada.participantId, microphone.trackId, false);
        await ben.client.waitForMedia(muted);
      });

      test('ends when the track is unpublished, and the track is gone (SPEC 3.4)', async () => {
        const ada = await meeting.attend();
        const microphone = await meeting.publish(ada, 'audio');
        const camera = await meeting.publish(ada, 'video');
        const ben = await meeting.attend();
        const [flowing, ended] = pair(await meeting.receive(ben, [microphone, camera]));
        await ben.client.waitForMedia(ended);

        await plane.unpublish(ada.participantId, camera.trackId);
        await ben.client.waitForMedia(flowing);
        const before = ben.client.countPackets(ended);
        await ben.client.waitForMedia(flowing, LONG_ENOUGH);
        expect(ben.client.countPackets(ended)).toBe(before);

        const { participantId } = ben;
        expect(await plane.subscribe(participantId, [camera.trackId])).toEqual([]);
        await plane.startSubscriptions(participantId, [ended.subscriptionId]);
        await plane.unpublish(ada.participantId, camera.trackId);
        await expectCode(
          plane.setMuted(ada.participantId, camera.trackId, true),
          'track_not_found',
        );
      });

      test('of a track in three layers reaches a subscriber in the best one', async () => {
        const ada = await meeting.attend();
        const camera = await meeting.publish(ada, 'simulcast');
        expect(camera.sender.rtpParameters.encodings.map(({ rid }) => rid)).toEqual([
          'r0',
          'r1',
          'r2',
        ]);
        const ben = await meeting.attend({ subscribeTo: [camera.trackId] });
        const ssrc = ssrcOf(only(ben.joined.subscriptions));
        await ben.client.inbox.waitUntil(
          () => ben.client.inbox.findLatest(ssrc)?.payloadBytes === SIMULCAST_FRAME_BYTES[2],
          'a frame of the best layer',
        );
      });
    });

    describe('join', () => {
      test('gives only the transports that are allowed', async () => {
        const watcher = await meeting.join({ canPublish: false });
        expect(watcher.joined).toMatchObject({ sendTransport: null, receiveTransport: {} });
        const speaker = await meeting.join({ canSubscribe: false });
        expect(speaker.joined).toMatchObject({ sendTransport: {}, receiveTransport: null });
        expect(await totalLoad()).toMatchObject({ transports: 2 });
      });

      test('offers UDP and TCP at the same addresses', async () => {
        const { joined } = await meeting.join();
        const candidates = joined.sendTransport?.iceCandidates ?? [];
        const addressesOf = (protocol: string) =>
          candidates.filter((one) => one.protocol === protocol).map((one) => one.address);
        expect(addressesOf('udp')).toEqual(addressesOf('tcp'));
        expect(addressesOf('udp')).not.toEqual([]);
      });

      test('leaves out tracks that are gone, foreign, named twice, or in an unknown codec', async () => {
        const ada = await meeting.attend();
        const microphone = await meeting.publish(ada, 'audio');
        const camera = await meeting.publish(ada, 'video');
        const stranger = await meeting.attend({ roomId: randomUUID() });
        const foreign = await meeting.publish(stranger, 'audio');
        const { codecs, headerExtensions } = plane.getRouterCapabilities();
        const { joined, participantId } = await meeting.join({
          rtpCapabilities: {
            codecs: codecs.filter((codec) => codec.kind === 'audio'),
            headerExtensions,
          },
          subscribeTo: [
            randomUUID(),
            foreign.trackId,
            camera.trackId,
            microphone.trackId,
            microphone.trackId,
          ],
        });
        expect(joined.subscriptions).toMatchObject([{ trackId: microphone.trackId }]);
        expect(await plane.subscribe(participantId, [microphone.trackId])).toEqual([]);
      });

      test('at the same time into a new room shares one router', async () => {
        await Promise.all([meeting.join(), meeting.join(), meeting.join()]);
        expect(await totalLoad()).toEqual({ routers: 1, transports: 6, consumers: 0 });
      });

      test('of different rooms at the same time spreads them over the workers', async () => {
        await Promise.all([
          meeting.join({ roomId: randomUUID() }),
          meeting.join({ roomId: randomUUID() }),
        ]);
        expect((await plane.getLoad()).map((load) => load.routers)).toEqual([1, 1]);
      });

      test('of somebody who is there already is a conflict, and takes nothing away', async () => {
        const ada = await meeting.attend();
        const again = plane.join({
          roomId: meeting.roomId,
          participantId: ada.participantId,
          rtpCapabilities: plane.getRouterCapabilities(),
          canPublish: true,
          canSubscribe: true,
          subscribeTo: [],
        });
        await expectCode(again, 'conflict');
        await meeting.publish(ada, 'audio');
      });

      test('that ends before it is done leaves nothing behind', async () => {
        const [worker] = await plane.getLoad();
        const pids = (await plane.getLoad()).map((load) => load.pid);
        expect(worker).toBeDefined();
        const participantId = randomUUID();
        for (const pid of pids) process.kill(pid, 'SIGSTOP');
        const joining = plane.join({
          roomId: meeting.roomId,
          participantId,
          rtpCapabilities: plane.getRouterCapabilities(),
          canPublish: true,
          canSubscribe: true,
          subscribeTo: [],
        });
        const refused = expectCode(joining, 'media_unavailable');
        await plane.leave(participantId);
        for (const pid of pids) process.kill(pid, 'SIGCONT');
        await refused;
        expect(await totalLoad()).toEqual({ routers: 0, transports: 0, consumers: 0 });
        await meeting.attend();
      });
    });

    describe('leave', () => {
      test('closes everything of a participant, and the room with the last one', async () => {
        const ada = await meeting.attend();
        const microphone = await meeting.publish(ada, 'audio');
        const ben = await meeting.attend({ subscribeTo: [microphone.trackId] });
        expect(await totalLoad()).toEqual({ routers: 1, transports: 4, consumers: 1 });

        await plane.leave(ada.participantId);
        await plane.leave(ada.participantId);
        await expect.poll(totalLoad, WAIT).toEqual({ routers: 1, transports: 2, consumers: 0 });
        expect(await plane.subscribe(ben.participantId, [microphone.trackId])).toEqual([]);

        await plane.leave(ben.participantId);
        expect(await totalLoad()).toEqual({ routers: 0, transports: 0, consumers: 0 });
      });

      test('of somebody who never came is no fault', async () => {
        await plane.leave(randomUUID());
      });

      test('leaves no media to ask for', async () => {
        const ada = await meeting.attend();
        await plane.leave(ada.participantId);
        await expectCode(meeting.publish(ada, 'audio'), 'media_unavailable');
      });
    });

    describe('ids', () => {
      let ada: Attendee;
      let ben: Attendee;

      beforeEach(async () => {
        ada = await meeting.attend();
        ben = await meeting.attend();
      });

      test('of another participant are answered as if they did not exist (SPEC 2.5)', async () => {
        const microphone = await meeting.publish(ada, 'audio');
        const mine = only(await meeting.receive(ben, [microphone]));
        const transportId = ada.joined.sendTransport?.transportId ?? '';
        const dtlsParameters = { fingerprints: [] };
        const { participantId } = ben;
        await expectCode(
          plane.connectTransport(participantId, transportId, dtlsParameters),
          'transport_not_found',
        );
        await expectCode(plane.restartIce(participantId, transportId), 'transport_not_found');
        await expectCode(plane.unpublish(participantId, microphone.trackId), 'track_not_found');
        await expectCode(
          plane.setMuted(participantId, microphone.trackId, true),
          'track_not_found',
        );
        await expectCode(
          plane.startSubscriptions(ada.participantId, [mine.subscriptionId]),
          'subscription_not_found',
        );
        await ben.client.waitForMedia(mine);
      });

      test('of subscriptions are checked before any is started', async () => {
        const microphone = await meeting.publish(ada, 'audio');
        const camera = await meeting.publish(ada, 'video');
        const flowing = only(await meeting.receive(ben, [microphone]));
        const held = only(await plane.subscribe(ben.participantId, [camera.trackId]));
        await expectCode(
          plane.startSubscriptions(ben.participantId, [held.subscriptionId, randomUUID()]),
          'subscription_not_found',
        );
        await ben.client.waitForMedia(flowing, LONG_ENOUGH);
        expect(ben.client.countPackets(held)).toBe(0);
      });
    });

    describe('publish', () => {
      test.each<[string, (parameters: RtpParameters) => RtpParameters]>([
        ['a codec that the router does not know', (one) => withCodec(one, 'audio/speex')],
        ['a codec of the other kind', (one) => withCodec(one, 'video/VP8')],
        ['no codec', (one) => ({ ...one, codecs: [] })],
      ])('refuses %s as unsupported', async (_name, change) => {
        const ada = await meeting.attend();
        const { kind, rtpParameters } = ada.client.createTrack('audio');
        const { participantId } = ada;
        const refused = {
          participantId,
          kind,
          rtpParameters: change(rtpParameters),
          isMuted: false,
        };
        await expectCode(plane.publish(refused), 'unsupported_media');
        await plane.publish({ participantId, kind, rtpParameters, isMuted: false });
      });

      test('refuses an SSRC that is in use as unsupported', async () => {
        const { participantId, client } = await meeting.attend();
        const { kind, rtpParameters } = client.createTrack('audio');
        await plane.publish({ participantId, kind, rtpParameters, isMuted: false });
        const second = { ...rtpParameters, mid: 'other' };
        await expectCode(
          plane.publish({ participantId, kind, rtpParameters: second, isMuted: false }),
          'unsupported_media',
        );
      });

      test('tells the codec', async () => {
        const { participantId, client } = await meeting.attend();
        const { kind, rtpParameters } = client.createTrack('simulcast');
        expect(
          await plane.publish({ participantId, kind, rtpParameters, isMuted: false }),
        ).toMatchObject({ mimeType: 'video/VP8' });
      });

      test('needs a send transport, and subscribing a receive transport', async () => {
        const watcher = await meeting.attend({ canPublish: false });
        const { kind, rtpParameters } = watcher.client.createTrack('audio');
        const { participantId } = watcher;
        await expectCode(
          plane.publish({ participantId, kind, rtpParameters, isMuted: false }),
          'transport_not_found',
        );
        const speaker = await meeting.join({ canSubscribe: false });
        await expectCode(plane.subscribe(speaker.participantId, []), 'transport_not_found');
      });
    });

    describe('transports', () => {
      test('are connected once, however often it is asked (SPEC 2.7)', async () => {
        const { participantId, joined } = await meeting.attend();
        const transportId = joined.sendTransport?.transportId ?? '';
        const fingerprint = { algorithm: 'sha-256', value: '00' } as const;
        await plane.connectTransport(participantId, transportId, { fingerprints: [fingerprint] });
      });

      test('get new ICE credentials for a restart', async () => {
        const { participantId, joined } = await meeting.attend();
        const { transportId, iceParameters } = joined.sendTransport ?? {};
        const fresh = await plane.restartIce(participantId, transportId ?? '');
        expect(fresh.usernameFragment).not.toBe(iceParameters?.usernameFragment);
        expect(fresh.password).not.toBe(iceParameters?.password);
      });

      test('that cannot agree on a certificate are told of as failed', async () => {
        const failed = Promise.withResolvers<unknown>();
        plane.events.on('transportFailed', failed.resolve);
        const { participantId, joined } = await meeting.join({ canSubscribe: false });
        const fingerprint = { algorithm: 'sha-256', value: wrongFingerprint() } as const;
        const transportId = joined.sendTransport?.transportId ?? '';
        await plane.connectTransport(participantId, transportId, { fingerprints: [fingerprint] });
        const client = meeting.connect(participantId, joined);
        expect(await failed.promise).toEqual({ participantId, transportId });
        await client;
      });
    });

    describe('a worker that is killed', () => {
      test('loses its rooms only, and is replaced', async () => {
        const lost: unknown[] = [];
        const wasLost = Promise.withResolvers<void>();
        plane.events.on('roomLost', (fact) => {
          lost.push(fact);
          wasLost.resolve();
        });
        const ada = await meeting.attend();
        const pid = await pidOfBusyWorker();
        const elsewhere = randomUUID();
        const cyd = await meeting.attend({ roomId: elsewhere });
        const microphone = await meeting.publish(cyd, 'audio');
        const dan = await meeting.attend({
          roomId: elsewhere,
          subscribeTo: [microphone.trackId],
        });

        process.kill(pid, 'SIGKILL');
        await wasLost.promise;
        await expectCode(meeting.publish(ada, 'audio'), 'media_unavailable');
        await dan.client.waitForMedia(only(dan.joined.subscriptions));

        const eva = await meeting.attend();
        const camera = await meeting.publish(eva, 'video');
        const fay = await meeting.attend({ subscribeTo: [camera.trackId] });
        await fay.client.waitForMedia(only(fay.joined.subscriptions));

        await expect.poll(async () => (await plane.getLoad()).length, WAIT).toBe(2);
        expect((await plane.getLoad()).map((load) => load.pid)).not.toContain(pid);
        expect(lost).toEqual([{ roomId: meeting.roomId }]);
      });

      test('makes a join that it was to serve fail, and leaves nothing behind', async () => {
        await meeting.join();
        const pid = await pidOfBusyWorker();
        process.kill(pid, 'SIGSTOP');
        const refused = expectCode(meeting.join(), 'media_unavailable');
        process.kill(pid, 'SIGKILL');
        await refused;
        await expect.poll(totalLoad, WAIT).toEqual({ routers: 0, transports: 0, consumers: 0 });
      });
    });

    test('without a living worker lets a join wait for a new one', async () => {
      const small = await makePlane({ workerCount: 1 });
      const people = new Meeting(small);
      try {
        await people.join();
        const rejoined = new Promise((resolve, reject) => {
          small.events.on('roomLost', () => people.attend().then(resolve, reject));
        });
        const [worker] = await small.getLoad();
        process.kill(worker?.pid ?? 0, 'SIGKILL');
        await rejoined;
      } finally {
        people.close();
        await small.close();
      }
    });

    test('closes once, with everything in it', async () => {
      await meeting.attend();
      const pids = (await plane.getLoad()).map((load) => load.pid);
      await Promise.all([plane.close(), plane.close()]);
      await plane.close();
      expect(await plane.getLoad()).toEqual([]);
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      await expectCode(meeting.join(), 'media_unavailable');
    });
  });
}

async function expectCode(work: Promise<unknown>, code: ErrorCode): Promise<void> {
  await expect(work).rejects.toMatchObject({ name: 'AppError', code });
}

function only(subscriptions: readonly Subscription[]): Subscription {
  expect(subscriptions).toHaveLength(1);
  return subscriptions[0] as Subscription;
}

function pair(subscriptions: readonly Subscription[]): readonly [Subscription, Subscription] {
  expect(subscriptions).toHaveLength(2);
  return subscriptions as unknown as readonly [Subscription, Subscription];
}

function withCodec(parameters: RtpParameters, mimeType: string): RtpParameters {
  return { ...parameters, codecs: parameters.codecs.map((codec) => ({ ...codec, mimeType })) };
}

function wrongFingerprint(): string {
  return new Array(32).fill('AB').join(':');
}
