import { describe, expect, test } from 'vitest';
import { type Connection, type ConnectionInput, next } from './connection-state.ts';

type State = Connection<string, string>;
type Input = ConnectionInput<string, string>;

const disconnected: State = { state: 'disconnected' };
const connecting: State = { state: 'connecting', attempt: 'a' };
const waiting: State = { state: 'waiting', attempt: 'a' };
const connected: State = { state: 'connected', stay: 's' };
const signalReconnecting: State = { state: 'signalReconnecting', stay: 's' };
const reconnecting: State = { state: 'reconnecting', attempt: 'a' };

const inputs = {
  'connect is asked': { type: 'connectAsked', attempt: 'b' },
  'this attempt joined': { type: 'joined', attempt: 'a', stay: 's' },
  'an older attempt joined': { type: 'joined', attempt: 'older', stay: 'old' },
  'this attempt has to wait': { type: 'mustWait', attempt: 'a' },
  'an older attempt has to wait': { type: 'mustWait', attempt: 'older' },
  'this attempt failed': { type: 'attemptFailed', attempt: 'a' },
  'an older attempt failed': { type: 'attemptFailed', attempt: 'older' },
  'disconnect is asked': { type: 'disconnectAsked' },
  'the signal of this stay is lost': { type: 'signalLost', stay: 's' },
  'the signal of an older stay is lost': { type: 'signalLost', stay: 'old' },
  'the signal of this stay is recovered': { type: 'signalRecovered', stay: 's' },
  'the signal of an older stay is recovered': { type: 'signalRecovered', stay: 'old' },
  'this stay is lost': { type: 'stayLost', stay: 's', attempt: 'a' },
  'an older stay is lost': { type: 'stayLost', stay: 'old', attempt: 'a' },
  'this stay ended': { type: 'stayEnded', stay: 's' },
  'an older stay ended': { type: 'stayEnded', stay: 'old' },
} as const satisfies Record<string, Input>;

/** What changes; whatever is not named here changes nothing. */
const changes: readonly (readonly [State, keyof typeof inputs, State])[] = [
  [disconnected, 'connect is asked', { state: 'connecting', attempt: 'b' }],
  [connecting, 'this attempt joined', connected],
  [connecting, 'this attempt has to wait', waiting],
  [connecting, 'this attempt failed', disconnected],
  [connecting, 'disconnect is asked', disconnected],
  [waiting, 'this attempt joined', connected],
  [waiting, 'this attempt failed', disconnected],
  [waiting, 'disconnect is asked', disconnected],
  [connected, 'the signal of this stay is lost', signalReconnecting],
  [connected, 'this stay is lost', reconnecting],
  [connected, 'this stay ended', disconnected],
  [connected, 'disconnect is asked', disconnected],
  [signalReconnecting, 'the signal of this stay is recovered', connected],
  [signalReconnecting, 'this stay is lost', reconnecting],
  [signalReconnecting, 'this stay ended', disconnected],
  [signalReconnecting, 'disconnect is asked', disconnected],
  [reconnecting, 'this attempt joined', connected],
  [reconnecting, 'this attempt failed', disconnected],
  [reconnecting, 'disconnect is asked', disconnected],
];

describe('a connection', () => {
  test.each(changes)('%o, when %s, becomes %o', (now, input, after) => {
    expect(next(now, inputs[input])).toEqual(after);
  });

  const states = [disconnected, connecting, waiting, connected, signalReconnecting, reconnecting];
  const rest = states.flatMap((now) =>
    Object.entries(inputs)
      .filter(([name]) => !changes.some(([from, input]) => from === now && input === name))
      .map(([name, input]) => [now, name, input] as const),
  );

  test.each(rest)('%o, when %s, is the very same value as before', (now, _name, input) => {
    expect(next(now, input)).toBe(now);
  });
});
