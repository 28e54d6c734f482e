import type { ConnectionQuality } from '@balai/protocol';
import { describe, expect, test } from 'vitest';
import { type SteadyQuality, steady } from './steady.ts';

const NAMES: Readonly<Record<string, ConnectionQuality>> = {
  e: 'excellent',
  g: 'good',
  p: 'poor',
  l: 'lost',
};

/** What is told after each measurement, one letter each, 4 s apart. */
function follow(measured: string): string {
  let state: SteadyQuality | undefined;
  return [...measured]
    .map((letter, index) => {
      state = steady(state, NAMES[letter] ?? 'lost', index * 4_000);
      return state.quality[0];
    })
    .join('');
}

describe('what is told', () => {
  test.each([
    ['is the first measurement as it is', 'p', 'p'],
    ['stays while nothing changes', 'gggg', 'gggg'],
    ['gets worse the second time', 'eggg', 'eegg'],
    ['is not changed by one bad moment', 'epeee', 'eeeee'],
    ['gets only as much worse as was seen twice', 'egpp', 'eegg'],
    ['gets only as much worse as was seen twice, the other way round', 'epgg', 'eegg'],
    ['gets better after 8 s', 'peee', 'pppe'],
    ['gets only as much better as held for 8 s', 'pegee', 'pppgg'],
    ['does not get better with a bad moment between', 'peepee', 'pppppp'],
    ['does not turn on a line that wavers', 'gepgepg', 'ggggggg'],
    ['is lost at once, and back at once', 'elg', 'elg'],
    ['is lost from the start', 'lle', 'lle'],
  ])('%s: %s as %s (SPEC 12.2, 12.3)', (_, measured, told) => {
    expect(follow(measured)).toBe(told);
  });
});
