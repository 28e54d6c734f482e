import { describe, expect, it } from 'vitest';
import { FAILURE_TEXTS, textOfFailure } from './failure-texts.ts';

/** What `requestJoin` and `Room.connect` can fail with. That the table has every code, its type holds. */
const JOIN_CODES = [
  'room_not_found',
  'room_ended',
  'room_full',
  'room_password_required',
  'wrong_room_password',
  'guests_not_allowed',
  'token_expired',
  'unauthorized',
  'rate_limited',
  'invalid_request',
  'unavailable',
  'media_unavailable',
  'shutting_down',
  'internal',
  'timeout',
  'unsupported_protocol',
  'connection_failed',
  'invalid_answer',
  'media_connection_failed',
  'unsupported_browser',
] as const;

describe('the words for failures', () => {
  it.each(JOIN_CODES)('tell a person who joins what %s means', (code) => {
    const { title, text } = textOfFailure({ code, message: 'from the server' });
    expect(title.length).toBeGreaterThan(3);
    expect(text.length).toBeGreaterThan(20);
    expect(text).not.toContain('from the server');
  });

  it('are different for each way in which joining can fail', () => {
    const texts = JOIN_CODES.map((code) => FAILURE_TEXTS[code].text);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('show no codes', () => {
    for (const { title, text } of Object.values(FAILURE_TEXTS)) {
      expect(`${title} ${text}`).not.toMatch(/[a-z]_[a-z]/);
    }
  });

  it('fall back to the message for a code that the app does not know', () => {
    const failure = { code: 'made_up', message: 'The moon is full.' };
    expect(textOfFailure(failure).text).toBe('The moon is full.');
    expect(textOfFailure({ code: 'toString', message: 'Odd.' }).text).toBe('Odd.');
  });

  it.each([
    [undefined, 'Wait a moment and try again.'],
    [10, 'Try again in 1 second.'],
    [30_000, 'Try again in 30 seconds.'],
    [120_000, 'Try again in 2 minutes.'],
  ])('say how long to wait when there were too many requests (%s ms)', (retryAfterMs, expected) => {
    const failure = { code: 'rate_limited', message: '' };
    const { text } = textOfFailure(
      retryAfterMs === undefined ? failure : { ...failure, retryAfterMs },
    );
    expect(text).toContain(expected);
  });

  it('name the faults of a request that the server did not accept', () => {
    const failure = { code: 'invalid_request', message: '', details: ['email: not an address'] };
    expect(textOfFailure(failure).text).toContain('email: not an address');
  });
});
