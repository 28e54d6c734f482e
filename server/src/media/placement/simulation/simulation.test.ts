import { describe, expect, test } from 'vitest';
import { fewestPlaces } from './bounds.ts';
import { heldComparisons, reportText, TOLERATED_EXCESS } from './report.ts';
import { simulate } from './simulate.ts';
import { planTraffic, WARM_UP_S } from './traffic.ts';

const OPTIONS = {
  nodes: 8,
  coresPerNode: 12,
  rooms: 400,
  participants: 10_000,
  regions: 2,
  durationS: 2_400,
  seed: 1,
};

describe('placement in a simulated cluster', () => {
  const simulation = simulate(OPTIONS);
  const { day, crush } = simulation;

  test.each(heldComparisons(day).map((one) => [one.name, one] as const))(
    'is within 15 %% of the best packing on a usual day: %s',
    (_, { actual, best, excess }) => {
      expect(Math.min(actual, best)).toBeGreaterThan(0);
      expect(excess).toBeLessThanOrEqual(TOLERATED_EXCESS);
    },
  );

  test('refuses nobody on a usual day, and loses nobody by failures and drains', () => {
    expect(day).toMatchObject({ refused: 0, lost: 0 });
    expect(day.joins).toBeGreaterThan(OPTIONS.participants);
    expect(day.moves.actual).toBeGreaterThan(OPTIONS.participants / OPTIONS.nodes);
    expect(day.longestDrainS).toBeLessThan(60);
  });

  test('refuses people in a crush, but none that it could have carried beyond 15 %', () => {
    expect(crush.nodes).toBeLessThan(OPTIONS.nodes);
    expect(crush.refused).toBeGreaterThan(0);
    expect(crush.carried.excess).toBeLessThanOrEqual(TOLERATED_EXCESS);
    expect(crush.cores.excess).toBeLessThanOrEqual(TOLERATED_EXCESS);
  });

  test('has no bound that it could beat', () => {
    for (const { cores, carried, streams } of [day, crush]) {
      expect(cores.excess).toBeGreaterThanOrEqual(0);
      expect(carried.excess).toBeGreaterThanOrEqual(0);
      expect(streams.excess).toBeGreaterThanOrEqual(0);
    }
    expect(day.pipes.actual).toBeGreaterThanOrEqual(day.fewestPipes);
  });

  test('comes out the same for the same seed, and differs for another', () => {
    const brief = { ...OPTIONS, nodes: 2, rooms: 60, participants: 1_500, durationS: 1_200 };
    const first = simulate(brief);
    expect(simulate(brief)).toEqual(first);
    expect(simulate({ ...brief, seed: 2 }).day).not.toEqual(first.day);
  });

  test('is told in a table', () => {
    const text = reportText(simulation);
    expect(text).toMatch(/cores in use +[\d,]+ +[\d,]+ +\d+\.\d % {2}✓/);
    expect(text).not.toMatch(/NaN|undefined/);
  });
});

describe('the simulated people', () => {
  const arrivals = planTraffic(OPTIONS);
  const visits = arrivals.flat();

  test('are about as many at a time as was asked for', () => {
    const moments = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map((share) => OPTIONS.durationS * share);
    const there = moments.map(
      (moment) => visits.filter(({ fromS, toS }) => fromS <= moment && moment < toS).length,
    );
    const mean = there.reduce((sum, one) => sum + one, 0) / there.length;
    expect(mean / OPTIONS.participants).toBeGreaterThan(0.85);
    expect(mean / OPTIONS.participants).toBeLessThan(1.15);
  });

  test('are in small rooms mostly, and in a few large ones', () => {
    const sizes = [...new Set(visits.map(({ meeting }) => meeting))]
      .map(({ size }) => size)
      .sort((one, other) => other - one);
    const people = sizes.reduce((sum, size) => sum + size, 0);
    const largest = sizes.slice(0, Math.ceil(sizes.length / 20));
    expect(largest.reduce((sum, size) => sum + size, 0) / people).toBeGreaterThan(0.25);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThan(people / sizes.length);
  });

  test('come in storms', () => {
    const usual = visits.length / OPTIONS.durationS;
    const busiest = Math.max(...arrivals.slice(WARM_UP_S).map((second) => second.length));
    expect(busiest).toBeGreaterThan(usual * 5);
  });
});

describe('the fewest places of a room', () => {
  test.each([
    ['one, when it fits', 0.6, 0.01, 0.6, 1],
    ['two, when it does not', 0.61, 0.01, 0.6, 2],
    ['two, when they have just enough for it and the pipes', 1.19, 0.01, 0.6, 2],
    ['three, when the pipes are too much', 1.2, 0.01, 0.6, 3],
    ['endless, when pipes take all that a place has', 1, 0.6, 0.6, Number.POSITIVE_INFINITY],
  ])('are %s', (_, cores, pipeCores, coresPerPlace, expected) => {
    expect(fewestPlaces({ cores, pipeCores }, coresPerPlace)).toBe(expected);
  });
});
