import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';

function lineOf(value: object): string {
  const lines: string[] = [];
  createLogger('info', { write: (line: string) => void lines.push(line) }).info(value, 'said');
  return lines.join('');
}

test.each([
  ['a token', { token: 's3cret' }],
  ['a password in an object of an object', { request: { body: { password: 's3cret' } } }],
  ['a cookie with a hyphen in its name', { headers: { 'set-cookie': 's3cret' } }],
  [
    'the command that Redis refused, which may have been its password',
    {
      err: Object.assign(new Error('WRONGPASS'), {
        command: { name: 'hello', args: ['3', 'AUTH', 'default', 's3cret'] },
      }),
    },
  ],
])('the log does not hold %s', (_what, value) => {
  const line = lineOf(value);
  expect(line).toContain('[redacted]');
  expect(line).not.toContain('s3cret');
});

test('the log holds the rest', () => {
  const error = Object.assign(new Error('WRONGPASS'), { command: { name: 'hello', args: [] } });
  expect(JSON.parse(lineOf({ err: error, roomId: 'r' }))).toMatchObject({
    level: 'info',
    msg: 'said',
    roomId: 'r',
    err: { message: 'WRONGPASS', command: { name: 'hello' } },
  });
});
