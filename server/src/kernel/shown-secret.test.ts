import { expect, test } from 'vitest';
import { bearerOf, isSameSecret } from './shown-secret.ts';

test.each([
  ['Bearer abc', 'abc'],
  ['bearer   abc  ', 'abc'],
  ['Bearer', ''],
  ['Bearer a b', ''],
  ['Basic abc', ''],
  ['xBearer abc', ''],
  ['', ''],
  [undefined, ''],
])('of the header %j the bearer is %j', (header, bearer) => {
  expect(bearerOf(header)).toBe(bearer);
});

test.each([
  ['secret', 'secret', true],
  ['secret', 'Secret', false],
  ['secre', 'secret', false],
  ['', 'secret', false],
])('%j shown for %j is the same: %j', (shown, secret, expected) => {
  expect(isSameSecret(shown, secret)).toBe(expected);
});
