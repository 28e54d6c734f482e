import { describe, expect, test } from 'vitest';
import { type Connection, type ConnectionInput, next } from './connection-state.ts';

type State = Connection<string, string>;
type Input = ConnectionInput<string, string>;

const disconnected: State = { state: 'disconnected' };
const connecting: State = { state: 'connecting', attempt: 'a' };
const connected: State = { state: 'connected', stay: 's' };

const inputs = {
  'connect is asked': { type: 'connectAsked', attempt: 'b' },
  'this attempt joined': { type: 'joined', attempt: 'a', stay: 's' },
  'an older attempt joined': { type: 'joined', attempt: 'older', stay: 'old' },
  'this attempt failed': { type: 'attemptFailed', attempt: 'a' },
  'an older attempt failed': { type: 'attemptFailed', attempt: 'older' },
  'disconnect is asked': { type: 'disconnectAsked' },
  'this stay ended': { type: 'stayEnded', stay: 's' },
  'an older stay ended': { type: 'stayEnded', stay: 'old' },
} as const satisfies Record<string, Input>;

/** What changes; whatever is not named here changes nothing. */
const changes: readonly (readonly [State, keyof typeof inputs, State])[] = [
  [disconnected, 'connect is asked', { state: 'connecting', attempt: 'b' }],
  [connecting, 'this attempt joined', { state: 'connected', stay: 's' }],
  [connecting, 'this attempt failed', { state: 'disconnected' }],
  [connecting, 'disconnect is asked', { state: 'disconnected' }],
  [connected, 'disconnect is asked', { state: 'disconnected' }],
  [connected, 'this stay ended', { state: 'disconnected' }],
];

describe('a connection', () => {
  test.each(changes)('%o, when %s, becomes %o', (now, input, after) => {
    expect(next(now, inputs[input])).toEqual(after);
  });

  const rest = [disconnected, connecting, connected].flatMap((now) =>
    Object.entries(inputs)
      .filter(([name]) => !changes.some(([from, input]) => from === now && input === name))
      .map(([name, input]) => [now, name, input] as const),
  );

  test.each(rest)('%o, when %s, is the very same value as before', (now, _name, input) => {
    expect(next(now, input)).toBe(now);
  });
});
