import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import { RetoldMessages } from './retold-messages.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const published: string[] = [];
  const redis = { isAway: false };
  const messages = new RetoldMessages({
    async publish(text) {
      if (redis.isAway) throw new AppError('unavailable');
      published.push(text);
    },
    settleMs: 1_000,
  });
  return { messages, published, redis };
}

test('what arrived is told once', async () => {
  const { messages, published } = setUp();
  messages.told('a', 'hello', true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(published).toEqual([]);
});

test('what was told while Redis was away is told again, in order, when it is back and all listen', async () => {
  const { messages, published, redis } = setUp();
  redis.isAway = true;
  messages.told('a', 'one', false);
  messages.told('b', 'two', false);
  await vi.advanceTimersByTimeAsync(5_000);
  redis.isAway = false;
  messages.restored();
  // It was heard by whoever was quicker than the others.
  messages.told('c', 'three', true);
  await vi.advanceTimersByTimeAsync(900);
  expect(published).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(published).toEqual(['one', 'two', 'three']);
  messages.told('d', 'four', true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(published).toHaveLength(3);
});

test('what is heard twice is new once', () => {
  const { messages } = setUp();
  expect([messages.isNew('a'), messages.isNew('b'), messages.isNew('a')]).toEqual([
    true,
    true,
    false,
  ]);
});

test('nothing is told once it is closed', async () => {
  const { messages, published } = setUp();
  messages.told('a', 'one', false);
  messages.close();
  messages.told('b', 'two', false);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(published).toEqual([]);
});
