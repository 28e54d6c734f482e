import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PLACEMENT_LIMITS } from '../placement/place-load.ts';
import { LoadMeter } from './load-meter.ts';

describe('the meter of a worker', () => {
  const faults: unknown[] = [];
  let cpuMs: number;
  let commands: number;
  let isIdle: boolean;
  let consumers: number;
  let memoryBytes: number;
  let meter: LoadMeter;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
    faults.length = 0;
    [cpuMs, commands, isIdle, consumers, memoryBytes] = [0, 0, false, 0, 0];
    meter = new LoadMeter(
      {
        getResourceUsage: async () => {
          commands += 1;
          return { ru_utime: cpuMs / 2, ru_stime: cpuMs / 2 };
        },
        readMemory: async () => memoryBytes,
        countConsumers: () => consumers,
        isIdle: () => isIdle,
      },
      PLACEMENT_LIMITS,
      (error) => faults.push(error),
    );
  });

  afterEach(() => {
    meter.close();
    vi.useRealTimers();
    expect(faults).toEqual([]);
  });

  /** A second in which the worker took so much of a core. */
  async function pass(cpuShare: number): Promise<void> {
    cpuMs += cpuShare * 1_000;
    await vi.advanceTimersByTimeAsync(1_000);
  }

  function transport(recvBitrate: number, sendBitrate: number) {
    let asked = 0;
    return {
      getStats: async () => {
        asked += 1;
        return [{ recvBitrate, sendBitrate }];
      },
      count: () => asked,
    };
  }

  test('tells the share of a core of each second', async () => {
    await pass(0.9);
    expect(meter.measured.cpuShare).toBe(0);
    await pass(0.25);
    expect(meter.measured.cpuShare).toBeCloseTo(0.25);
    await pass(0.5);
    expect(meter.measured.cpuShare).toBeCloseTo(0.5);
    expect(meter.place.share).toBeCloseTo(0.5);
  });

  test('counts who was placed at once, and not for long', async () => {
    await pass(0);
    await pass(0.1);
    meter.notePlacement({ share: 0.2, growthShare: 0 });
    expect(meter.place.share).toBeCloseTo(0.3);
    await pass(0.1);
    expect(meter.place.share).toBeGreaterThan(0.1);
    await pass(0.3);
    expect(meter.place.share).toBeCloseTo(0.3);
  });

  test('takes thousands of paused subscriptions for what they may become', async () => {
    consumers = 4_000;
    await pass(0);
    await pass(0);
    expect(meter.place.share).toBeGreaterThan(PLACEMENT_LIMITS.fullAt);
    expect(meter.measured.cpuShare).toBe(0);
  });

  test('knows the memory of a worker, an idle one too', async () => {
    isIdle = true;
    memoryBytes = 7_000_000;
    expect(meter.measured.memoryBytes).toBe(0);
    await pass(0);
    expect(meter.measured.memoryBytes).toBe(7_000_000);
  });

  test('asks nothing of an idle worker', async () => {
    await pass(0.5);
    await pass(0.5);
    isIdle = true;
    const before = commands;
    await pass(0);
    await pass(0);
    expect(commands).toBe(before);
    expect(meter.measured.cpuShare).toBe(0);
    expect(meter.place.share).toBe(0);
  });

  test('asks each transport in its turn, the newest too, and adds them up', async () => {
    const transports = Array.from({ length: 40 }, () => transport(1_000, 100));
    for (const one of transports) meter.add(one);
    await pass(0);
    expect(transports.map(({ count }) => count()).filter((count) => count > 0)).toHaveLength(2);
    for (let second = 1; second < 20; second += 1) await pass(0);
    expect(transports.map(({ count }) => count())).toEqual(transports.map(() => 1));
    expect(meter.measured).toMatchObject({ incomingBps: 40_000, outgoingBps: 4_000 });
    for (const one of transports.slice(1)) meter.remove(one);
    expect(meter.measured).toMatchObject({ incomingBps: 1_000, outgoingBps: 100 });
  });

  test('passes over a transport that closes while it is asked', async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    const one = { getStats: () => promise };
    meter.add(one);
    await pass(0);
    meter.remove(one);
    reject(new Error('closed'));
    await pass(0);
    await pass(0.5);
    expect(meter.measured.cpuShare).toBeGreaterThan(0);
  });
});
