import { describe, expect, test } from 'vitest';
import { type Claim, findWithheld } from './share-bandwidth.ts';

/** In kbit/s. */
function claim(id: string, priority: number, least: number, all = least): Claim {
  return { id, priority, place: Number.POSITIVE_INFINITY, least, all, isWithheld: false };
}

/** One who speaks. */
function talker(id: string, place: number, least: number): Claim {
  return { ...claim(id, 1, least), place };
}

describe('on a line of 600 kbit/s (SPEC 9.5)', () => {
  const cases: readonly (readonly [string, readonly Claim[], readonly string[]])[] = [
    ['nothing', [], []],
    ['what fits', [claim('a', 1, 100, 300), claim('b', 1, 100, 300)], []],
    [
      'small layers of all, though no large ones',
      ['a', 'b', 'c'].map((id) => claim(id, 1, 150, 1500)),
      [],
    ],
    ['of equals, those who came first', ['a', 'b', 'c'].map((id) => claim(id, 1, 250)), ['c']],
    [
      'of equals, those who speak',
      [claim('a', 1, 250), talker('b', 1, 250), claim('c', 1, 250), talker('d', 0, 250)],
      ['a', 'c'],
    ],
    [
      'one who speaks, though nobody else does then',
      [claim('a', 1, 400), { ...talker('b', 0, 400), isWithheld: true }],
      ['a'],
    ],
    ['a pinned one before who speaks', [talker('a', 0, 400), claim('b', 2, 400)], ['a']],
    [
      'the pinned one with its large layer',
      [claim('a', 1, 150), claim('pin', 9, 150, 500), claim('b', 1, 150)],
      ['a', 'b'],
    ],
    [
      'the pinned one and who else fits',
      [claim('a', 1, 150), claim('pin', 9, 100, 400), claim('b', 1, 150)],
      ['b'],
    ],
    ['only the first of what nobody could carry', [claim('a', 1, 900), claim('b', 2, 900)], ['a']],
    ['three ranks', [claim('c', 1, 100), claim('b', 2, 100, 300), claim('a', 3, 100, 300)], ['c']],
    [
      'a small one after a large one that does not fit',
      [claim('a', 9, 400), claim('b', 2, 300), claim('c', 1, 100)],
      ['b'],
    ],
  ];

  test.each(cases)('flows: %s', (_, claims, withheld) => {
    expect([...findWithheld(600, claims)]).toEqual(withheld);
  });

  test('comes back only what has room to spare', () => {
    const flowing = claim('a', 2, 400);
    const back = (least: number) =>
      findWithheld(600, [flowing, { ...claim('b', 1, least), isWithheld: true }]).size === 0;
    expect([100, 127, 130, 200].map(back)).toEqual([true, true, false, false]);
  });

  test('never goes what just came back, and never comes back what just went', () => {
    for (let least = 10; least < 400; least += 10) {
      const others = [claim('a', 2, 400)];
      const back = { ...claim('b', 1, least), isWithheld: true };
      if (findWithheld(600, [...others, back]).size > 0) continue;
      expect(findWithheld(600, [...others, { ...back, isWithheld: false }]).size).toBe(0);
    }
  });
});
