import { describe, expect, test } from 'vitest';
import { chooseLayers, isLayered, type LayerWish, shapeOf } from './choose-layers.ts';

const HD = { width: 1280, height: 720 };

describe('the shape of what is published', () => {
  test.each([
    ['one stream', [{}], 1, 1],
    ['three streams', [{}, {}, {}], 3, 1],
    ['three streams with three frame rates each', Array(3).fill({ scalabilityMode: 'L1T3' }), 3, 3],
    ['two streams of which one has frame rates', [{}, { scalabilityMode: 'L1T2' }], 2, 2],
    ['sizes and frame rates in one stream', [{ scalabilityMode: 'L3T3_KEY' }], 3, 3],
    ['frame rates in one stream', [{ scalabilityMode: 'L1T3' }], 1, 3],
    ['a mode that nobody knows', [{ scalabilityMode: 'best' }], 1, 1],
  ])('%s', (_, encodings, spatialLayers, temporalLayers) => {
    const shape = shapeOf(encodings, HD);
    expect(shape).toEqual({ spatialLayers, temporalLayers, ...HD });
    expect(isLayered(shape)).toBe(spatialLayers * temporalLayers > 1);
  });
});

describe('the layers that a subscriber gets (SPEC 9.2)', () => {
  const shape = { spatialLayers: 3, temporalLayers: 3, ...HD };
  const cases: readonly (readonly [string, LayerWish, number, number])[] = [
    ['no wish', {}, 2, 2],
    ['the whole picture', HD, 2, 2],
    ['more than the whole picture', { width: 3840, height: 2160 }, 2, 2],
    ['half of it', { width: 640, height: 360 }, 1, 2],
    ['a little more than half of it', { width: 720, height: 405 }, 1, 2],
    ['much more than half of it', { width: 960, height: 540 }, 2, 2],
    ['a quarter of it', { width: 320, height: 180 }, 0, 2],
    ['a little more than a quarter of it', { width: 384, height: 216 }, 0, 2],
    ['a stamp', { width: 64, height: 36 }, 0, 2],
    ['a place without pixels', { width: 0, height: 0 }, 0, 2],
    ['a square of as many pixels as half of it', { width: 480, height: 480 }, 1, 2],
    ['a high and narrow place', { width: 180, height: 320 }, 0, 2],
    ['a width only', { width: 64 }, 2, 2],
    ['all frames', { frameRate: 30 }, 2, 2],
    ['half of the frames', { frameRate: 15 }, 2, 1],
    ['more than half of the frames', { frameRate: 16 }, 2, 2],
    ['a quarter of the frames', { frameRate: 7.5 }, 2, 0],
    ['a frame now and then', { frameRate: 1 }, 2, 0],
    ['a small picture with few frames', { width: 320, height: 180, frameRate: 5 }, 0, 0],
  ];

  test.each(cases)('for %s', (_, wish, spatialLayer, temporalLayer) => {
    expect(chooseLayers(shape, wish)).toEqual({ spatialLayer, temporalLayer });
  });

  test('of two sizes are the smaller one for a tile of half the width', () => {
    const two = { spatialLayers: 2, temporalLayers: 1, width: 640, height: 360 };
    expect(chooseLayers(two, { width: 320, height: 180 }).spatialLayer).toBe(0);
    expect(chooseLayers(two, { width: 640, height: 360 }).spatialLayer).toBe(1);
  });

  test('of a picture whose size nobody told are those of a usual camera', () => {
    const unknown = { ...shape, width: 0, height: 0 };
    expect(chooseLayers(unknown, { width: 640, height: 360 }).spatialLayer).toBe(1);
  });

  test('of what has no layers are all there is', () => {
    const plain = { spatialLayers: 1, temporalLayers: 1, ...HD };
    expect(chooseLayers(plain, { width: 1, height: 1, frameRate: 1 })).toEqual({
      spatialLayer: 0,
      temporalLayer: 0,
    });
  });
});
