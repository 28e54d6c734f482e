import { LIMITS } from '@balai/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { DataPace } from './data-pace.ts';

const MIB = 1024 * 1024;
/** A small message, as a pointer that moves. */
const SMALL = LIMITS.dataMessageCost + 100;

let now: number;
let pace: DataPace;

beforeEach(() => {
  now = 1_000_000;
  pace = new DataPace(() => now);
});

/** Sends lossy messages evenly for some seconds, and says what became of them. */
function sendLossy(perSecond: number, seconds: number, receivers: number, cost = SMALL) {
  const verdicts = { pass: 0, drop: 0, flood: 0 };
  for (let index = 0; index < perSecond * seconds; index += 1) {
    now += 1_000 / perSecond;
    const verdict = pace.judgeLossy(cost);
    verdicts[verdict] += 1;
    if (verdict === 'pass') pace.spendLossy(cost, receivers);
  }
  return verdicts;
}

describe('what is lossy (SPEC 10.15)', () => {
  test('passes at the pace that clients keep, to a few', () => {
    const perSecond = LIMITS.dataLossyBytesPerSecond / SMALL;
    const { drop, flood } = sendLossy(perSecond, 30, 10);
    expect({ drop, flood }).toEqual({ drop: 0, flood: 0 });
  });

  test('counts for each receiver', () => {
    expect(sendLossy(60, 30, 100)).toEqual({ pass: 1_800, drop: 0, flood: 0 });
    const { pass, drop, flood } = sendLossy(400, 30, 100);
    expect(pass * 100 * SMALL).toBeLessThan(31 * 8 * MIB + MIB);
    expect(drop).toBeGreaterThan(9_000);
    // It kept its own pace: that the room is large is not its fault.
    expect(flood).toBe(0);
  });

  test('is a flood where it goes on far beyond the pace', () => {
    expect(sendLossy(1_000, 10, 1).flood).toBeGreaterThan(0);
    const other = new DataPace(() => now);
    const burst = Array.from({ length: 40 }, () => other.judgeLossy(61_000));
    expect(burst[0]).toBe('pass');
    expect(burst.at(-1)).toBe('flood');
  });
});

describe('what is reliable (SPEC 10.15)', () => {
  test('waits for its pace, which counts each receiver', () => {
    pace.spendReliable(MIB, 16);
    expect(pace.reliableWaitMs()).toBe(0);
    pace.spendReliable(MIB, 16);
    expect(pace.reliableWaitMs()).toBe(1_000);
    now += 999;
    expect(pace.reliableWaitMs()).toBeGreaterThan(0);
    now += 1;
    expect(pace.reliableWaitMs()).toBe(0);
  });

  test('for nobody counts too: it comes all the same', () => {
    for (let count = 0; count < 9; count += 1) pace.spendReliable(MIB, 0);
    expect(pace.reliableWaitMs()).toBe(125);
  });
});
