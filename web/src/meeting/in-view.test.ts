import { describe, expect, it } from 'vitest';
import { bringIntoView, placesFor } from './in-view.ts';

const NAMES = ['me', 'ann', 'bo', 'cy', 'di'];

/** The same objects for the same people: `me` is local, and ann and cy spoke once. */
const everybody = new Map(
  NAMES.map((name) => {
    const spokeAt: Readonly<Record<string, number>> = { ann: 5, cy: 9 };
    const lastSpokeAt = name in spokeAt ? new Date(spokeAt[name] ?? 0) : undefined;
    return [name, { name, isLocal: name === 'me', lastSpokeAt }];
  }),
);

/** These people; `Ann` speaks, `ann` does not. */
function crowd(names: string) {
  const words = names.split(' ');
  const find = (word: string) => {
    const person = everybody.get(word.toLowerCase());
    if (person === undefined) throw new Error(`There is no ${word}`);
    return person;
  };
  return {
    people: words.map(find),
    speaking: words.filter((word) => word !== word.toLowerCase()).map(find),
  };
}

describe('of the pictures, three in view', () => {
  it.each([
    ['nobody speaks', 'me ann bo cy', 'me ann bo cy', 'me ann bo cy'],
    ['somebody in view speaks', 'me ann bo cy', 'me ann Bo cy', 'me ann bo cy'],
    ['somebody beyond speaks', 'me ann bo cy', 'me ann bo Cy', 'me ann cy bo'],
    ['they are silent again', 'me ann cy bo', 'me ann bo cy', 'me ann cy bo'],
    ['all in view speak', 'me ann bo cy', 'me Ann Bo Cy', 'me ann bo cy'],
    ['two beyond speak', 'me ann bo cy di', 'me ann bo Cy Di', 'me di cy bo ann'],
    ['somebody leaves', 'me ann bo cy', 'me bo cy', 'me bo cy'],
    ['somebody comes', 'me bo ann', 'me ann bo cy', 'me bo ann cy'],
  ])('when %s', (_case, before, now, after) => {
    const { people, speaking } = crowd(now);
    const order = bringIntoView(crowd(before).people, people, speaking, 3);
    expect(order.map(({ name }) => name).join(' ')).toBe(after);
    expect(bringIntoView(order, people, speaking, 3)).toBe(order);
  });
});

describe('the places', () => {
  it.each([
    ['on a page', [], 25],
    ['beside one’s own screen', ['me'], 24],
    ['beside a stage', ['ann'], 4],
  ])('%s', (_case, sharing, places) => {
    const { people } = sharing.length === 0 ? { people: [] } : crowd(sharing.join(' '));
    expect(placesFor(new Set(people))).toBe(places);
  });
});
