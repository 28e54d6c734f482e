import { describe, expect, it } from 'vitest';
import { localInputOf, textOfAgo, textOfDate, textOfDuration } from './moments.ts';

describe('what was a while ago', () => {
  const now = Date.parse('2026-01-31T12:00:00Z');
  it.each([
    ['2026-01-31T12:00:05Z', 'just now'],
    ['2026-01-31T11:59:30Z', 'just now'],
    ['2026-01-31T11:55:00Z', '5 min. ago'],
    ['2026-01-31T09:30:00Z', '2 hr. ago'],
    ['2026-01-30T11:00:00Z', 'yesterday'],
    ['2026-01-01T11:00:00Z', textOfDate('2026-01-01T11:00:00Z')],
  ])('at %s is told as “%s”', (timestamp, text) => {
    expect(textOfAgo(timestamp, now)).toBe(text);
  });
});

describe('a duration', () => {
  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [3_599, '1 h'],
    [3_600, '1 h'],
    [3_900, '1 h 5 min'],
    [90_000, '25 h'],
  ])('of %i seconds is told as “%s”', (seconds, text) => {
    expect(textOfDuration(seconds)).toBe(text);
  });
});

describe('a moment in a field', () => {
  it('is the same moment when it is read back', () => {
    const moment = new Date(2026, 6, 1, 9, 30);
    expect(localInputOf(moment)).toBe('2026-07-01T09:30');
    expect(new Date(localInputOf(moment))).toEqual(moment);
  });
});
