import { expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import { measureRedis } from './measured-redis.ts';
import type { RedisStore } from './redis.ts';

test('every request is timed under what came of it, and answers as without', async () => {
  const outcomes: unknown[] = [];
  const store = {
    keyPrefix: 'p:',
    run: (commands: (client: never) => unknown) => commands(undefined as never),
    ping: async () => undefined,
  } as unknown as RedisStore;
  const measured = measureRedis(store, {
    observe: (_name, labels, seconds) => outcomes.push([labels, seconds >= 0 && seconds < 5]),
  });
  expect(measured.keyPrefix).toBe('p:');
  expect(await measured.run(async () => 7)).toBe(7);
  await measured.ping();
  const away = new AppError('unavailable');
  await expect(measured.run(() => Promise.reject(away))).rejects.toBe(away);
  const fault = new Error('WRONGTYPE');
  await expect(measured.run(() => Promise.reject(fault))).rejects.toBe(fault);
  expect(outcomes).toEqual(
    ['ok', 'ok', 'unavailable', 'failed'].map((outcome) => [{ outcome }, true]),
  );
});
