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
  /** For screens: tells the server that silence on a still picture is no fault. */
  readonly dtx?: boolean;
}

/** How a track is sent: everything that the media library is asked for. */
export interface SendPlan {
  /** From small to large. */
  readonly encodings: readonly EncodingPlan[];
  readonly videoCodec?: VideoCodec;
  readonly degradationPreference?: RTCDegradationPreference;
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
const SCREEN_BITRATE = 5_000_000;
/** Text gets sharp sooner when fewer frames share the bits. */
const SCREEN_DETAIL_FRAMERATE = 15;
const SCREEN_MOTION_FRAMERATE = 30;
const DEFAULT_FRAMERATE = 30;

/** Browsers drop layers of pictures smaller than these (libwebrtc's simulcast table). */
const THREE_LAYERS_FROM = 960;
const TWO_LAYERS_FROM = 480;

/** Decides how a track is sent: layers, bit rates, codec. Pure. */
export function planSend(subject: SendSubject, options: TrackPublishDefaults): SendPlan {
  switch (subject.source) {
    case 'microphone':
      return planAudio(options, {
        isMusic: options.forceStereo ?? false,
        dtx: options.dtx ?? true,
      });
    case 'screen_share_audio':
      return planAudio(options, { isMusic: true, dtx: options.dtx ?? false });
    case 'screen_share':
      return planScreen(subject, options);
    case 'camera':
      return planCamera(subject, options);
  }
}

function planAudio(
  options: TrackPublishDefaults,
  { isMusic, dtx }: { isMusic: boolean; dtx: boolean },
): SendPlan {
  const maxBitrate = options.audioBitrate ?? (isMusic ? MUSIC_BITRATE : SPEECH_BITRATE);
  return {
    encodings: [{ maxBitrate }],
    opus: { stereo: options.forceStereo ?? isMusic, dtx, maxBitrate },
  };
}

function planScreen(subject: SendSubject, options: TrackPublishDefaults): SendPlan {
  const isMotion = subject.contentHint === 'motion';
  const encoding: VideoEncoding = options.screenShareEncoding ?? {
    maxBitrate: SCREEN_BITRATE,
    maxFramerate: isMotion ? SCREEN_MOTION_FRAMERATE : SCREEN_DETAIL_FRAMERATE,
  };
  return {
    // One layer at full size: a smaller one would be unreadable, and would take bits from it.
    encodings: [{ ...encoding, dtx: true }],
    videoCodec: options.videoCodec ?? 'vp8',
    degradationPreference: options.degradationPreference ?? 'maintain-resolution',
  };
}

function planCamera(subject: SendSubject, options: TrackPublishDefaults): SendPlan {
  const videoCodec = options.videoCodec ?? 'vp8';
  const maxFramerate =
    options.videoEncoding?.maxFramerate ?? (subject.frameRate || DEFAULT_FRAMERATE);
  const top = options.videoEncoding?.maxBitrate ?? bitrateFor(subject.width, subject.height);
  const isLayered = options.simulcast ?? true;
  const plan = {
    videoCodec,
    degradationPreference: options.degradationPreference ?? 'balanced',
  } as const;
  if (videoCodec === 'vp9' || videoCodec === 'av1') {
    // These codecs hold their layers in one stream (SVC).
    const scalabilityMode = isLayered ? 'L3T3_KEY' : 'L1T3';
    return { ...plan, encodings: [{ maxBitrate: top, maxFramerate, scalabilityMode }] };
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
