import { afterEach, describe, expect, test } from 'vitest';
import { createTestRedisUrl, silentLogger } from '../../../test/test-stores.ts';
import { checkWithin, createFailureLimit } from './failure-limit.ts';
import { connectRedis, type RedisStore } from './redis.ts';

const SPEC = { name: 'riddle', failures: 10, windowMs: 60_000 };
const FORGIVING = { ...SPEC, isForgiving: true };

const opened: RedisStore[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((redis) => redis.close()));
});

async function open(url = createTestRedisUrl()): Promise<RedisStore> {
  const redis = await connectRedis(url, silentLogger);
  opened.push(redis);
  return redis;
}

/** Takes as long as a password does. */
const think = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('a limit of failures', () => {
  test('looks at no more than the limit of a hundred guesses at once, over two processes', async () => {
    const url = createTestRedisUrl();
    const limits = [await open(url), await open(url)].map((redis) =>
      createFailureLimit(redis, SPEC),
    );
    let checks = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) => {
        const limit = limits[index % 2];
        if (limit === undefined) {
          throw new Error('there are two');
        }
        return checkWithin([[limit, 'a']], async () => {
          checks += 1;
          await think();
          return false;
        });
      }),
    );
    expect(checks).toBe(10);
    const refusals = results.filter(({ status }) => status === 'rejected');
    expect(refusals).toHaveLength(90);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ reason: { code: 'rate_limited' } });
    }
  });

  test('lets everybody in who is right, however many come at once', async () => {
    const limit = createFailureLimit(await open(), SPEC);
    let underWay = 0;
    let most = 0;
    const results = await Promise.all(
      Array.from({ length: 60 }, () =>
        checkWithin([[limit, 'a']], async () => {
          underWay += 1;
          most = Math.max(most, underWay);
          await think();
          underWay -= 1;
          return true;
        }),
      ),
    );
    expect(results).toEqual(Array<boolean>(60).fill(true));
    expect(most).toBeLessThanOrEqual(10);
    expect(most).toBeGreaterThan(1);
  });

  test('lets who has one failure left, and is right, in many times at once', async () => {
    const limit = createFailureLimit(await open(), FORGIVING);
    for (let failure = 0; failure < 9; failure += 1) {
      expect(await checkWithin([[limit, 'a']], async () => false)).toBe(false);
    }
    const right = () => checkWithin([[limit, 'a']], async () => think().then(() => true));
    expect(await Promise.all([right(), right(), right()])).toEqual([true, true, true]);
  });

  test('forgets failures after a success only where it is forgiving', async () => {
    const redis = await open();
    for (const [spec, isForgiving] of [
      [SPEC, false],
      [FORGIVING, true],
    ] as const) {
      const limit = createFailureLimit(redis, { ...spec, name: `riddle-${isForgiving}` });
      const guess = (isRight: boolean) => checkWithin([[limit, 'a']], async () => isRight);
      for (let failure = 0; failure < 9; failure += 1) {
        await guess(false);
      }
      await guess(true);
      await guess(false);
      await (isForgiving
        ? expect(guess(false)).resolves.toBe(false)
        : expect(guess(false)).rejects.toMatchObject({ code: 'rate_limited' }));
    }
  });

  test('counts nothing where the check itself fails, or a wider limit refuses', async () => {
    const redis = await open();
    const narrow = createFailureLimit(redis, { ...SPEC, name: 'narrow', failures: 1 });
    const wide = createFailureLimit(redis, { ...SPEC, name: 'wide', failures: 1 });
    const away = () => Promise.reject(new Error('away'));
    await expect(checkWithin([[narrow, 'a']], away)).rejects.toThrow('away');
    await checkWithin([[wide, 'a']], async () => false);
    const both = [
      [narrow, 'a'],
      [wide, 'a'],
    ] as const;
    await expect(checkWithin(both, async () => true)).rejects.toMatchObject({
      code: 'rate_limited',
    });
    expect(await checkWithin([[narrow, 'a']], async () => true)).toBe(true);
  });

  test('counts each subject apart, and says until when it refuses', async () => {
    const limit = createFailureLimit(await open(), { ...SPEC, failures: 1 });
    await checkWithin([[limit, 'a']], async () => false);
    const refusal = await limit.begin('a').catch((error: unknown) => error);
    const { retryAfterMs } = refusal as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(await checkWithin([[limit, 'b']], async () => true)).toBe(true);
  });

  test('tells nobody how it went without Redis', async () => {
    const redis = await open();
    const limit = createFailureLimit(redis, SPEC);
    const attempt = await limit.begin('a');
    await redis.close();
    await expect(attempt.settle('wrong')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(limit.begin('a')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
