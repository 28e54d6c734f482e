import { ERROR_CODES } from '@balai/protocol';
import { describe, expect, test } from 'vitest';
import { toMediaDeviceError } from './capture/media-device-failure.ts';
import {
  BalaiError,
  CLIENT_ERRORS,
  ConnectionError,
  MediaDeviceError,
  ServerError,
} from './errors.ts';

describe('the registry of client errors', () => {
  test('uses no code that the server uses for something else', () => {
    expect(
      Object.keys(CLIENT_ERRORS).filter((code) => ERROR_CODES.includes(code as never)),
    ).toEqual([]);
  });

  test('says for each code what it means, in a sentence', () => {
    for (const { meaning } of Object.values(CLIENT_ERRORS)) expect(meaning).toMatch(/^[A-Z].+\.$/);
  });
});

describe('an error', () => {
  test('has the meaning of its code as message, unless it says more', () => {
    expect(new ConnectionError('cancelled').message).toBe(CLIENT_ERRORS.cancelled.meaning);
    expect(new BalaiError('cancelled', 'more').message).toBe('more');
    // What codes of the server mean is said by the server.
    expect(new BalaiError('room_full').message).toBe('room_full');
  });

  test('knows from the registry whether a retry can help', () => {
    expect(new ConnectionError('request_timeout').retryable).toBe(true);
    expect(new ConnectionError('invalid_answer').retryable).toBe(false);
  });

  test('of the server carries all that the server said (SPEC 6.1, 6.2)', () => {
    const error = new ServerError({
      code: 'rate_limited',
      message: 'slowly',
      retryable: true,
      retryAfterMs: 1_500,
      details: ['text: too long'],
    });
    expect(error).toBeInstanceOf(BalaiError);
    expect(error).toMatchObject({
      name: 'ServerError',
      code: 'rate_limited',
      message: 'slowly',
      retryable: true,
      retryAfterMs: 1_500,
      details: ['text: too long'],
    });
  });

  test('of a newer server keeps a code that this version does not know', () => {
    const code = 'invented_later' as never;
    const error = new ServerError({ code, message: 'new', retryable: true });
    expect(error).toMatchObject({ code: 'invented_later', message: 'new', retryable: true });
  });
});

describe('a failure of a device', () => {
  test.each([
    ['NotAllowedError', 'permission_denied'],
    ['SecurityError', 'permission_denied'],
    ['NotFoundError', 'device_not_found'],
    ['OverconstrainedError', 'device_not_found'],
    ['NotReadableError', 'device_in_use'],
    ['AbortError', 'device_in_use'],
    ['InvalidStateError', 'device_error'],
  ] as const)('that the browser calls %s is %s', (name, code) => {
    const cause = new DOMException('no', name);
    const error = toMediaDeviceError(cause, 'videoinput');
    expect(error).toBeInstanceOf(MediaDeviceError);
    expect(error).toMatchObject({ code, kind: 'videoinput', cause });
  });
});
