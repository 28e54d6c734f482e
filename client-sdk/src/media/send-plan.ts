import type { TrackSource } from '@balai/protocol';
import type { TrackPublishDefaults, VideoCodec, VideoEncoding } from '../options.ts';
import { VideoPresets } from '../video-presets.ts';

/** One layer that a sender makes. */
export interface EncodingPlan {
  /** In bits per second. */
  readonly maxBitrate: number;
  /** In frames per second. */
  readonly maxFramerate?: number;
  readonly scaleResolutionDownBy?: number;
  readonly scalabilityMode?: string;
  /** Sizes that one stream holds, where it holds several (SVC). */
  readonly spatialLayers?: number;
  /** For screens: tells the server that silence on a still picture is no fault. */
  readonly dtx?: boolean;
}

/** How a track is sent: everything that the media library is asked for. */
export interface SendPlan {
  /** From small to large. */
  readonly encodings: readonly EncodingPlan[];
  readonly videoCodec?: VideoCodec;
  /** Only for browsers that make its layers; there is another plan for the others. */
  readonly needsLayers?: boolean;
  readonly degradationPreference?: RTCDegradationPreference;
  /** What the network is taken to carry before it is known, and at least, in bits per second. */
  readonly bandwidth?: { readonly start: number; readonly min?: number };
  readonly opus?: { readonly stereo: boolean; readonly dtx: boolean; readonly maxBitrate: number };
}

/** What is sent, as far as it matters for the plan. Sizes in pixels, 0 where unknown. */
export interface SendSubject {
  readonly source: TrackSource;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly contentHint: string;
}

const SPEECH_BITRATE = 32_000;
const MUSIC_BITRATE = 128_000;
/** At the 300 kbit/s that browsers begin with, the larger layers of a camera take seconds to appear. */
const CAMERA_START_BITRATE = 1_000_000;
const SCREEN_BITRATE = 5_000_000;
/** The first picture of a page is large. */
const SCREEN_START_BITRATE = 2_000_000;
/** With less than this, letters are no letters: rather fewer frames of them. */
const SCREEN_MIN_BITRATE = 600_000;
/** Text gets sharp sooner when fewer frames share the bits. */
const SCREEN_DETAIL_FRAMERATE = 15;
const SCREEN_MOTION_FRAMERATE = 30;
/**
 * Of a screen in half its size: to see what happens there, not to read. Little, since
 * Firefox adds the whole one from 1.2 Mbit/s beside it on, and begins with 300 kbit/s.
 */
const SMALL_SCREEN: VideoEncoding = { maxBitrate: 200_000, maxFramerate: 5 };
const DEFAULT_FRAMERATE = 30;

/** Browsers drop layers of pictures smaller than these (libwebrtc's simulcast table). */
const THREE_LAYERS_FROM = 960;
const TWO_LAYERS_FROM = 480;

/**
 * Decides how a track is sent: layers, bit rates, codec. Pure.
 *
 * @param roomCodecs What the room would have its video sent in, the best first.
 * @returns the plans, the best first: a browser or server that lacks its codec takes the next. The
 * last, in VP8, is for everybody.
 */
export function planSend(
  subject: SendSubject,
  options: TrackPublishDefaults,
  roomCodecs: readonly VideoCodec[] = [],
): readonly SendPlan[] {
  const codecs = () => [...new Set([options.videoCodec ?? [], roomCodecs, 'vp8' as const].flat())];
  switch (subject.source) {
    case 'microphone':
      return [
        planAudio(options, {
          isMusic: options.forceStereo ?? false,
          dtx: options.dtx ?? !options.forceStereo,
        }),
      ];
    case 'screen_share_audio':
      return [planAudio(options, { isMusic: true, dtx: options.dtx ?? false })];
    case 'screen_share':
      return [
        ...codecs().map((codec) => planScreen(subject, options, codec)),
        planScreenInSizes(subject, options),
      ];
    case 'camera':
      return codecs().map((codec) => planCamera(subject, options, codec));
  }
}

function planAudio(
  options: TrackPublishDefaults,
  { isMusic, dtx }: { isMusic: boolean; dtx: boolean },
): SendPlan {
  const maxBitrate =
    options.audioBitrate ??
    options.audioPreset?.maxBitrate ??
    (isMusic ? MUSIC_BITRATE : SPEECH_BITRATE);
  return {
    encodings: [{ maxBitrate }],
    opus: { stereo: options.forceStereo ?? isMusic, dtx, maxBitrate },
  };
}

