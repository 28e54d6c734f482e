import type { AudioPreset } from './options.ts';
import { VideoPreset } from './video-presets.ts';

/** Camera sizes of 4:3, from small to large. As in livekit-client. */
export const VideoPresets43 = {
  /** 160x120, 0.07 Mbit/s, 20 frames per second. */
  h120: new VideoPreset(160, 120, 70_000, 20),
  /** 240x180, 0.125 Mbit/s, 20 frames per second. */
  h180: new VideoPreset(240, 180, 125_000, 20),
  /** 320x240, 0.14 Mbit/s, 20 frames per second. */
  h240: new VideoPreset(320, 240, 140_000, 20),
  /** 480x360, 0.33 Mbit/s, 20 frames per second. */
  h360: new VideoPreset(480, 360, 330_000, 20),
  /** 640x480, 0.5 Mbit/s, 20 frames per second. */
  h480: new VideoPreset(640, 480, 500_000, 20),
  /** 720x540, 0.6 Mbit/s, 25 frames per second. */
  h540: new VideoPreset(720, 540, 600_000, 25),
  /** 960x720, 1.3 Mbit/s, 30 frames per second. */
  h720: new VideoPreset(960, 720, 1_300_000, 30),
  /** 1440x1080, 2.3 Mbit/s, 30 frames per second. */
  h1080: new VideoPreset(1440, 1080, 2_300_000, 30),
  /** 1920x1440, 3.8 Mbit/s, 30 frames per second. */
  h1440: new VideoPreset(1920, 1440, 3_800_000, 30),
} as const;

/** Sizes of a screen, and what its encoder may use. As in livekit-client. */
export const ScreenSharePresets = {
  /** 640x360, 0.2 Mbit/s, 3 frames per second. */
  h360fps3: new VideoPreset(640, 360, 200_000, 3),
  /** 640x360, 0.4 Mbit/s, 15 frames per second. */
  h360fps15: new VideoPreset(640, 360, 400_000, 15),
  /** 1280x720, 0.8 Mbit/s, 5 frames per second. */
  h720fps5: new VideoPreset(1280, 720, 800_000, 5),
  /** 1280x720, 1.5 Mbit/s, 15 frames per second. */
  h720fps15: new VideoPreset(1280, 720, 1_500_000, 15),
  /** 1280x720, 2 Mbit/s, 30 frames per second. */
  h720fps30: new VideoPreset(1280, 720, 2_000_000, 30),
  /** 1920x1080, 2.5 Mbit/s, 15 frames per second. */
  h1080fps15: new VideoPreset(1920, 1080, 2_500_000, 15),
  /** 1920x1080, 5 Mbit/s, 30 frames per second. */
  h1080fps30: new VideoPreset(1920, 1080, 5_000_000, 30),
  /** In its own size; 7 Mbit/s, 30 frames per second. */
  original: new VideoPreset(0, 0, 7_000_000, 30),
} as const;

/** Bit rates of sound, for `audioPreset`: from 12 to 128 kbit/s. As in livekit-client. */
export const AudioPresets: Readonly<
  Record<
    | 'telephone'
    | 'speech'
    | 'music'
    | 'musicStereo'
    | 'musicHighQuality'
    | 'musicHighQualityStereo',
    AudioPreset
  >
> = {
  /** 12 kbit/s. */
  telephone: { maxBitrate: 12_000 },
  /** 24 kbit/s. */
  speech: { maxBitrate: 24_000 },
  /** 48 kbit/s. */
  music: { maxBitrate: 48_000 },
  /** 64 kbit/s. */
  musicStereo: { maxBitrate: 64_000 },
  /** 96 kbit/s. */
  musicHighQuality: { maxBitrate: 96_000 },
  /** 128 kbit/s. */
  musicHighQualityStereo: { maxBitrate: 128_000 },
};
