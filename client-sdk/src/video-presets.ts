import type { VideoPreset } from './options.ts';

function preset(
  width: number,
  height: number,
  maxBitrate: number,
  maxFramerate: number,
): VideoPreset {
  return {
    resolution: { width, height, frameRate: maxFramerate },
    encoding: { maxBitrate, maxFramerate },
  };
}

/** Camera sizes of 16:9 with bit rates that suit VP8, from small to large. */
export const VideoPresets = {
  /** 320x180, 0.16 Mbit/s, 20 frames per second. */
  h180: preset(320, 180, 160_000, 20),
  /** 640x360, 0.45 Mbit/s, 25 frames per second. */
  h360: preset(640, 360, 450_000, 25),
  /** 960x540, 0.8 Mbit/s, 25 frames per second. */
  h540: preset(960, 540, 800_000, 25),
  /** 1280x720, 1.7 Mbit/s, 30 frames per second. */
  h720: preset(1280, 720, 1_700_000, 30),
  /** 1920x1080, 3 Mbit/s, 30 frames per second. */
  h1080: preset(1920, 1080, 3_000_000, 30),
  /** 2560x1440, 5 Mbit/s, 30 frames per second. */
  h1440: preset(2560, 1440, 5_000_000, 30),
  /** 3840x2160, 8 Mbit/s, 30 frames per second. */
  h2160: preset(3840, 2160, 8_000_000, 30),
} as const;
