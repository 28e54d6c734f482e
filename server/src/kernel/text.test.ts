import { describe, expect, test } from 'vitest';
import { typedLine, typedText } from './text.ts';

describe('typed text', () => {
  test.each([
    ['  Siti  ', 'Siti'],
    ['👩‍💻 Ünï العربية', '👩‍💻 Ünï العربية'],
    ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
  ])('takes %j', (given, expected) => {
    expect(typedText(1, 50).parse(given)).toBe(expected);
  });

  test.each(['\u0000', 'a\u0000b', 'bell\u0007', 'esc\u001b[31m', 'c1\u0085x'])(
    'refuses %j: a control character',
    (given) => {
      expect(typedText(0, 50).safeParse(given).success).toBe(false);
    },
  );

  test('counts its length after trimming', () => {
    expect(typedText(1, 3).safeParse('   ').success).toBe(false);
    expect(typedText(1, 3).safeParse(' abc ').success).toBe(true);
    expect(typedText(1, 3).safeParse('abcd').success).toBe(false);
  });

  test('keeps a name on one line', () => {
    expect(typedLine(1, 50).safeParse('Siti').success).toBe(true);
    expect(typedLine(1, 50).safeParse('Si\nti').success).toBe(false);
  });

  test.each(['Siti', '王小明', 'محمد', 'علی‌رضا', '👩‍💻', 'O’Neill (she/her)', '\u200fדנה'])(
    'takes the name %s',
    (name) => {
      expect(typedLine(1, 50).parse(name)).toBe(name);
    },
  );

  test.each([
    ['turns the text after it', 'Host\u202e'],
    ['is read from its end', '\u2067tsoH'],
    ['breaks the line', 'Si\u2028ti'],
    ['is a space of no width', '\u200b'],
    ['is a letter without a shape', '\u3164'],
    ['is a soft hyphen', '\u00ad'],
    ['is a blank of Braille', '\u2800'],
  ])('refuses a name that %s', (_what, name) => {
    expect(typedLine(1, 50).safeParse(name).success).toBe(false);
  });

  test('may leave a line empty', () => {
    expect(typedLine(0, 50).parse('')).toBe('');
  });
});
