import { randomUUID } from 'node:crypto';
import type { CodecParameters, RtpHeaderExtensionParameters, RtpParameters } from '@balai/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Attendee } from '../../../test/rtc/meeting.ts';
import type { PublishedMedia } from '../media-plane.ts';
import { expectCode, only } from './expectations.contract.ts';
import { LONG_ENOUGH, type PlaneScene } from './plane-scene.contract.ts';

/** What participants ask for, and may not ask for. */
export function describeRequests(scene: PlaneScene): void {
  describe('ids', () => {
    let ada: Attendee;
    let ben: Attendee;

    beforeEach(async () => {
      ada = await scene.meeting.attend();
      ben = await scene.meeting.attend();
    });

    test('of another participant are answered as if they did not exist (SPEC 2.5)', async () => {
      const microphone = await scene.meeting.publish(ada, 'audio');
      const mine = only(await scene.meeting.receive(ben, [microphone]));
      const transportId = ada.joined.sendTransport?.transportId ?? '';
      const dtlsParameters = { fingerprints: [] };
      const { participantId } = ben;
      await expectCode(
        scene.plane.connectTransport(participantId, transportId, dtlsParameters),
        'transport_not_found',
      );
      await expectCode(scene.plane.restartIce(participantId, transportId), 'transport_not_found');
      await expectCode(scene.plane.unpublish(participantId, microphone.trackId), 'track_not_found');
      await expectCode(
        scene.plane.setMuted(participantId, microphone.trackId, true),
        'track_not_found',
      );
      await expectCode(
        scene.plane.startSubscriptions(ada.participantId, [mine.subscriptionId]),
        'subscription_not_found',
      );
      await ben.client.waitForMedia(mine);
    });

    test('of subscriptions are checked before any is started', async () => {
      const microphone = await scene.meeting.publish(ada, 'audio');
      const camera = await scene.meeting.publish(ada, 'video');
      const flowing = only(await scene.meeting.receive(ben, [microphone]));
      const held = only(await scene.plane.subscribe(ben.participantId, [camera.trackId]));
      await expectCode(
        scene.plane.startSubscriptions(ben.participantId, [held.subscriptionId, randomUUID()]),
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
      const ada = await scene.meeting.attend();
      const { kind, rtpParameters } = ada.client.createTrack('audio');
      const { participantId } = ada;
      const refused = {
        participantId,
        kind,
        rtpParameters: change(rtpParameters),
        isMuted: false,
      };
      await expectCode(scene.plane.publish(refused), 'unsupported_media');
      await scene.plane.publish({ participantId, kind, rtpParameters, isMuted: false });
    });

    test('refuses codecs that the router takes for one, which nobody could receive', async () => {
      const { participantId, client } = await scene.meeting.attend();
      const { kind, rtpParameters } = client.createTrack('video');
      const codecs = rtpParameters.codecs.flatMap((codec) => [
        { ...codec, payloadType: 50 },
        { ...codec, payloadType: 51 },
      ]);
      await expectCode(
        scene.plane.publish({
          participantId,
          kind,
          rtpParameters: { ...rtpParameters, codecs },
          isMuted: false,
        }),
        'unsupported_media',
      );
      const camera = await scene.meeting.publish(await scene.meeting.attend(), 'video');
      const newcomer = await scene.meeting.join({ subscribeTo: [camera.trackId] });
      expect(newcomer.joined.subscriptions).toHaveLength(1);
    });

    test('refuses an SSRC that is in use as unsupported', async () => {
      const { participantId, client } = await scene.meeting.attend();
      const { kind, rtpParameters } = client.createTrack('audio');
      await scene.plane.publish({ participantId, kind, rtpParameters, isMuted: false });
      const second = { ...rtpParameters, mid: 'other' };
      await expectCode(
        scene.plane.publish({ participantId, kind, rtpParameters: second, isMuted: false }),
        'unsupported_media',
      );
    });

    test('survives parameters that have the right shape and make no sense', async () => {
      const { participantId, client } = await scene.meeting.attend();
      const ben = await scene.meeting.attend();
      const changes: ((parameters: RtpParameters) => RtpParameters)[] = [
        (one) => ({ ...one, mid: '' }),
        (one) => ({ ...one, mid: '\u0000\ud800' }),
        (one) => ({ ...one, encodings: [] }),
        (one) => ({ ...one, encodings: [{ rid: '' }, { rid: '' }] }),
        (one) => ({ ...one, encodings: [{ ssrc: 0, rtx: { ssrc: 0 } }] }),
        (one) => ({ ...one, encodings: [{ ssrc: 1, maxBitrate: 0xffff_ffff }] }),
        (one) => ({ ...one, encodings: [{ ssrc: 2, scalabilityMode: 'L99T99' }] }),
        (one) => ({ ...one, encodings: [{ ssrc: 3, codecPayloadType: 127 }] }),
        (one) => ({ ...one, codecs: [...one.codecs, ...one.codecs] }),
        (one) => withParameters(one, { apt: 5 }),
        (one) => withParameters(one, { apt: 'x', 'profile-id': -1.5, '': 1e308 }),
        (one) => withExtension(one, { id: 0 }),
        (one) => withExtension(one, { id: 255 }),
        (one) => withExtension(one, { uri: 'urn:unheard:of' }),
        (one) => ({ ...one, rtcp: { cname: '' } }),
      ];
      for (const [index, change] of changes.entries()) {
        const { kind, rtpParameters } = client.createTrack('simulcast');
        const sent = change({ ...rtpParameters, mid: `odd${index}` });
        const published = await scene.plane
          .publish({ participantId, kind, rtpParameters: sent, isMuted: false })
          .catch((error: unknown) => error);
        if (published instanceof Error) {
          expect(published).toMatchObject({ name: 'AppError', code: 'unsupported_media' });
        } else {
          const { trackId } = published as PublishedMedia;
          await scene.plane.subscribe(ben.participantId, [trackId]);
          await scene.plane.unpublish(participantId, trackId);
        }
      }
      const camera = await scene.meeting.publish(await scene.meeting.attend(), 'video');
      await ben.client.waitForMedia(only(await scene.meeting.receive(ben, [camera])));
    });

    test('tells the codec', async () => {
      const { participantId, client } = await scene.meeting.attend();
      const { kind, rtpParameters } = client.createTrack('simulcast');
      expect(
        await scene.plane.publish({ participantId, kind, rtpParameters, isMuted: false }),
      ).toMatchObject({ mimeType: 'video/VP8' });
    });

    test('needs a send transport, and subscribing a receive transport', async () => {
      const watcher = await scene.meeting.attend({ canPublish: false });
      const { kind, rtpParameters } = watcher.client.createTrack('audio');
      const { participantId } = watcher;
      await expectCode(
        scene.plane.publish({ participantId, kind, rtpParameters, isMuted: false }),
        'transport_not_found',
      );
      const speaker = await scene.meeting.join({ canSubscribe: false });
      await expectCode(scene.plane.subscribe(speaker.participantId, []), 'transport_not_found');
    });
  });

  describe('transports', () => {
    test('are connected once, however often it is asked (SPEC 2.7)', async () => {
      const { participantId, joined } = await scene.meeting.attend();
      const transportId = joined.sendTransport?.transportId ?? '';
      const fingerprint = { algorithm: 'sha-256', value: '00' } as const;
      await scene.plane.connectTransport(participantId, transportId, {
        fingerprints: [fingerprint],
      });
    });

    test('get new ICE credentials for a restart', async () => {
      const { participantId, joined } = await scene.meeting.attend();
      const { transportId, iceParameters } = joined.sendTransport ?? {};
      const fresh = await scene.plane.restartIce(participantId, transportId ?? '');
      expect(fresh.usernameFragment).not.toBe(iceParameters?.usernameFragment);
      expect(fresh.password).not.toBe(iceParameters?.password);
    });

    test('that cannot agree on a certificate are told of as failed', async () => {
      const failed = Promise.withResolvers<unknown>();
      scene.plane.events.on('transportFailed', failed.resolve);
      const { participantId, joined } = await scene.meeting.join({ canSubscribe: false });
      const fingerprint = { algorithm: 'sha-256', value: wrongFingerprint() } as const;
      const transportId = joined.sendTransport?.transportId ?? '';
      await scene.plane.connectTransport(participantId, transportId, {
        fingerprints: [fingerprint],
      });
      const client = scene.meeting.connect(participantId, joined);
      expect(await failed.promise).toEqual({ participantId, transportId });
      await client;
    });
  });
}

function withCodec(parameters: RtpParameters, mimeType: string): RtpParameters {
  return { ...parameters, codecs: parameters.codecs.map((codec) => ({ ...codec, mimeType })) };
}

function withParameters(parameters: RtpParameters, fmtp: CodecParameters): RtpParameters {
  return {
    ...parameters,
    codecs: parameters.codecs.map((codec) => ({ ...codec, parameters: fmtp })),
  };
}

function withExtension(
  parameters: RtpParameters,
  change: Partial<RtpHeaderExtensionParameters>,
): RtpParameters {
  return {
    ...parameters,
    headerExtensions: parameters.headerExtensions.map((one) => ({ ...one, ...change })),
  };
}

function wrongFingerprint(): string {
  return new Array(32).fill('AB').join(':');
}
