import { expect, test } from 'vitest';
import { RecentIds } from './recent-ids.ts';

test('remembers the last ids and forgets the oldest', () => {
  const ids = new RecentIds(2);
  for (const id of ['a', 'b', 'c']) ids.add(id);
  expect(['a', 'b', 'c'].map((id) => ids.has(id))).toEqual([false, true, true]);
});

test('an id that comes twice takes one place', () => {
  const ids = new RecentIds(2);
  for (const id of ['a', 'b', 'b']) ids.add(id);
  expect(ids.has('a')).toBe(true);
});
