import { expect, test } from 'vitest';
import { Offences } from './data-offences.ts';

test('each offence doubles the wait, up to a bound, and time forgives (SPEC 10.8, 10.9)', () => {
  let now = 1_000_000;
  const spec = { free: 1, firstWaitMs: 2_000, longestWaitMs: 7_000, forgottenMs: 60_000 };
  const offences = new Offences(spec, () => now);
  const waits = [offences.waitMs()];
  for (let count = 0; count < 5; count += 1) {
    offences.add();
    waits.push(offences.waitMs());
  }
  expect(waits).toEqual([0, 0, 2_000, 4_000, 7_000, 7_000]);
  now += 6_999;
  expect(offences.waitMs()).toBe(1);
  now += 1;
  expect(offences.waitMs()).toBe(0);
  expect(offences.count).toBe(5);
  now += 53_000;
  expect(offences.count).toBe(0);
  offences.add();
  expect(offences.waitMs()).toBe(0);
});
