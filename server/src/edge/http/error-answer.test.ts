import { describe, expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import { toAppError } from './error-answer.ts';

/** As Express and its parsers throw them. */
function httpFault(status: number, type?: string): Error {
  return Object.assign(new Error('secret detail'), { status, ...(type ? { type } : {}) });
}

describe('a failure', () => {
  test('with a code stays what it is', () => {
    const error = new AppError('room_full');
    expect(toAppError(error, 'r1')).toBe(error);
  });

  test.each([
    [httpFault(413, 'entity.too.large'), 'payload_too_large'],
    [httpFault(400, 'entity.parse.failed'), 'invalid_request'],
    [httpFault(415, 'charset.unsupported'), 'invalid_request'],
    [httpFault(415, 'encoding.unsupported'), 'invalid_request'],
    [httpFault(400), 'invalid_request'],
    [httpFault(403), 'invalid_request'],
    [httpFault(404), 'not_found'],
    [httpFault(500), 'internal'],
    [new TypeError('secret detail'), 'internal'],
    ['secret detail', 'internal'],
    [undefined, 'internal'],
  ])('%s is answered %s, without its own message', (fault, code) => {
    const error = toAppError(fault, 'r1');
    expect(error.code).toBe(code);
    expect(JSON.stringify(error.toWire())).not.toContain('secret detail');
  });

  test('that nobody expected names the id in the log, and nothing else (SPEC 6.3)', () => {
    expect(toAppError(new Error('secret detail'), 'r1').message).toBe(
      'A fault of the server; the log has it under r1',
    );
    const named = new AppError('internal', 'secret detail');
    expect(toAppError(named, 'r1').message).not.toContain('secret detail');
  });
});
