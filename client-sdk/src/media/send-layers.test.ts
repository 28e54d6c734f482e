import { describe, expect, test } from 'vitest';
import { sendLayersUpTo } from './send-layers.ts';
import { planSend, type SendPlan } from './send-plan.ts';

const camera = {
  source: 'camera',
  width: 1280,
  height: 720,
  frameRate: 30,
  contentHint: '',
} as const;

function planOf(videoCodec: 'vp8' | 'vp9'): SendPlan {
  const [plan] = planSend(camera, { videoCodec });
  if (!plan) throw new Error('there is no plan');
  return plan;
}

/** A browser's sender, which takes back no parameters but those that it gave last. */
function senderOf(plan: SendPlan) {
  let parameters = {
    encodings: plan.encodings.map(() => ({ active: true })) as RTCRtpEncodingParameters[],
  };
  const sender = {
    getParameters: () => (parameters = structuredClone(parameters)),
    setParameters: async (wish: typeof parameters) => {
      if (wish !== parameters) throw new DOMException('stale', 'InvalidModificationError');
    },
  };
  return {
    sender: sender as unknown as RTCRtpSender,
    encodings: () => parameters.encodings,
  };
}

describe('of several streams', () => {
  test.each([
    [2, [true, true, true]],
    [1, [true, true, false]],
    [0, [true, false, false]],
    [null, [false, false, false]],
  ])('those up to %s are sent', async (top, active) => {
    const plan = planOf('vp8');
    const { sender, encodings } = senderOf(plan);
    await sendLayersUpTo(sender, plan, top);
    expect(encodings().map((encoding) => encoding.active)).toEqual(active);
  });

  test('all are sent again', async () => {
    const plan = planOf('vp8');
    const { sender, encodings } = senderOf(plan);
    for (const top of [null, 0, 2]) await sendLayersUpTo(sender, plan, top);
    expect(encodings().every(({ active }) => active)).toBe(true);
  });
});

describe('of the layers of one stream', () => {
  test.each([
    [2, 'L3T3_KEY', 1],
    [1, 'L2T3_KEY', 2],
    [0, 'L1T3', 4],
  ])('those up to %s are made, of a picture that is as much smaller', async (top, mode, scale) => {
    const plan = planOf('vp9');
    const { sender, encodings } = senderOf(plan);
    await sendLayersUpTo(sender, plan, top);
    expect(encodings()).toEqual([
      expect.objectContaining({
        active: true,
        scalabilityMode: mode,
        scaleResolutionDownBy: scale,
      }),
    ]);
    expect(encodings()[0]?.maxBitrate).toBeLessThanOrEqual(plan.encodings[0]?.maxBitrate ?? 0);
  });

  test('none is made for nobody, and all when they are needed again', async () => {
    const plan = planOf('vp9');
    const { sender, encodings } = senderOf(plan);
    await sendLayersUpTo(sender, plan, null);
    expect(encodings()[0]?.active).toBe(false);
    await sendLayersUpTo(sender, plan, 2);
    expect(encodings()[0]).toMatchObject({
      active: true,
      maxBitrate: plan.encodings[0]?.maxBitrate,
    });
  });
});
