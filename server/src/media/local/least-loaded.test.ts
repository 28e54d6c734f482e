import { describe, expect, test } from 'vitest';
import { findLeastLoaded } from './least-loaded.ts';

const idle = { routers: 0, transports: 0, consumers: 0 };

describe('findLeastLoaded', () => {
  test.each([
    ['the first of idle workers', [idle, idle], 0],
    ['the worker without a router', [{ ...idle, routers: 1 }, idle], 1],
    [
      'the one that forwards less, whatever the number of rooms',
      [
        { routers: 1, transports: 20, consumers: 90 },
        { routers: 9, transports: 20, consumers: 20 },
      ],
      1,
    ],
    [
      'the one where fewer people have just joined, before they receive anything',
      [
        { routers: 1, transports: 30, consumers: 0 },
        { routers: 1, transports: 4, consumers: 12 },
      ],
      1,
    ],
    [
      'the one with fewer rooms among equals',
      [
        { routers: 3, transports: 6, consumers: 6 },
        { routers: 2, transports: 6, consumers: 6 },
      ],
      1,
    ],
  ])('chooses %s', (_name, loads, expected) => {
    const workers = loads.map((load, index) => ({ index, load }));
    expect(findLeastLoaded(workers)?.index).toBe(expected);
  });

  test('finds none where there is none', () => {
    expect(findLeastLoaded([])).toBeUndefined();
  });
});
