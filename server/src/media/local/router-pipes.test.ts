import { expect, test } from 'vitest';
import { pipePorts } from './router-pipes.ts';

test.each([
  [40_000, 8],
  [10_000, 256],
  [29_000, 256],
  [29_900, 256],
  [50_000, 1],
  [0, 4],
])('pipes take no port that belongs to a worker, with %i for the first of %i', (port, count) => {
  const { min, max } = pipePorts(port, count);
  expect(max - min).toBeGreaterThan(10_000);
  const isApart = port === 0 || port > max || port + count - 1 < min;
  expect(isApart).toBe(true);
});
