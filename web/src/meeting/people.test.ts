import { describe, expect, it } from 'vitest';
import { hueOf, initialsOf } from './people.ts';

describe('initials', () => {
  it.each([
    ['Ann Lee', 'AL'],
    ['ann', 'A'],
    ['  Ann  Maria   de la Cruz ', 'AC'],
    ['王小明', '王'],
    ['नमिता शर्मा', 'नश'],
    ['محمد علي', 'مع'],
    ['👩‍👩‍👧 Family', '👩‍👩‍👧F'],
    ['', ''],
  ])('of %s are %s', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});

describe('the hue of a person', () => {
  it('stays the same, and is a hue', () => {
    expect(hueOf('0b8f6a52')).toBe(hueOf('0b8f6a52'));
    for (const identity of ['', 'a', 'long identity with 👩‍👩‍👧', '王']) {
      expect(hueOf(identity)).toBeGreaterThanOrEqual(0);
      expect(hueOf(identity)).toBeLessThan(360);
    }
  });
});
