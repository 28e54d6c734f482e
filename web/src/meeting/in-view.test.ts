import { describe, expect, it } from 'vitest';
import { bringIntoView, placesFor } from './in-view.ts';
import type { Person } from './people.ts';

/** `Ann` speaks, `ann` does not. */
function person(name: string, changes: Partial<Person> = {}): Person {
  const identity = name.toLowerCase();
  const isSpeaking = name !== identity;
  return { identity, isLocal: identity === 'me', isSpeaking, lastSpokeAt: 0, ...changes } as Person;
}

function crowd(names: string, lastSpokeAt: Readonly<Record<string, number>> = {}): Person[] {
  return names
    .split(' ')
    .map((name) => person(name, { lastSpokeAt: lastSpokeAt[name.toLowerCase()] ?? 0 }));
}

describe('of the pictures, three in view', () => {
  it.each<[string, string, string, Readonly<Record<string, number>>, string]>([
    ['nobody speaks', 'me ann bo cy', 'me ann bo cy', {}, 'me ann bo cy'],
    ['somebody in view speaks', 'me ann bo cy', 'me ann Bo cy', {}, 'me ann bo cy'],
    ['somebody beyond speaks', 'me ann bo cy', 'me ann bo Cy', { ann: 5 }, 'me ann cy bo'],
    ['they are silent again', 'me ann cy bo', 'me ann bo cy', { cy: 9 }, 'me ann cy bo'],
    ['all in view speak', 'me ann bo cy', 'me Ann Bo Cy', {}, 'me ann bo cy'],
    ['two beyond speak', 'me ann bo cy di', 'me ann bo Cy Di', {}, 'me cy di ann bo'],
    ['somebody leaves', 'me ann bo cy', 'me bo cy', {}, 'me bo cy'],
    ['somebody comes', 'me bo ann', 'me ann bo cy', {}, 'me bo ann cy'],
  ])('when %s', (_case, before, people, lastSpokeAt, after) => {
    const order = bringIntoView(crowd(before), crowd(people, lastSpokeAt), 3);
    expect(order.map(({ identity }) => identity).join(' ')).toBe(after);
  });

  it('are as they are now', () => {
    const now = person('Ann');
    expect(bringIntoView([person('ann')], [now], 3)[0]).toBe(now);
  });
});

describe('the places', () => {
  it.each<[string, Partial<Person>, Partial<Person>, number]>([
    ['on a page', {}, {}, 25],
    ['beside one’s own screen', { isSharingScreen: true }, {}, 24],
    ['beside a stage', {}, { isSharingScreen: true }, 4],
  ])('%s', (_case, mine, theirs, places) => {
    expect(placesFor([person('me', mine), person('ann', theirs)])).toBe(places);
  });
});
