import { expect, test } from 'vitest';
import { WaitingLine } from './waiting-line.ts';

/** Tasks that end when the test says so. */
function makeTasks(line: WaitingLine, count: number) {
  const started: number[] = [];
  return {
    started,
    tasks: Array.from({ length: count }, (_, index) => {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const result = line.run(() => {
        started.push(index);
        return promise;
      });
      return { result, end: () => resolve(index), fail: () => reject(new Error('failed')) };
    }),
  };
}

test('a line runs so many tasks at once, and the next ones in their order', async () => {
  const { tasks, started } = makeTasks(new WaitingLine({ atOnce: 2, waiting: 10 }), 4);
  const [first, second, third, fourth] = tasks;
  expect(started).toEqual([0, 1]);
  second?.end();
  expect(await second?.result).toBe(1);
  await expect.poll(() => started).toEqual([0, 1, 2]);
  first?.fail();
  await expect(first?.result).rejects.toThrow('failed');
  await expect.poll(() => started).toEqual([0, 1, 2, 3]);
  third?.end();
  fourth?.end();
  expect(await Promise.all([third?.result, fourth?.result])).toEqual([2, 3]);
});

test('a line refuses whom it has no place to wait for, and takes others later', async () => {
  const line = new WaitingLine({ atOnce: 1, waiting: 1 });
  const [running, waiting, refused] = makeTasks(line, 3).tasks;
  await expect(refused?.result).rejects.toMatchObject({
    code: 'rate_limited',
    retryAfterMs: expect.any(Number),
  });
  running?.end();
  waiting?.end();
  await Promise.all([running?.result, waiting?.result]);
  expect(await line.run(async () => 'later')).toBe('later');
});
