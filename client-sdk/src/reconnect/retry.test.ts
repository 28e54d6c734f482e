import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ServerError } from '../errors.ts';
import { DefaultReconnectPolicy, type ReconnectContext } from './reconnect-policy.ts';
import { type RetryOptions, retry } from './retry.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = () => new Promise<void>(() => undefined);

function options(more: Partial<RetryOptions> = {}): RetryOptions {
  return {
    policy: { nextRetryDelayInMs: ({ retryCount }) => retryCount * 1_000 },
    serverUrl: 'https://meet.example.org',
    signal: new AbortController().signal,
    sooner: never,
    isFinal: () => false,
    ...more,
  };
}

/** Fails so many times, and notes when it was tried. */
function failing(times: number, error: Error = new Error('not yet')) {
  const triedAt: number[] = [];
  const work = vi.fn(async () => {
    triedAt.push(Date.now());
    if (triedAt.length <= times) throw error;
    return 'done';
  });
  return { work, triedAt };
}

test('what fails is tried again after the delays of the policy', async () => {
  const { work, triedAt } = failing(3);
  const result = retry(work, options());
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await result).toBe('done');
  const startedAt = triedAt[0] ?? 0;
  expect(triedAt.map((at) => at - startedAt)).toEqual([0, 1_000, 3_000, 6_000]);
});

test('the policy hears how often, for how long and why, and may give up', async () => {
  const contexts: ReconnectContext[] = [];
  const error = new Error('no way');
  const policy = {
    nextRetryDelayInMs(context: ReconnectContext) {
      contexts.push(context);
      return context.retryCount < 2 ? 500 : null;
    },
  };
  const result = retry(failing(9, error).work, options({ policy }));
  const outcome = expect(result).rejects.toBe(error);
  await vi.advanceTimersByTimeAsync(2_000);
  await outcome;
  expect(contexts).toMatchObject([
    { retryCount: 0, elapsedMs: 0, serverUrl: 'https://meet.example.org' },
    { retryCount: 1, retryReason: error },
    { retryCount: 2, retryReason: error },
  ]);
  expect(contexts[2]?.elapsedMs).toBe(1_000);
});

test('a server that says how long to wait is not asked sooner', async () => {
  const busy = new ServerError({
    code: 'rate_limited',
    message: '',
    retryable: true,
    retryAfterMs: 8_000,
  });
  const { work, triedAt } = failing(1, busy);
  const result = retry(work, options());
  await vi.advanceTimersByTimeAsync(8_000);
  await result;
  expect((triedAt[1] ?? 0) - (triedAt[0] ?? 0)).toBe(8_000);
});

test('a network that comes back ends the delay', async () => {
  const network = Promise.withResolvers<void>();
  const { work, triedAt } = failing(1);
  const policy = { nextRetryDelayInMs: ({ retryCount }: ReconnectContext) => retryCount * 60_000 };
  const result = retry(work, options({ policy, sooner: () => network.promise }));
  await vi.advanceTimersByTimeAsync(100);
  network.resolve();
  await result;
  expect((triedAt[1] ?? 0) - (triedAt[0] ?? 0)).toBe(100);
});

test('a try that hangs gives way to the next, each with more time than the last', async () => {
  const startedAt = Date.now();
  const triedAt: number[] = [];
  const policy = {
    nextRetryDelayInMs: ({ retryCount }: ReconnectContext) => (retryCount > 4 ? null : 0),
  };
  const hanging = (signal: AbortSignal) => {
    triedAt.push(Date.now() - startedAt);
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  };
  const outcome = expect(retry(hanging, options({ policy }))).rejects.toThrow(
    'before the deadline',
  );
  await vi.advanceTimersByTimeAsync(60_000);
  await outcome;
  expect(triedAt).toEqual([0, 2_000, 6_000, 14_000, 24_000]);
});

test('a try that says so takes as long as it takes', async () => {
  const waiting = (signal: AbortSignal, _: AbortSignal, hold: () => void) => {
    hold();
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      setTimeout(() => resolve('let in'), 3_600_000);
    });
  };
  const outcome = retry(waiting, options());
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(await outcome).toBe('let in');
});

test('a final answer is not asked for twice, and who gives up waits for nothing', async () => {
  const { work } = failing(9, new Error('never'));
  await expect(retry(work, options({ isFinal: () => true }))).rejects.toThrow('never');
  expect(work).toHaveBeenCalledTimes(1);
  const controller = new AbortController();
  const outcome = expect(
    retry(failing(9).work, options({ signal: controller.signal })),
  ).rejects.toThrow('enough');
  await vi.advanceTimersByTimeAsync(500);
  controller.abort(new Error('enough'));
  await outcome;
});

test('the default delays grow, differ from client to client, and end after two minutes', () => {
  const policy = new DefaultReconnectPolicy();
  const delays = (retryCount: number, elapsedMs = 0) =>
    Array.from({ length: 200 }, () => policy.nextRetryDelayInMs({ retryCount, elapsedMs }) ?? -1);
  expect(new Set(delays(0))).toEqual(new Set([0]));
  for (const [count, base] of [
    [1, 300],
    [2, 1_200],
    [3, 2_700],
    [4, 4_800],
    [5, 7_000],
    [50, 7_000],
  ] as const) {
    const all = delays(count);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(base / 2);
    expect(Math.max(...all)).toBeLessThanOrEqual(base * 1.5);
    expect(new Set(all).size).toBeGreaterThan(100);
  }
  expect(delays(9, 120_001)[0]).toBe(-1);
});
