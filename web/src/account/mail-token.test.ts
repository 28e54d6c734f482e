import { expect, it } from 'vitest';
import { readMailToken } from './mail-token.ts';

it('reads the token that a mail’s link carries after the #', () => {
  expect(readMailToken('#token=aB3_-x')).toBe('aB3_-x');
});

it.each(['', '#', '#token=', '#token=%20', '#other=1'])('finds none in “%s”', (hash) => {
  expect(readMailToken(hash)).toBeNull();
});
