import { expect, test } from 'vitest';
import { AppError } from '../../kernel/app-error.ts';
import { SharedPace } from './shared-pace.ts';

/** Lets promises settle that wait for nothing. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('messages are reported at most once a second, together', async () => {
  let now = 0;
  const reports: number[] = [];
  const pace = new SharedPace(
    async (messages) => {
      reports.push(messages);
    },
    () => now,
  );
  for (now = 0; now < 2_500; now += 100) {
    expect(pace.take()).toBe(0);
  }
  expect(reports).toEqual([11, 10]);
});

test('messages are refused for as long as the others’ count says', async () => {
  let now = 0;
  const pace = new SharedPace(
    () => Promise.reject(new AppError('rate_limited', undefined, { retryAfterMs: 3_000 })),
    () => now,
  );
  now = 1_000;
  expect(pace.take()).toBe(0);
  await settle();
  expect(pace.take()).toBe(3_000);
  now = 3_500;
  expect(pace.take()).toBe(500);
});

test('nobody is refused because Redis is away', async () => {
  let now = 0;
  const pace = new SharedPace(
    () => Promise.reject(new AppError('unavailable')),
    () => now,
  );
  now = 1_000;
  pace.take();
  await settle();
  expect(pace.take()).toBe(0);
});
