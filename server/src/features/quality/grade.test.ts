import { describe, expect, test } from 'vitest';
import type { LineSample } from '../../media/media-plane.ts';
import { compare, gradeOf } from './grade.ts';

const FINE: LineSample = { score: 10, loss: 0, jitterMs: 5, roundTripMs: 20 };
const UNKNOWN: LineSample = { score: 10, loss: null, jitterMs: null, roundTripMs: null };

describe('a line, whichever direction it is, (SPEC 12.2)', () => {
  test.each<[partial: Partial<LineSample>, quality: string]>([
    [{}, 'excellent'],
    [{ score: 9 }, 'excellent'],
    [{ score: 8 }, 'good'],
    [{ score: 6 }, 'good'],
    [{ score: 5 }, 'poor'],
    [{ score: 1 }, 'poor'],
    [{ loss: 0.02 }, 'excellent'],
    [{ loss: 0.03 }, 'good'],
    [{ loss: 0.08 }, 'good'],
    [{ loss: 0.09 }, 'poor'],
    [{ jitterMs: 30 }, 'excellent'],
    [{ jitterMs: 31 }, 'good'],
    [{ jitterMs: 81 }, 'poor'],
    [{ roundTripMs: 200 }, 'excellent'],
    [{ roundTripMs: 201 }, 'good'],
    [{ roundTripMs: 401 }, 'poor'],
    [{ loss: 0.03, roundTripMs: 500 }, 'poor'],
  ])('with %o is %s', (partial, quality) => {
    const sample = { ...FINE, ...partial };
    expect(gradeOf({ isReachable: true, send: sample, receive: FINE })).toBe(quality);
    expect(gradeOf({ isReachable: true, send: FINE, receive: sample })).toBe(quality);
    expect(gradeOf({ isReachable: true, send: null, receive: sample })).toBe(quality);
  });

  test('of which nothing bad is known is excellent', () => {
    expect(gradeOf({ isReachable: true, send: UNKNOWN, receive: null })).toBe('excellent');
    expect(gradeOf({ isReachable: true, send: null, receive: null })).toBe('excellent');
  });
});

test('a line is lost that does not answer, or over which nothing comes (SPEC 12.3)', () => {
  expect(gradeOf({ isReachable: false, send: FINE, receive: FINE })).toBe('lost');
  const silent = { ...UNKNOWN, score: 0 };
  expect(gradeOf({ isReachable: true, send: silent, receive: FINE })).toBe('lost');
  // What the client cannot receive it can report.
  expect(gradeOf({ isReachable: true, send: FINE, receive: silent })).toBe('poor');
});

test('qualities have an order', () => {
  const qualities = (['good', 'lost', 'excellent', 'poor'] as const).toSorted(compare);
  expect(qualities).toEqual(['lost', 'poor', 'good', 'excellent']);
});