function planScreen(
  subject: SendSubject,
  options: TrackPublishDefaults,
  videoCodec: VideoCodec,
): SendPlan {
  const isMotion = subject.contentHint === 'motion';
  const encoding: VideoEncoding = options.screenShareEncoding ?? {
    maxBitrate: SCREEN_BITRATE,
    maxFramerate: isMotion ? SCREEN_MOTION_FRAMERATE : SCREEN_DETAIL_FRAMERATE,
  };
  return {
    // One size, since a smaller one would be unreadable and would take bits from it. Who has little
    // bandwidth gets a half or a quarter of the frames. (Nobody can tell these apart in H264.)
    encodings: [
      {
        ...encoding,
        dtx: true,
        ...(videoCodec !== 'h264' && { scalabilityMode: scalabilityMode(1) }),
      },
    ],
    videoCodec,
    needsLayers: videoCodec === 'vp8',
    degradationPreference: options.degradationPreference ?? 'maintain-resolution',
    bandwidth: {
      start: Math.min(SCREEN_START_BITRATE, encoding.maxBitrate),
      min: Math.min(SCREEN_MIN_BITRATE, encoding.maxBitrate / 2),
    },
  };
}

/** For browsers that make no frame rates that can be told apart: a small picture for who has little bandwidth. */
function planScreenInSizes(subject: SendSubject, options: TrackPublishDefaults): SendPlan {
  const { encodings, needsLayers, ...plan } = planScreen(subject, options, 'vp8');
  const [full] = encodings.map(({ scalabilityMode: _, ...encoding }) => encoding);
  const small = { ...SMALL_SCREEN, scaleResolutionDownBy: 2, dtx: true };
  return { ...plan, encodings: full ? [small, full] : [small] };
}

function planCamera(
  subject: SendSubject,
  options: TrackPublishDefaults,
  videoCodec: VideoCodec,
): SendPlan {
  const maxFramerate =
    options.videoEncoding?.maxFramerate ?? (subject.frameRate || DEFAULT_FRAMERATE);
  const top = options.videoEncoding?.maxBitrate ?? bitrateFor(subject.width, subject.height);
  const isLayered = options.simulcast ?? true;
  const plan = {
    videoCodec,
    degradationPreference: options.degradationPreference ?? 'balanced',
    bandwidth: { start: Math.min(CAMERA_START_BITRATE, top) },
  } as const;
  if (videoCodec === 'vp9' || videoCodec === 'av1') {
    // These codecs hold their layers in one stream (SVC).
    const spatialLayers = isLayered ? 3 : 1;
    const layers = { spatialLayers, scalabilityMode: scalabilityMode(spatialLayers) };
    return { ...plan, encodings: [{ maxBitrate: top, maxFramerate, ...layers }] };
  }
  const scales = isLayered ? scalesFor(Math.max(subject.width, subject.height)) : [1];
  const encodings = scales.map((scale) => ({
    scaleResolutionDownBy: scale,
    maxBitrate: Math.min(
      top,
      scale === 1 ? top : bitrateFor(subject.width / scale, subject.height / scale),
    ),
    maxFramerate,
  }));
  return { ...plan, encodings };
}

function scalesFor(longSide: number): readonly number[] {
  // A size that is not known yet is most likely the default one.
  if (longSide === 0 || longSide >= THREE_LAYERS_FROM) return [4, 2, 1];
  return longSide >= TWO_LAYERS_FROM ? [2, 1] : [1];
}

/** Bits per second that suit a picture, between the presets in proportion to its pixels. */
export function bitrateFor(width: number, height: number): number {
  const points = Object.values(VideoPresets).map(({ resolution, encoding }) => ({
    pixels: resolution.width * resolution.height,
    bitrate: encoding.maxBitrate,
  }));
  const pixels =
    width * height || VideoPresets.h720.resolution.width * VideoPresets.h720.resolution.height;
  let below = { pixels: 0, bitrate: 80_000 };
  for (const above of points) {
    if (pixels <= above.pixels) {
      const share = (pixels - below.pixels) / (above.pixels - below.pixels);
      return Math.round(below.bitrate + share * (above.bitrate - below.bitrate));
    }
    below = above;
  }
  return below.bitrate;
}

/** Of VP9 and AV1: sizes that need each other only in key frames, at three frame rates each. */
export function scalabilityMode(spatialLayers: number): string {
  return spatialLayers > 1 ? `L${spatialLayers}T3_KEY` : 'L1T3';
}
