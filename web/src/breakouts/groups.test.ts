import { describe, expect, it } from 'vitest';
import { groupsOf, spread } from './groups.ts';

describe('groups', () => {
  it('get their people evenly, in order', () => {
    const groups = groupsOf(spread(['a', 'b', 'c', 'd', 'e'], 2), 2);
    expect(groups).toEqual([
      { name: 'Group 1', identities: ['a', 'c', 'e'] },
      { name: 'Group 2', identities: ['b', 'd'] },
    ]);
  });

  it('leave in the main room who was put there, and who was in a group that is no more', () => {
    const places = new Map([
      ['a', 0],
      ['b', null],
      ['c', 2],
    ]);
    expect(groupsOf(places, 2).flatMap(({ identities }) => identities)).toEqual(['a']);
  });
});
