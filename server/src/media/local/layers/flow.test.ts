import { describe, expect, test } from 'vitest';
import { isFlowing, streamStateOf, workerPriority } from './flow.ts';

/** Started, wanted, allowed, withheld; flows; what the client believes. */
const TABLE = [
  [false, false, false, false, false, undefined],
  [false, false, false, true, false, undefined],
  [false, false, true, false, false, undefined],
  [false, false, true, true, false, undefined],
  [false, true, false, false, false, undefined],
  [false, true, false, true, false, undefined],
  [false, true, true, false, false, undefined],
  [false, true, true, true, false, undefined],
  [true, false, false, false, false, undefined],
  [true, false, false, true, false, undefined],
  [true, false, true, false, false, undefined],
  [true, false, true, true, false, undefined],
  [true, true, false, false, false, 'paused'],
  [true, true, false, true, false, 'paused'],
  [true, true, true, false, true, 'active'],
  [true, true, true, true, false, 'paused'],
] as const;

describe('a subscription', () => {
  test.each(TABLE)(
    'started %s, wanted %s, allowed %s, withheld %s: flows %s, state %s',
    (isStarted, isWanted, isAllowed, isWithheld, flows, state) => {
      const conditions = { isStarted, isWanted, isAllowed, isWithheld };
      expect(isFlowing(conditions)).toBe(flows);
      expect(streamStateOf(conditions)).toBe(state);
    },
  );
});

test.each([
  [1, 1],
  [2, 10],
  [3, 11],
  [200, 208],
  [255, 255],
])('priority %i is %i to the worker', (priority, expected) => {
  expect(workerPriority(priority)).toBe(expected);
});
