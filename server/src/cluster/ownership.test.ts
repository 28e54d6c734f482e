import { expect, test } from 'vitest';
import { Ownership } from './ownership.ts';

test('knows whose somebody is, who has people in a room, and forgets all of it', () => {
  const people = new Ownership<string>();
  people.give('ada', 'room', 'A');
  people.give('ben', 'room', 'A');
  people.give('cyd', 'room', 'B');
  expect(people.ownersIn('room')).toEqual(['A', 'B']);
  people.remove('ada');
  expect(people.ownersIn('room')).toEqual(['A', 'B']);
  people.remove('ben');
  people.remove('ben');
  expect(people.ownersIn('room')).toEqual(['B']);
  expect(people.ownerOf('cyd')).toBe('B');
  people.remove('cyd');
  expect(people.ownersIn('room')).toEqual([]);
  expect(people.size).toBe(0);
});

test('gives somebody to another owner, and takes them from the one before', () => {
  const people = new Ownership<string>();
  people.give('ada', 'room', 'A');
  people.give('ada', 'room', 'B');
  expect(people.ownersIn('room')).toEqual(['B']);
  expect(people.peopleOf('A')).toEqual([]);
  expect(people.peopleOf('B')).toEqual(['ada']);
  expect(people.roomOf('ada')).toBe('room');
  expect(people.size).toBe(1);
});
