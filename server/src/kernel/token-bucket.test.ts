import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('a bucket allows its burst, then its rate, and says how long to wait', () => {
  let now = 1_000;
  const bucket = new TokenBucket({ capacity: 3, refillPerSecond: 10 }, () => now);
  expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 0]);
  expect(bucket.take()).toBe(100);
  now += 40;
  expect(bucket.take()).toBe(60);
  now += 60;
  expect(bucket.take()).toBe(0);
  expect(bucket.take()).toBe(100);
});

test('a bucket holds no more than its burst, and a clock that goes back takes nothing from it', () => {
  let now = 1_000;
  const bucket = new TokenBucket({ capacity: 2, refillPerSecond: 10 }, () => now);
  now += 3_600_000;
  expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 100]);
  now -= 1_800_000;
  expect(bucket.take()).toBe(100);
  now += 100;
  expect(bucket.take()).toBe(0);
});

test('a bucket gives several tokens at once, or none of them', () => {
  let now = 1_000;
  const bucket = new TokenBucket({ capacity: 5, refillPerSecond: 10 }, () => now);
  expect(bucket.take(3)).toBe(0);
  expect(bucket.take(3)).toBe(100);
  expect(bucket.take(2)).toBe(0);
  now += 500;
  expect(bucket.take(5)).toBe(0);
});
