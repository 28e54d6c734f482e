import type { SubscriptionUpdate } from '@balai/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ConnectionError, ServerError } from '../errors.ts';
import type { SignalChannel } from '../signalling/signal-channel.ts';
import { WishSender } from './wish-sender.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function setUp() {
  const said: (readonly SubscriptionUpdate[])[] = [];
  const server: { failure: Error | undefined } = { failure: undefined };
  const request = (async (_method: string, params: { updates: readonly SubscriptionUpdate[] }) => {
    said.push(params.updates);
    if (server.failure) throw server.failure;
    return null;
  }) as SignalChannel['request'];
  return { said, server, wishes: new WishSender(request) };
}

describe('wishes', () => {
  test('of one moment are one request, and the latest of each counts', async () => {
    const { said, wishes } = setUp();
    wishes.set('a', { isWanted: true, width: 320, height: 180 });
    wishes.set('b', { isWanted: false });
    wishes.set('a', { isWanted: true, width: 640, height: 360 });
    await vi.advanceTimersByTimeAsync(100);
    expect(said).toEqual([
      [
        { subscriptionId: 'a', width: 640, height: 360 },
        { subscriptionId: 'b', isWanted: false },
      ],
    ]);
  });

  test('that a subscription begins with, or that the server knows, are not said', async () => {
    const { said, wishes } = setUp();
    wishes.set('a', { isWanted: true, priority: 1 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said).toEqual([]);
    wishes.set('a', { isWanted: false, width: 320, height: 180 });
    await vi.advanceTimersByTimeAsync(1_000);
    wishes.set('a', { isWanted: true, width: 320, height: 180 });
    await vi.advanceTimersByTimeAsync(1_000);
    wishes.set('a', { isWanted: true, priority: 9 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said.slice(1)).toEqual([
      [{ subscriptionId: 'a', isWanted: true }],
      [{ subscriptionId: 'a', priority: 9 }],
    ]);
  });

  test('that change with every drawing of the page are told four times a second', async () => {
    const { said, wishes } = setUp();
    for (let width = 300; width < 400; width += 1) {
      wishes.set('a', { isWanted: true, width, height: width });
      await vi.advanceTimersByTimeAsync(16);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said.length).toBeGreaterThanOrEqual(6);
    expect(said.length).toBeLessThanOrEqual(8);
    expect(said.at(-1)).toEqual([{ subscriptionId: 'a', width: 399, height: 399 }]);
  });

  test('that may not have arrived are said again, as they are by then', async () => {
    const { said, server, wishes } = setUp();
    server.failure = new ConnectionError('request_timeout');
    wishes.set('a', { isWanted: false });
    await vi.advanceTimersByTimeAsync(100);
    server.failure = undefined;
    wishes.set('a', { isWanted: true });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(said).toEqual([
      [{ subscriptionId: 'a', isWanted: false }],
      [{ subscriptionId: 'a', isWanted: true }],
    ]);
  });

  test('that the server refuses for good are reported, and not said again', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    const { said, server, wishes } = setUp();
    server.failure = new ServerError({ code: 'invalid_request', message: 'no', retryable: false });
    wishes.set('a', { isWanted: false });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(said).toHaveLength(1);
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });

  test('for what is over are not said', async () => {
    const { said, wishes } = setUp();
    wishes.set('a', { isWanted: false });
    wishes.forget('a');
    wishes.set('b', { isWanted: false });
    wishes.close();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said).toEqual([]);
  });
});
