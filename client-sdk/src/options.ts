import type { JoinInfo, TrackSource, VideoCodec } from '@balai/protocol';
import type { AdaptiveStreamSettings } from './layers/watch-elements.ts';
import type { ReconnectPolicy } from './reconnect/reconnect-policy.ts';
import type { TrackProcessor } from './tracks/track-processor.ts';

export type { VideoCodec };

/** Size of a picture in pixels; `frameRate` in frames per second. */
export interface VideoResolution {
  /** In pixels, from left to right. */
  width: number;
  /** In pixels, from top to bottom. */
  height: number;
  /** In frames per second. */
  frameRate?: number;
  /** Width by height, for what the browser chooses by itself. */
  aspectRatio?: number;
}

/** Upper bounds of an encoder. */
export interface VideoEncoding {
  /** In bits per second. */
  maxBitrate: number;
  /** In frames per second. */
  maxFramerate?: number;
}

/** The bit rate of sound. */
export interface AudioPreset {
  /** In bits per second. */
  maxBitrate: number;
}

/** How a microphone is captured. */
export interface AudioCaptureOptions {
  /** Which microphone; default: the browser’s choice. */
  deviceId?: ConstrainDOMString;
  /** Default true. */
  echoCancellation?: ConstrainBoolean;
  /** Default true. */
  noiseSuppression?: ConstrainBoolean;
  /** Default true. */
  autoGainControl?: ConstrainBoolean;
  /** Default: the browser’s choice, mostly 1. */
  channelCount?: ConstrainULong;
  /** In seconds. */
  latency?: ConstrainDouble;
  /** In samples per second. */
  sampleRate?: ConstrainULong;
  /** In bits. */
  sampleSize?: ConstrainULong;
  /** Only the voice in front, where the system can tell. */
  voiceIsolation?: ConstrainBoolean;
  /** Of a screen: without what this page plays itself. */
  restrictOwnAudio?: ConstrainBoolean;
  /** At work from the beginning, as by `setProcessor`. */
  processor?: TrackProcessor<'audio'>;
}

/** How a camera is captured. */
export interface VideoCaptureOptions {
  /** Which camera; default: the browser’s choice. */
  deviceId?: ConstrainDOMString;
  /** Where the camera of a phone looks: `user` is the one in front. */
  facingMode?: 'user' | 'environment' | 'left' | 'right';
  /** Default 1280x720, 30 frames per second. */
  resolution?: VideoResolution;
  /** Counts for more than that of `resolution`. */
  frameRate?: ConstrainDouble;
  /** At work from the beginning, as by `setProcessor`. */
  processor?: TrackProcessor<'video'>;
}

/** How a screen is captured. */
export interface ScreenShareCaptureOptions {
  /**
   * Ask for the sound of the screen as well, where the browser has it, and how. Default true:
   * without the processing that is for voices.
   */
  audio?: boolean | AudioCaptureOptions;
  /** What the browser's dialog offers first. */
  video?:
    | true
    | {
        /** Windows, tabs or whole screens. */
        displaySurface?: 'window' | 'browser' | 'monitor';
      };
  /** Upper bound; default: the screen's own size, 30 frames per second. */
  resolution?: VideoResolution;
  /** `detail` for text and slides (default), `motion` for films. */
  contentHint?: 'detail' | 'text' | 'motion';
  /** Whether the browser's dialog offers this very tab. */
  selfBrowserSurface?: 'include' | 'exclude';
  /** Whether the person may change to another tab while sharing. */
  surfaceSwitching?: 'include' | 'exclude';
  /** Whether the dialog offers the sound of the whole system. */
  systemAudio?: 'include' | 'exclude';
  /** Whether what is shared is heard here no more. */
  suppressLocalAudioPlayback?: boolean;
  /** Whether the browser's dialog offers this very tab first. */
  preferCurrentTab?: boolean;
  /** A `CaptureController`. */
  controller?: unknown;
}

