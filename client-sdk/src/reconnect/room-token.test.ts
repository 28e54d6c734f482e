import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SignalChannel } from '../signalling/signal-channel.ts';
import { RoomToken } from './room-token.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Answers `room.token` with numbered tokens that live so long. */
function server(lifetimeMs: number) {
  const asked: number[] = [];
  const request = (async () => {
    asked.push(Date.now());
    if (asked.length === 2) throw new Error('for once it does not answer');
    const tokenExpiresAt = new Date(Date.now() + lifetimeMs).toISOString();
    return { token: `token ${asked.length}`, tokenExpiresAt };
  }) as unknown as SignalChannel['request'];
  return { asked, request };
}

test.each([10 * 60_000, 24 * 3_600_000])(
  'a token that lives %i ms is renewed well before, whatever fails and whatever clocks say',
  async (lifetimeMs) => {
    const token = new RoomToken('first', undefined);
    const { asked, request } = server(lifetimeMs);
    token.keepFresh(request);
    expect(token.value).toBe('first');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(token.value).toBe('token 1');
    await vi.advanceTimersByTimeAsync(30 * 60_000);
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5 * 60_000);
    expect(token.value).toBe(`token ${asked.length}`);
    token.rest();
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(30 * 60_000);
    expect(asked).toHaveLength(before);
  },
);

test('a token is replaced by the application where it can', async () => {
  const fixed = new RoomToken('first', undefined);
  expect(fixed.isReplaceable).toBe(false);
  await fixed.replace();
  expect(fixed.value).toBe('first');
  const replaceable = new RoomToken('first', async () => 'second');
  await replaceable.replace();
  expect(replaceable.value).toBe('second');
});
