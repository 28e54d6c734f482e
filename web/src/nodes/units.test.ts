import { expect, it } from 'vitest';
import { textOfBitrate, textOfBytes, textOfShare } from './units.ts';

it.each([
  [0, '0 bit/s'],
  [999, '999 bit/s'],
  [999.6, '1.0 kbit/s'],
  [1_250_000, '1.3 Mbit/s'],
  [9_960_000, '10 Mbit/s'],
  [999_600_000, '1.0 Gbit/s'],
  [123_456_789_000_000, '123 Tbit/s'],
])('%d bits per second are %s', (bitsPerSecond, text) => {
  expect(textOfBitrate(bitsPerSecond)).toBe(text);
});

it('memory is in bytes', () => {
  expect(textOfBytes(48_400_000)).toBe('48 MB');
});

it('a share is in per cent, also one above 1', () => {
  expect([0, 0.344, 1.2].map(textOfShare)).toEqual(['0 %', '34 %', '120 %']);
});
