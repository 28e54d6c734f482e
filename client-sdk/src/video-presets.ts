import type { VideoEncoding, VideoResolution } from './options.ts';

/** A resolution and the encoding that suits it. */
export class VideoPreset {
  /** What the encoder may use. */
  readonly encoding: Readonly<VideoEncoding>;
  /** In pixels, from left to right. */
  readonly width: number;
  /** In pixels, from top to bottom. */
  readonly height: number;
  /** Width by height, where it was said. */
  readonly aspectRatio: number | undefined;

  /** @param options The size in pixels, or everything at once. */
  constructor(options: VideoPresetOptions);
  constructor(width: number, height: number, maxBitrate: number, maxFramerate?: number);
  constructor(
    given: VideoPresetOptions | number,
    height = 0,
    maxBitrate = 0,
    maxFramerate?: number,
  ) {
    const options: VideoPresetOptions =
      typeof given === 'object'
        ? given
        : { width: given, height, maxBitrate, ...(maxFramerate && { maxFramerate }) };
    this.width = options.width;
    this.height = options.height;
    this.aspectRatio = options.aspectRatio;
    this.encoding = {
      maxBitrate: options.maxBitrate,
      ...(options.maxFramerate && { maxFramerate: options.maxFramerate }),
    };
  }

  /** What to ask of the camera. */
  get resolution(): VideoResolution {
    const { maxFramerate } = this.encoding;
    return {
      width: this.width,
      height: this.height,
      ...(maxFramerate && { frameRate: maxFramerate }),
      ...(this.aspectRatio && { aspectRatio: this.aspectRatio }),
    };
  }
}

/** What makes a {@link VideoPreset}. */
export interface VideoPresetOptions {
  /** In pixels, from left to right. */
  width: number;
  /** In pixels, from top to bottom. */
  height: number;
  /** Width by height. */
  aspectRatio?: number;
  /** In bits per second. */
  maxBitrate: number;
  /** In frames per second. */
  maxFramerate?: number;
}

/** Camera sizes of 16:9 with bit rates that suit VP8, from small to large. */
export const VideoPresets = {
  /** 160x90, 0.09 Mbit/s, 20 frames per second. */
  h90: new VideoPreset(160, 90, 90_000, 20),
  /** 320x180, 0.16 Mbit/s, 20 frames per second. */
  h180: new VideoPreset(320, 180, 160_000, 20),
  /** 384x216, 0.18 Mbit/s, 20 frames per second. */
  h216: new VideoPreset(384, 216, 180_000, 20),
  /** 640x360, 0.45 Mbit/s, 25 frames per second. */
  h360: new VideoPreset(640, 360, 450_000, 25),
  /** 960x540, 0.8 Mbit/s, 25 frames per second. */
  h540: new VideoPreset(960, 540, 800_000, 25),
  /** 1280x720, 1.7 Mbit/s, 30 frames per second. */
  h720: new VideoPreset(1280, 720, 1_700_000, 30),
  /** 1920x1080, 3 Mbit/s, 30 frames per second. */
  h1080: new VideoPreset(1920, 1080, 3_000_000, 30),
  /** 2560x1440, 5 Mbit/s, 30 frames per second. */
  h1440: new VideoPreset(2560, 1440, 5_000_000, 30),
  /** 3840x2160, 8 Mbit/s, 30 frames per second. */
  h2160: new VideoPreset(3840, 2160, 8_000_000, 30),
} as const;
