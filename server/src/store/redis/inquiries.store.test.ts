import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CuttableProxy, startCuttableProxy } from '../../../test/cuttable-proxy.ts';
import { createTestRedisUrl, silentLogger } from '../../../test/test-stores.ts';
import { AppError } from '../../kernel/app-error.ts';
import { type Inquiries, openInquiries, type Topic } from './inquiries.ts';
import { connectRedis, type RedisStore } from './redis.ts';

const DOUBLE: Topic<number, number> = { name: 'double' };
const code = (expected: string) => expect.objectContaining({ code: expected });

type Process = Inquiries & { close(): Promise<void> };

let proxy: CuttableProxy;
let stores: RedisStore[];
let processes: Process[];
let asker: Process;
let second: Process;
let third: Process;
beforeAll(async () => {
  const url = createTestRedisUrl();
  proxy = await startCuttableProxy(url, 6_379);
  stores = await Promise.all([url, url, proxy.url].map((one) => connectRedis(one, silentLogger)));
});
beforeEach(async () => {
  processes = await Promise.all(stores.map((redis) => openInquiries(redis, silentLogger)));
  [asker, second, third] = processes as [Process, Process, Process];
  return async () => {
    await Promise.all(processes.map((one) => one.close()));
  };
});
afterAll(async () => {
  await Promise.all(stores.map((redis) => redis.close()));
  await proxy.close();
});

describe('what is asked of the others', () => {
  test('is found with the one who has it, and never with who asks', async () => {
    asker.answer(DOUBLE, async () => 0);
    second.answer(DOUBLE, async () => undefined);
    third.answer(DOUBLE, async (question) => question * 2);
    expect(await asker.find(DOUBLE, 21)).toBe(42);
  });

  test('is undefined where each says that it has nothing, or knows no such question', async () => {
    second.answer(DOUBLE, async () => undefined);
    expect(await asker.find(DOUBLE, 21)).toBeUndefined();
    expect(await asker.gather(DOUBLE, 21)).toEqual([]);
  });

  test('is gathered from all, and does not wait for who is gone', async () => {
    second.answer(DOUBLE, async () => 2);
    third.answer(DOUBLE, async () => 3);
    expect((await asker.gather(DOUBLE, 1)).toSorted()).toEqual([2, 3]);
    await third.close();
    await expect.poll(() => asker.gather(DOUBLE, 1)).toEqual([2]);
  });

  test('fails as it failed there', async () => {
    second.answer(DOUBLE, async () => {
      throw new AppError('rate_limited', 'Too many', { retryAfterMs: 7 });
    });
    await expect(asker.find(DOUBLE, 1)).rejects.toMatchObject({
      code: 'rate_limited',
      message: 'Too many',
      retryAfterMs: 7,
    });
    second.answer(DOUBLE, async () => {
      throw new Error('A secret');
    });
    const fault = await asker.gather(DOUBLE, 1).catch((error: unknown) => error);
    expect(fault).toEqual(code('internal'));
    expect(String(fault)).not.toContain('secret');
  });

  test('is unavailable where somebody does not answer in time, or Redis does not', async () => {
    second.answer(DOUBLE, () => new Promise(() => undefined));
    await expect(asker.find(DOUBLE, 1, 50)).rejects.toEqual(code('unavailable'));
    await proxy.cut();
    await expect(third.find(DOUBLE, 1)).rejects.toEqual(code('unavailable'));
    await proxy.mend();
  });

  test('ends when the process does', async () => {
    second.answer(DOUBLE, () => new Promise(() => undefined));
    const asking = asker.find(DOUBLE, 1);
    const ended = expect(asking).rejects.toEqual(code('shutting_down'));
    await asker.close();
    await ended;
  });
});
