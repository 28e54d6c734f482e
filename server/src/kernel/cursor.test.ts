import { describe, expect, test } from 'vitest';
import { readCursor, writeCursor } from './cursor.ts';

const ID = '00000000-0000-4000-8000-000000000000';

describe('a cursor', () => {
  test('brings back the place that it was written from, to the microsecond', () => {
    const place = { at: '2026-01-31T12:00:00.123456Z', id: ID };
    expect(readCursor(writeCursor(place))).toEqual(place);
  });

  test.each([
    '',
    'rubbish',
    'null',
    '["2026-01-01",1]',
    `["2026-13-01T00:00:00Z","${ID}"]`,
    `["0000-01-01T00:00:00Z","${ID}"]`,
    '["2026-01-01T00:00:00Z","nobody"]',
    `["2026-01-01T00:00:00Z","${ID}","more"]`,
  ])('made of %j is none', (text) => {
    const cursor = Buffer.from(text).toString('base64url');
    expect(() => readCursor(cursor)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        details: ['query.cursor: must be what an earlier answer gave'],
      }),
    );
  });
});
