import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  DATA_CLOSE_REASONS,
  DISCONNECT_REASONS,
  ERROR_CODES,
  ERRORS,
  type ErrorSpec,
  TRACK_SOURCES,
} from '@balai/protocol';
import { describe, expect, test } from 'vitest';
import { readSourceFiles } from '../../../test/source-files.ts';
import { ROOM_SETTINGS } from '../../features/rooms/room-settings.ts';
import { AppError } from '../../kernel/app-error.ts';

/** The registry as a page. */
function describeErrors(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, isRetryable, meaning }]: [string, ErrorSpec]) =>
      `| \`${code}\` | ${status} | ${isRetryable ? 'yes' : 'no'} | ${meaning} |`,
  );
  return [
    '# Errors',
    '',
    'Every failure that the server answers has one of these codes: over REST as',
    '`{ "error": { "code", "message", "retryable" } }` with the HTTP status of the code, over',
    'signalling in the reply, in `refused` and in `goodbye`. Compare codes; messages are for',
    'people and may change. Where a failure is retryable, the same request can succeed later',
    'without being changed; `retryAfterMs` says how many milliseconds later, where the server',
    'knows. `invalid_request` names each fault under `details`.',
    '',
    '| code | HTTP status | retryable | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

describe('the registry of errors', () => {
  test('is what docs/errors.md says (vitest -u writes it)', async () => {
    await expect(describeErrors()).toMatchFileSnapshot('../../../../docs/errors.md');
  });

  test('has no code that the server never answers', () => {
    const source = readSourceFiles()
      .filter(({ path }) => path.startsWith('server/src/') && !path.includes('.test.'))
      .map(({ text }) => text)
      .join('\n');
    const unused = ERROR_CODES.filter((code) => !source.includes(`'${code}'`));
    expect(unused).toEqual([]);
  });

  test('has every code that the protocol pages name', () => {
    const pages = ['protocol/SPEC.md', 'protocol/src/rest.ts', 'protocol/src/signalling.ts'];
    const known = new Set<string>([
      ...ERROR_CODES,
      ...DISCONNECT_REASONS,
      ...DATA_CLOSE_REASONS,
      ...TRACK_SOURCES,
      ...ROOM_SETTINGS.keys,
    ]);
    for (const page of pages) {
      const path = fileURLToPath(new URL(`../../../../${page}`, import.meta.url));
      const named = readFileSync(path, 'utf8').matchAll(/`([a-z]+(?:_[a-z]+)+)`/g);
      const unknown = [...named].map(([, name = '']) => name).filter((name) => !known.has(name));
      expect(unknown, page).toEqual([]);
    }
  });

  test.each(ERROR_CODES)(
    'gives %s its status, meaning and retryability on the wire (SPEC 6.1, 6.2)',
    (code) => {
      const error = new AppError(code);
      expect(error.status).toBe(ERRORS[code].status);
      expect(error.toWire()).toEqual({
        code,
        message: ERRORS[code].meaning,
        retryable: ERRORS[code].isRetryable,
      });
    },
  );
});
