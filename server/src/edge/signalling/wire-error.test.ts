import { expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import { createLogger } from '../../kernel/logger.ts';
import { toWireError } from './wire-error.ts';

function loggedBy(work: (logger: ReturnType<typeof createLogger>) => void): object[] {
  const lines: object[] = [];
  const logger = createLogger('info', {
    write: (line) => lines.push(JSON.parse(line) as object),
  });
  work(logger);
  return lines;
}

test('a fault of the server tells the client an id only, and the log the rest (SPEC 6.3)', () => {
  let message = '';
  const lines = loggedBy((logger) => {
    const error = toWireError(new TypeError('secret'), logger, { method: 'chat.send' });
    expect(error).toMatchObject({ code: 'internal', retryable: true });
    message = error.message;
  });
  expect(message).not.toContain('secret');
  expect(lines).toMatchObject([
    { level: 'error', method: 'chat.send', err: { type: 'TypeError', message: 'secret' } },
  ]);
  const [line] = lines as { errorId: string }[];
  expect(message).toContain(line?.errorId);
});

test('what the client did wrong is not logged; what the server could not do is', () => {
  const lines = loggedBy((logger) => {
    expect(toWireError(new AppError('forbidden'), logger, {})).toMatchObject({ code: 'forbidden' });
    expect(toWireError(new AppError('unavailable'), logger, {}).retryable).toBe(true);
  });
  expect(lines).toMatchObject([{ level: 'warn', err: { code: 'unavailable' } }]);
});