/** How tracks are sent, where a call to publish says nothing else. */
export interface TrackPublishDefaults {
  /**
   * Default: as the room has it, else `vp8`. One that the browser or the server lacks gives way to
   * the next: the room's, then `vp8`.
   */
  videoCodec?: VideoCodec;
  /** Bounds of the camera's best layer; default: by its resolution. */
  videoEncoding?: VideoEncoding;
  /** Default 5 Mbit/s, 15 frames per second for text and slides, 30 for films. */
  screenShareEncoding?: VideoEncoding;
  /**
   * Send the camera in up to three sizes, so that each receiver gets what it can use: several
   * streams in VP8 and H264, layers of one in VP9 and AV1. Default true.
   */
  simulcast?: boolean;
  /** Send next to nothing in silence (Opus DTX). Default true; false with `forceStereo` and for screen sound. */
  dtx?: boolean;
  /**
   * For music: two channels at a higher bit rate. Capture without `echoCancellation`,
   * `noiseSuppression` and `autoGainControl`, and with a `channelCount` of 2, or
   * there is little left of it. Default false.
   *
   * There is no `red`: the SFU forwards no redundant audio (RFC 2198). Sound is always sent with
   * Opus's own forward error correction, and what is lost is asked for again.
   */
  forceStereo?: boolean;
  /** In bits per second; default 32,000, or 128,000 with `forceStereo` and for screen sound. */
  audioBitrate?: number;
  /** As `audioBitrate`, from `AudioPresets` for example. */
  audioPreset?: AudioPreset;
  /** What gives way when the sender cannot keep up. Default `maintain-resolution` for screens, `balanced` for cameras. */
  degradationPreference?: RTCDegradationPreference;
}

/** How one track is sent. */
export interface TrackPublishOptions extends TrackPublishDefaults {
  /** Free text that others see, at most 255 characters; default empty. */
  name?: string;
  /** Needed for a `MediaStreamTrack` that is not a camera (video) or microphone (audio). */
  source?: TrackSource;
}

/** What to open: true, as by default, with the defaults; false for none. */
export interface CreateLocalTracksOptions {
  /** The microphone. */
  audio?: boolean | AudioCaptureOptions;
  /** The camera. */
  video?: boolean | VideoCaptureOptions;
}

/** Choices for the whole life of a room object. */
export interface RoomOptions {
  /**
   * Receive of each video what the elements it is attached to can show: a size that suits the
   * largest, and nothing while none is in sight. A video that is attached to no element does not
   * flow. Default true.
   */
  adaptiveStream?: boolean | AdaptiveStreamSettings;
  /** Stop encoding sizes that nobody receives. Default true. */
  dynacast?: boolean;
  /** How microphones are captured, where a call says nothing else. */
  audioCaptureDefaults?: AudioCaptureOptions;
  /** How cameras are captured, where a call says nothing else. */
  videoCaptureDefaults?: VideoCaptureOptions;
  /** How tracks are sent, where a call says nothing else. */
  publishDefaults?: TrackPublishDefaults;
  /** Stop the device when a track is unpublished. Default true. */
  stopLocalTrackOnUnpublish?: boolean;
  /** Leave when the page is closed or left, so that the others see it at once. Default true. */
  disconnectOnPageLeave?: boolean;
  /** When a lost connection is tried again. Default: `DefaultReconnectPolicy`. */
  reconnectPolicy?: ReconnectPolicy;
}

/** Choices for one connection. */
export interface RoomConnectOptions {
  /**
   * The answer of `requestJoin`, or what your own server passed on of it. Saves
   * the request that is otherwise needed to learn the router's capabilities.
   */
  joinInfo?: JoinInfo;
  /**
   * Merged over the configuration of both peer connections; for example
   * `{ iceTransportPolicy: 'relay' }` forces TURN.
   */
  rtcConfig?: RTCConfiguration;
  /**
   * `tcp` ignores the server's UDP addresses, so that media goes over TCP: for
   * networks that drop or throttle UDP, and for tests; `udp` ignores the others. Default `all`.
   */
  iceTransport?: 'all' | 'udp' | 'tcp';
  /** Receive whatever is published; else only what `setSubscribed` asks for. Default true. */
  autoSubscribe?: boolean;
  /**
   * Gets a new room token, for joining again after everything was lost for longer
   * than a token lasts. While we are in the room, the SDK keeps one fresh by itself.
   */
  tokenProvider?: () => Promise<string>;
  /** Milliseconds for everything until the server lets us in. Default 15,000. */
  connectTimeoutMs?: number;
  /** Milliseconds for each later request. Default 10,000. */
  requestTimeoutMs?: number;
}
