import type { RtpCapabilities } from '@balai/protocol';
import { ortc, type types } from 'mediasoup';
import { withEstimator } from './layers/estimators.ts';
import { capabilitiesToWire } from './rtp.ts';

/**
 * What routers forward, in order of preference: a client that has no wish of
 * its own publishes with the first codec of a kind that it knows. mediasoup
 * adds RTX (RFC 4588), and NACK, PLI, FIR and transport-cc feedback, to each.
 *
 * VP8 comes first because every browser encodes it in several layers. H264 is
 * there in the profile that RFC 7742 makes every browser know, and in Main for
 * hardware encoders that have no other.
 */
export const MEDIA_CODECS: readonly types.RouterRtpCodecCapability[] = [
  {
    kind: 'audio',
    mimeType: 'audio/opus',
    clockRate: 48_000,
    channels: 2,
    // Asks publishers for in-band FEC. DTX stays the publisher's choice.
    parameters: { useinbandfec: 1 },
  },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
  { kind: 'video', mimeType: 'video/VP9', clockRate: 90_000, parameters: { 'profile-id': 0 } },
  h264('42e01f'),
  h264('4d001f'),
  { kind: 'video', mimeType: 'video/AV1', clockRate: 90_000 },
];

function h264(profileLevelId: string): types.RouterRtpCodecCapability {
  return {
    kind: 'video',
    mimeType: 'video/H264',
    clockRate: 90_000,
    parameters: {
      'packetization-mode': 1,
      'profile-level-id': profileLevelId,
      'level-asymmetry-allowed': 1,
    },
  };
}

/** A fresh copy of {@link MEDIA_CODECS}, as mediasoup wants it. */
export function mediaCodecs(): types.RouterRtpCodecCapability[] {
  return structuredClone([...MEDIA_CODECS]);
}

const DEPENDENCY_DESCRIPTOR =
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';

/**
 * Lets the description of AV1's layers through to receivers: without it they
 * cannot tell where one layer of a picture ends, and decode none. mediasoup reads
 * the description and keeps it back, since it does not change what it says there
 * of layers that it drops; browsers do without that.
 *
 * @param producer Just made: what it offers to consumers is replaced.
 */
export function forwardDependencies(producer: types.Producer): void {
  const offered = producer.consumableRtpParameters;
  if (offered.codecs[0]?.mimeType.toLowerCase() !== 'video/av1') return;
  const known = ortc.generateRouterRtpCapabilities(mediaCodecs()).headerExtensions ?? [];
  const description = known.find(({ uri }) => uri === DEPENDENCY_DESCRIPTOR);
  if (description === undefined) return;
  const { uri, preferredId: id } = description;
  const headerExtensions = [
    ...(offered.headerExtensions ?? []),
    { uri, id, encrypt: false, parameters: {} },
  ];
  Object.defineProperty(producer, 'consumableRtpParameters', {
    value: { ...offered, headerExtensions },
  });
}

/**
 * What clients are told that a router with {@link MEDIA_CODECS} can take. No worker
 * is needed to know it. For audio the bandwidth is not estimated, in neither
 * direction: it is sent whatever the line carries.
 */
export function computeRouterCapabilities(): RtpCapabilities {
  const capabilities = ortc.generateRouterRtpCapabilities(mediaCodecs());
  for (const extension of capabilities.headerExtensions ?? []) {
    if (extension.uri === DEPENDENCY_DESCRIPTOR) extension.direction = 'sendrecv';
  }
  return capabilitiesToWire(withEstimator(capabilities, 'audio', 'none'));
}
