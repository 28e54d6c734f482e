import { expect, test } from 'vitest';
import { CommandLog } from './command-log.ts';
import type { CommandAnswer } from './wire.ts';

test('a command that comes again gets the answer to the first, also while that is under way', async () => {
  const log = new CommandLog();
  const { promise, resolve } = Promise.withResolvers<CommandAnswer>();
  let runs = 0;
  const run = () => {
    runs += 1;
    return promise;
  };
  const answers = [log.once(1, run), log.once(1, run)];
  resolve({ id: 1, result: 'done' });
  answers.push(log.once(1, run));
  expect(await Promise.all(answers)).toEqual(answers.map(() => ({ id: 1, result: 'done' })));
  expect(runs).toBe(1);
});

test('answers are kept until the replica says that it has them', async () => {
  const log = new CommandLog();
  for (const id of [1, 2, 3]) await log.once(id, async () => ({ id, result: 'first' }));
  log.settle(2);
  expect(log.size).toBe(1);
  const again = async (id: number) => log.once(id, async () => ({ id, result: 'again' }));
  expect(await again(3)).toEqual({ id: 3, result: 'first' });
  log.settle(3);
  expect(log.size).toBe(0);
});
