import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WorkerWatch } from './worker-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watch(ask: () => Promise<unknown>) {
  const onHanging = vi.fn();
  return { onHanging, worker: new WorkerWatch({ ask, onHanging }) };
}

test('a worker that answers, be it late or with a refusal, is left alone', async () => {
  let count = 0;
  const { onHanging, worker } = watch(async () => {
    count += 1;
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    if (count % 2 === 0) throw new Error('not now');
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(count).toBeGreaterThan(10);
  expect(onHanging).not.toHaveBeenCalled();
  worker.close();
});

test('one that does not answer for five seconds hangs, which is told once', async () => {
  const { onHanging } = watch(() => new Promise(() => undefined));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(onHanging).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(500);
  expect(onHanging).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(onHanging).toHaveBeenCalledOnce();
});

test('time in which nobody looked does not count', async () => {
  const { onHanging, worker } = watch(() => new Promise(() => undefined));
  await vi.advanceTimersByTimeAsync(1_000);
  // This process stood still: of all the looks that were due there is one.
  vi.setSystemTime(Date.now() + 60_000);
  worker.look();
  expect(onHanging).not.toHaveBeenCalled();
  worker.close();
});

test('nobody is asked once it is closed', async () => {
  const ask = vi.fn(async () => undefined);
  const { worker } = watch(ask);
  worker.close();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ask).not.toHaveBeenCalled();
});
