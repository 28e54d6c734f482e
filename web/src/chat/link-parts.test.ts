import { describe, expect, it } from 'vitest';
import { linkParts } from './link-parts.ts';

describe('links in messages', () => {
  it.each([
    ['no link here', []],
    ['https://example.org', ['https://example.org']],
    ['See https://example.org/a?b=c#d.', ['https://example.org/a?b=c#d']],
    [
      '(http://example.org/x) and https://b.example!',
      ['http://example.org/x', 'https://b.example'],
    ],
    ['javascript:alert(1) ftp://example.org', []],
    ['"https://example.org"', ['https://example.org']],
    ['مرحبا https://example.org/مرحبا', ['https://example.org/مرحبا']],
    ['', []],
  ])('are found in: %s', (text, links) => {
    const parts = linkParts(text);
    expect(parts.filter(({ isLink }) => isLink).map((part) => part.text)).toEqual(links);
    expect(parts.map((part) => part.text).join('')).toBe(text);
  });
});
