import { describe, expect, test } from 'vitest';
import type { TrackPublishDefaults, VideoCodec } from '../options.ts';
import { bitrateFor, planSend, type SendPlan, type SendSubject } from './send-plan.ts';

/** The first choice of all. */
function planFor(subject: SendSubject, options: TrackPublishDefaults): SendPlan {
  const [plan] = planSend(subject, options);
  if (!plan) throw new Error('there is no plan');
  return plan;
}

function camera(width: number, height: number): SendSubject {
  return { source: 'camera', width, height, frameRate: 30, contentHint: '' };
}
const screen: SendSubject = {
  source: 'screen_share',
  width: 3840,
  height: 2160,
  frameRate: 30,
  contentHint: 'detail',
};
const microphone: SendSubject = {
  source: 'microphone',
  width: 0,
  height: 0,
  frameRate: 0,
  contentHint: '',
};

describe('a camera', () => {
  test.each([
    ['1920x1080', 1920, 1080, [4, 2, 1], 3_000_000],
    ['1280x720', 1280, 720, [4, 2, 1], 1_700_000],
    ['960x540', 960, 540, [4, 2, 1], 800_000],
    ['720x1280, a phone held upright', 720, 1280, [4, 2, 1], 1_700_000],
    ['640x480', 640, 480, [2, 1], 550_000],
    ['320x180', 320, 180, [1], 160_000],
    ['an unknown size', 0, 0, [4, 2, 1], 1_700_000],
  ])('of %s is sent in layers that suit it', (_, width, height, scales, topBitrate) => {
    const { encodings, videoCodec } = planFor(camera(width, height), {});
    expect(videoCodec).toBe('vp8');
    expect(encodings.map((one) => one.scaleResolutionDownBy)).toEqual(scales);
    const bitrates = encodings.map((one) => one.maxBitrate);
    expect(bitrates.at(-1)).toBeCloseTo(topBitrate, -5);
    expect(bitrates).toEqual(bitrates.toSorted((a, b) => a - b));
  });

  test('keeps to the bounds that the application sets, in every layer', () => {
    const videoEncoding = { maxBitrate: 200_000, maxFramerate: 12 };
    const { encodings } = planFor(camera(1280, 720), { videoEncoding });
    expect(encodings).toHaveLength(3);
    for (const encoding of encodings) {
      expect(encoding.maxBitrate).toBeLessThanOrEqual(200_000);
      expect(encoding.maxFramerate).toBe(12);
    }
    expect(encodings.at(-1)?.maxBitrate).toBe(200_000);
  });

  test('is one layer without simulcast', () => {
    const { encodings } = planFor(camera(1280, 720), { simulcast: false });
    expect(encodings).toHaveLength(1);
  });

  test.each(['vp9', 'av1'] as const)('in %s holds its layers in one stream', (videoCodec) => {
    const { encodings } = planFor(camera(1280, 720), { videoCodec });
    expect(encodings).toHaveLength(1);
    expect(encodings[0]?.scalabilityMode).toBe('L3T3_KEY');
  });
});

describe('a screen', () => {
  test('is sent at full size, and gives up frames before it gives up pixels', () => {
    const plan = planFor(screen, {});
    expect(plan.encodings).toEqual([
      { maxBitrate: 5_000_000, maxFramerate: 15, dtx: true, scalabilityMode: 'L1T3' },
    ]);
    expect(plan.degradationPreference).toBe('maintain-resolution');
  });

  test('has bandwidth from the start and at least enough for letters, within its bounds', () => {
    expect(planFor(screen, {}).bandwidth).toEqual({ start: 2_000_000, min: 600_000 });
    const narrow = { screenShareEncoding: { maxBitrate: 400_000 } };
    expect(planFor(screen, narrow).bandwidth).toEqual({ start: 400_000, min: 200_000 });
    expect(planFor(camera(1280, 720), {}).bandwidth).toEqual({ start: 1_000_000 });
  });

  test('goes out in two sizes where the browser makes no layers of frames', () => {
    const plans = planSend(screen, {});
    expect(plans.map(({ needsLayers = false }) => needsLayers)).toEqual([true, false]);
    expect(plans.at(-1)?.encodings).toEqual([
      { maxBitrate: 200_000, maxFramerate: 5, scaleResolutionDownBy: 2, dtx: true },
      { maxBitrate: 5_000_000, maxFramerate: 15, dtx: true },
    ]);
    expect(plans.at(-1)?.bandwidth).toEqual(plans[0]?.bandwidth);
  });

  test('with a film on it keeps its frames', () => {
    const plan = planFor({ ...screen, contentHint: 'motion' }, {});
    expect(plan.encodings[0]?.maxFramerate).toBe(30);
  });
});

describe('a codec', () => {
  const codecsOf = (options: TrackPublishDefaults, room?: readonly VideoCodec[]) =>
    planSend(camera(1280, 720), options, room).map(({ videoCodec }) => videoCodec);

  test('is what the track asks for, then what the room would have, then VP8', () => {
    expect(codecsOf({})).toEqual(['vp8']);
    expect(codecsOf({ videoCodec: 'av1' })).toEqual(['av1', 'vp8']);
    expect(codecsOf({ videoCodec: 'av1' }, ['h264', 'vp9'])).toEqual(['av1', 'h264', 'vp9', 'vp8']);
    expect(codecsOf({}, ['vp8', 'vp9'])).toEqual(['vp8', 'vp9']);
  });

  test('that gives way to another has layers that suit the other', () => {
    const [vp9, vp8] = planSend(camera(1280, 720), { videoCodec: 'vp9' });
    expect(vp9?.encodings.map(({ spatialLayers }) => spatialLayers)).toEqual([3]);
    expect(vp8?.encodings.map(({ scalabilityMode }) => scalabilityMode)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('sound', () => {
  test('of a voice is mono, and next to nothing in silence', () => {
    expect(planFor(microphone, {}).opus).toEqual({ stereo: false, dtx: true, maxBitrate: 32_000 });
  });

  test('of a screen is stereo, and never cut', () => {
    expect(planFor({ ...microphone, source: 'screen_share_audio' }, {}).opus).toEqual({
      stereo: true,
      dtx: false,
      maxBitrate: 128_000,
    });
  });

  test('follows the options', () => {
    const options = { forceStereo: true, dtx: false, audioBitrate: 64_000 };
    expect(planFor(microphone, options).opus).toEqual({
      stereo: true,
      dtx: false,
      maxBitrate: 64_000,
    });
  });
});

test('bit rates grow with the picture, and pass through the presets', () => {
  const sizes = [60, 90, 180, 270, 360, 480, 540, 720, 900, 1080, 1440, 2160, 4320];
  const bitrates = sizes.map((height) => bitrateFor((height * 16) / 9, height));
  expect(bitrates).toEqual(bitrates.toSorted((a, b) => a - b));
  expect(bitrateFor(640, 360)).toBe(450_000);
  expect(bitrateFor(7680, 4320)).toBe(8_000_000);
});
