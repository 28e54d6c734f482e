import type { RtpCapabilities } from '@balai/protocol';
import { describe, expect, test } from 'vitest';
import { only } from './expectations.contract.ts';
import type { PlaneScene } from './plane-scene.contract.ts';

const DEPENDENCY_DESCRIPTOR =
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';

function without(capabilities: RtpCapabilities, codec: string): RtpCapabilities {
  return {
    ...capabilities,
    codecs: capabilities.codecs.filter(({ mimeType }) => mimeType !== codec),
  };
}

/** In which codecs video is sent. */
export function describeCodecs(scene: PlaneScene): void {
  describe('a publisher of video', () => {
    test('hears in which codecs everybody could receive it (SPEC 9.6)', async () => {
      const { plane, meeting } = scene;
      const told: unknown[] = [];
      plane.events.on('codecNeeded', (message) => told.push(message));
      const capabilities = plane.getRouterCapabilities();
      const ada = await meeting.attend();
      await meeting.attend({ rtpCapabilities: { codecs: [], headerExtensions: [] } });
      await meeting.attend({ rtpCapabilities: without(capabilities, 'video/AV1') });
      const vp9 = capabilities.codecs.find(({ mimeType }) => mimeType === 'video/VP9');
      const { rtpParameters } = ada.client.createTrack('video');
      const { participantId } = ada;
      const { trackId } = await plane.publish({
        participantId,
        kind: 'video',
        isMuted: false,
        rtpParameters: {
          ...rtpParameters,
          codecs: [
            {
              mimeType: 'video/VP9',
              payloadType: vp9?.preferredPayloadType ?? 0,
              clockRate: 90_000,
              parameters: { 'profile-id': 0 },
            },
          ],
        },
      });
      // Who lacks what every browser has must do without, and has nobody publish anew.
      await meeting.attend({
        rtpCapabilities: without(without(capabilities, 'video/VP9'), 'video/VP8'),
        subscribeTo: [trackId],
      });
      expect(told).toEqual([]);
      const ben = await meeting.attend({
        rtpCapabilities: without(capabilities, 'video/VP9'),
        subscribeTo: [trackId],
      });
      expect(ben.joined.subscriptions).toEqual([]);
      expect(told).toEqual([{ participantId, trackId, videoCodecs: ['vp8', 'h264'] }]);
    });

    test('in AV1 has its layers described to receivers', async () => {
      const { plane, meeting } = scene;
      const capabilities = plane.getRouterCapabilities();
      const av1 = capabilities.codecs.find(({ mimeType }) => mimeType === 'video/AV1');
      const described = capabilities.headerExtensions.find(
        ({ kind, uri }) => kind === 'video' && uri === DEPENDENCY_DESCRIPTOR,
      );
      const ada = await meeting.attend();
      const ben = await meeting.attend();
      const { rtpParameters } = ada.client.createTrack('video');
      const { trackId } = await plane.publish({
        participantId: ada.participantId,
        kind: 'video',
        isMuted: false,
        rtpParameters: {
          ...rtpParameters,
          codecs: [
            {
              mimeType: 'video/AV1',
              payloadType: av1?.preferredPayloadType ?? 0,
              clockRate: 90_000,
            },
          ],
          headerExtensions: [
            ...rtpParameters.headerExtensions,
            { uri: DEPENDENCY_DESCRIPTOR, id: described?.preferredId ?? 0 },
          ],
          encodings: [{ ssrc: 1, scalabilityMode: 'L3T3_KEY' }],
        },
      });
      const subscription = only(await plane.subscribe(ben.participantId, [trackId]));
      const { codecs, headerExtensions, encodings } = subscription.rtpParameters;
      expect(codecs[0]?.mimeType).toBe('video/AV1');
      expect(headerExtensions.filter(({ uri }) => uri === DEPENDENCY_DESCRIPTOR)).toHaveLength(1);
      expect(encodings[0]?.scalabilityMode).toBe('L3T3_KEY');
    });
  });
}
