import { describe, expect, test } from 'vitest';
import { countShortLives, restartDelayMs } from './restart-delay.ts';

/** The waits before each replacement of workers that lived so long. */
function delaysAfter(lifetimesMs: readonly number[]): readonly number[] {
  let shortLives = 0;
  return lifetimesMs.map((lifetimeMs) => {
    shortLives = countShortLives(shortLives, lifetimeMs);
    return restartDelayMs(shortLives);
  });
}

describe('the wait before a dead worker is replaced', () => {
  test.each([
    ['is nothing after a death that stands alone', [3_600_000], [0]],
    ['is nothing after the first death soon after a start', [1_000], [0]],
    ['doubles while workers keep dying', [0, 0, 0, 0], [0, 500, 1_000, 2_000]],
    ['starts over after a long life', [0, 0, 60_000, 0, 0], [0, 500, 0, 0, 500]],
  ])('%s', (_name, lifetimesMs, expected) => {
    expect(delaysAfter(lifetimesMs)).toEqual(expected);
  });

  test('never exceeds half a minute', () => {
    expect(delaysAfter(new Array(100).fill(0)).at(-1)).toBe(30_000);
  });
});
