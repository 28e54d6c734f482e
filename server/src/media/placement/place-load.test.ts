import { describe, expect, test } from 'vitest';
import { afterMeasurement, afterPlacement, NO_LOAD, nodeShare, workerShare } from './place-load.ts';

const someone = { share: 0.01, growthShare: 0 };

describe('the load of a place', () => {
  test('counts whoever was placed from that moment on', () => {
    let load = afterMeasurement(NO_LOAD, 0.2);
    for (let count = 0; count < 10; count += 1) load = afterPlacement(load, someone);
    expect(load.share).toBeCloseTo(0.3);
  });

  test('is what was measured once a whole interval has passed', () => {
    const placed = afterPlacement(afterMeasurement(NO_LOAD, 0.2), { share: 0.1, growthShare: 0 });
    // They came in the middle of it, on average.
    const next = afterMeasurement(placed, 0.25);
    expect(next.share).toBeCloseTo(0.3);
    expect(afterMeasurement(next, 0.3).share).toBeCloseTo(0.3);
  });

  test.each([
    [[0.59], false],
    [[0.61], true],
    [[0.61, 0.59], true],
    [[0.61, 0.46], true],
    [[0.61, 0.44], false],
    [[0.61, 0.44, 0.59], false],
    [[0.61, 0.44, 0.61], true],
  ])('after %j is busy: %s', (shares, isBusy) => {
    const load = shares.reduce((before, share) => afterMeasurement(before, share), NO_LOAD);
    expect(load.isBusy).toBe(isBusy);
  });

  test('is busy at once when a storm makes it so', () => {
    let load = NO_LOAD;
    for (let count = 0; count < 59; count += 1) load = afterPlacement(load, someone);
    expect(load.isBusy).toBe(false);
    expect(afterPlacement(load, { share: 0.02, growthShare: 0 }).isBusy).toBe(true);
  });

  test('expects less growth of a room the longer it has been there', () => {
    let load = afterPlacement(NO_LOAD, { share: 0.01, growthShare: 0.1 });
    expect(load.growthShare).toBe(0.1);
    for (let second = 0; second < 41; second += 1) load = afterMeasurement(load, 0.01);
    expect(load.growthShare).toBeCloseTo(0.05);
    expect(load.share).toBeCloseTo(0.01);
  });
});

describe('one figure', () => {
  test('for a worker is what it takes, or what it has promised', () => {
    expect(workerShare({ cpuShare: 0.3, consumers: 400 })).toBe(0.3);
    expect(workerShare({ cpuShare: 0.01, consumers: 2_000 })).toBe(0.5);
  });

  test('for a node is the mean of its workers', () => {
    expect(nodeShare([0.2, 0.4])).toBeCloseTo(0.3);
  });

  test('for a node without workers is full', () => {
    expect(nodeShare([])).toBe(1);
  });
});
