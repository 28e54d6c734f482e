import { describe, expect, test } from 'vitest';
import { VideoQuality, wishFor } from './wish.ts';

const hd = { width: 1280, height: 720 };
const tile = { isVisible: true, width: 320, height: 180 };

describe('what is asked of a track', () => {
  test('is everything, where nobody chose or watches', () => {
    expect(wishFor({}, undefined, hd)).toEqual({ isWanted: true });
  });

  test('follows the elements', () => {
    expect(wishFor({}, tile, hd)).toEqual({ isWanted: true, width: 320, height: 180 });
    expect(wishFor({}, { isVisible: false, width: 0, height: 0 }, hd)).toEqual({ isWanted: false });
  });

  test.each([
    ['low', VideoQuality.LOW, { width: 320, height: 180 }],
    ['medium', VideoQuality.MEDIUM, { width: 640, height: 360 }],
    ['high', VideoQuality.HIGH, hd],
  ])('is a picture of %s quality, in shares of what was published', (_, quality, size) => {
    expect(wishFor({ quality }, undefined, hd)).toEqual({ isWanted: true, ...size });
  });

  test('is the smaller one of what quality allows and elements show', () => {
    const large = { isVisible: true, width: 1920, height: 1080 };
    expect(wishFor({ quality: VideoQuality.MEDIUM }, large, hd)).toMatchObject({ width: 640 });
    expect(wishFor({ quality: VideoQuality.MEDIUM }, tile, hd)).toMatchObject({ width: 320 });
  });

  test('is the size that the application names, whatever else there is', () => {
    const choices = { dimensions: { width: 900, height: 500.2 }, quality: VideoQuality.LOW };
    expect(wishFor(choices, tile, hd)).toMatchObject({ width: 900, height: 501 });
  });

  test('flows or not as the application says, in sight or out of it', () => {
    expect(wishFor({ isEnabled: false }, tile, hd)).toMatchObject({ isWanted: false });
    const hidden = { isVisible: false, width: 0, height: 0 };
    expect(wishFor({ isEnabled: true }, hidden, hd)).toEqual({ isWanted: true });
  });

  test('has frames and a rank', () => {
    const wish = wishFor({ frameRate: 5, priority: 20 }, undefined, undefined);
    expect(wish).toEqual({ isWanted: true, frameRate: 5, priority: 20 });
  });
});
