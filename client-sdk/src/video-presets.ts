import type { VideoPreset } from './options.ts';

function preset(width: number, height: number, maxBitrate: number, maxFramerate: number) {
  return {
    resolution: { width, height, frameRate: maxFramerate },
    encoding: { maxBitrate, maxFramerate },
  } as const satisfies VideoPreset;
}

/** Camera sizes of 16:9 with bit rates that suit VP8, from small to large. */
export const VideoPresets = {
  h180: preset(320, 180, 160_000, 20),
  h360: preset(640, 360, 450_000, 25),
  h540: preset(960, 540, 800_000, 25),
  h720: preset(1280, 720, 1_700_000, 30),
  h1080: preset(1920, 1080, 3_000_000, 30),
  h1440: preset(2560, 1440, 5_000_000, 30),
  h2160: preset(3840, 2160, 8_000_000, 30),
} as const;
