import { describe, expect, it } from 'vitest';
import { isShownPicture, textOfFileFailure, textOfSize } from './file-texts.ts';

describe('the size of a file', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1_000, '1 kB'],
    [1_234_567, '1.2 MB'],
    [26_214_400, '26.2 MB'],
    [5_000_000_000_000, '5,000 GB'],
  ])('of %i bytes is read as %s', (bytes, text) => {
    expect(textOfSize(bytes)).toBe(text);
  });
});

describe('a file', () => {
  it.each([
    ['image/png', 1, true],
    ['image/png', 9_000_000, false],
    ['image/svg+xml', 1, false],
    ['text/html', 1, false],
  ])('of the type %s with %i bytes is shown as a picture: %s', (type, sizeBytes, isShown) => {
    expect(isShownPicture({ name: 'x', type, sizeBytes })).toBe(isShown);
  });

  it.each([
    ['payload_too_large', /“a.exe” was not sent.*31 MB.*more than this server takes/],
    ['unsupported_file_type', /“a.exe” was not sent.*type application\/x-dosexec/],
    ['forbidden', /host does not let you/],
    ['unreachable', /Server not reachable/],
  ])('that was not sent because of %s is told so in words', (code, words) => {
    const file = { name: 'a.exe', size: 31_000_000, type: 'application/x-dosexec' };
    expect(textOfFileFailure(file, { code, message: '' })).toMatch(words);
  });

  it('without a type is of an unknown one', () => {
    const failure = { code: 'unsupported_file_type', message: '' };
    expect(textOfFileFailure({ name: 'a', size: 1, type: '' }, failure)).toMatch(/unknown type/);
  });
});
