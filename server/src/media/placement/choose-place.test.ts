import { describe, expect, test } from 'vitest';
import { chooseNode, chooseWorker, type Place, type Placement } from './choose-place.ts';
import { afterMeasurement, NO_LOAD, PLACEMENT_LIMITS, type PlaceLoad } from './place-load.ts';

/** A load as it was measured a while ago: busy if it was above the limit, or is said to be still. */
function loadOf(share: number, isBusy = share > PLACEMENT_LIMITS.spillAt): PlaceLoad {
  return { ...afterMeasurement(NO_LOAD, share), isBusy };
}

type Sketch = Partial<Omit<Place<string>, 'load'>> & { share: number; isBusy?: boolean };

function sketch(places: Readonly<Record<string, Sketch>>, cores: number): readonly Place<string>[] {
  return Object.entries(places).map(([id, { share, isBusy, ...rest }]) => ({
    id,
    cores,
    isDraining: false,
    ...rest,
    load: loadOf(share, isBusy),
  }));
}

function told<Id>(placement: Placement<Id>): string {
  return placement.isPlaced ? `${placement.id}: ${placement.reason}` : placement.reason;
}

const COST = 0.005;

describe('a worker for a newcomer', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, Sketch>>, string])[] = [
    ['none', {}, 'no_place'],
    ['one idle', { a: { share: 0 } }, 'a: start'],
    ['the least loaded for a new room', { a: { share: 0.3 }, b: { share: 0.2 } }, 'b: start'],
    [
      'the least loaded even of busy ones for a new room',
      { a: { share: 0.8 }, b: { share: 0.7 } },
      'b: crowded',
    ],
    [
      'a quiet one rather than a busy one that is less loaded',
      { a: { share: 0.5, isBusy: true }, b: { share: 0.55 } },
      'b: start',
    ],
    [
      'the one of the room, though another is idle',
      { a: { share: 0.59, roomCores: 0.4 }, b: { share: 0 } },
      'a: room',
    ],
    [
      'another one when a large room has made its own busy',
      { a: { share: 0.61, roomCores: 0.61 }, b: { share: 0.1 }, c: { share: 0 } },
      'c: spill',
    ],
    [
      'its busy one for a room that could double there',
      { a: { share: 0.61, roomCores: 0.1 }, b: { share: 0 } },
      'a: room',
    ],
    [
      'another one for a room that could double on its busy one no more',
      { a: { share: 0.76, roomCores: 0.1 }, b: { share: 0 } },
      'b: spill',
    ],
    [
      'the second of the room while the first was busy and has not become quiet',
      { a: { share: 0.5, isBusy: true, roomCores: 0.4 }, b: { share: 0.1, roomCores: 0.01 } },
      'b: room',
    ],
    [
      'the first again once it is quiet, since most of the room is there',
      { a: { share: 0.44, roomCores: 0.4 }, b: { share: 0.1, roomCores: 0.01 } },
      'a: room',
    ],
    [
      'the less loaded of the room when all are busy, though another is less so',
      {
        a: { share: 0.75, roomCores: 0.5 },
        b: { share: 0.7, roomCores: 0.5 },
        c: { share: 0.65 },
      },
      'b: crowded',
    ],
    [
      'another one that is busy when those of the room are full',
      { a: { share: 0.848, roomCores: 0.8 }, b: { share: 0.67 } },
      'b: crowded',
    ],
    ['none when all are full', { a: { share: 0.846, roomCores: 0.4 }, b: { share: 1.2 } }, 'full'],
    ['the last place there is', { a: { share: 0.845, roomCores: 0.4 } }, 'a: crowded'],
    ['the last place for a new room', { a: { share: 0.83 } }, 'a: crowded'],
    [
      'none when what is left would do for one person of a new room',
      { a: { share: 0.84 } },
      'full',
    ],
    [
      'none when the one of the room is full, and the rest of another would do for little of it',
      { a: { share: 0.848, roomCores: 0.8 }, b: { share: 0.69 } },
      'full',
    ],
    [
      'none that is draining, though the room is there',
      { a: { share: 0.1, roomCores: 0.1, isDraining: true }, b: { share: 0.5 } },
      'b: spill',
    ],
    [
      'nearly any for a room whose only place is draining',
      { a: { share: 0.1, roomCores: 0.1, isDraining: true }, b: { share: 0.8 } },
      'b: crowded',
    ],
    ['none when all are draining', { a: { share: 0, isDraining: true } }, 'draining'],
    [
      'none when what is not draining is full',
      { a: { share: 0, isDraining: true }, b: { share: 0.9 } },
      'full',
    ],
    [
      'the one of the room that is left when the other drains',
      {
        a: { share: 0.1, roomCores: 0.1, isDraining: true },
        b: { share: 0.4, roomCores: 0.1 },
        c: { share: 0 },
      },
      'b: room',
    ],
  ];

  test.each(cases)('is %s', (_, workers, expected) => {
    expect(told(chooseWorker({ cores: COST }, sketch(workers, 1)))).toBe(expected);
  });

  test('is none for a room that is at other nodes, where the rest would do for little of it', () => {
    const workers = sketch({ a: { share: 0.69 } }, 1);
    const newcomer = { cores: COST, isRoomElsewhere: true };
    expect(told(chooseWorker(newcomer, workers))).toBe('full');
    expect(told(chooseWorker({ cores: COST }, workers))).toBe('a: crowded');
    expect(told(chooseWorker(newcomer, sketch({ a: { share: 0.5 } }, 1)))).toBe('a: spill');
  });

  test('is the one where less has begun to grow, of two as loaded as each other', () => {
    const workers = sketch({ a: { share: 0.2 }, b: { share: 0.2 } }, 1).map((place) =>
      place.id === 'a' ? { ...place, load: { ...place.load, growthShare: 0.1 } } : place,
    );
    expect(told(chooseWorker({ cores: COST }, workers))).toBe('b: start');
  });

  test('is looked for within the limits that are given', () => {
    const limits = { spillAt: 0.2, returnAt: 0.1, fullAt: 0.3 };
    const workers = sketch(
      { a: { share: 0.21, isBusy: true, roomCores: 0.2 }, b: { share: 0 } },
      1,
    );
    expect(told(chooseWorker({ cores: COST }, workers, limits))).toBe('b: spill');
    expect(told(chooseWorker({ cores: 0.31 }, workers, limits))).toBe('full');
  });
});

describe('a node for a newcomer from the north', () => {
  const north = { region: 'north' };
  const south = { region: 'south' };
  const cases: readonly (readonly [string, Readonly<Record<string, Sketch>>, string])[] = [
    ['one of the north', { a: { share: 0.5, ...north }, b: { share: 0, ...south } }, 'a: start'],
    [
      'one of no region as one of the north',
      { a: { share: 0.5, ...north }, b: { share: 0 } },
      'b: start',
    ],
    [
      'one of the north even when it is busy',
      { a: { share: 0.7, ...north }, b: { share: 0, ...south } },
      'a: crowded',
    ],
    [
      'one of the south when the north is full',
      { a: { share: 0.85, ...north }, b: { share: 0.2, ...south } },
      'b: start',
    ],
    ['one of the south when there is no other', { a: { share: 0.2, ...south } }, 'a: start'],
    [
      'the one of the room, wherever it is',
      { a: { share: 0.1, ...north }, b: { share: 0.5, roomCores: 1, ...south } },
      'b: room',
    ],
    [
      'the one of the room in the north, of two',
      {
        a: { share: 0.3, roomCores: 1, ...north },
        b: { share: 0.2, roomCores: 3, ...south },
      },
      'a: room',
    ],
    [
      'another of the north when the one of the room is busy with it',
      {
        a: { share: 0.7, roomCores: 4, ...north },
        b: { share: 0.2, ...north },
        c: { share: 0, ...south },
      },
      'b: spill',
    ],
    [
      'the busy one of the room in the north rather than a quiet one of the south',
      { a: { share: 0.7, roomCores: 4, ...north }, b: { share: 0, ...south } },
      'a: crowded',
    ],
    [
      'its busy one for a room that could double there',
      { a: { share: 0.7, roomCores: 1, ...north }, b: { share: 0, ...north } },
      'a: room',
    ],
  ];

  test.each(cases)('is %s', (_, nodes, expected) => {
    const newcomer = { cores: COST, region: 'north' };
    expect(told(chooseNode(newcomer, sketch(nodes, 8), () => 0))).toBe(expected);
  });

  test('is as near in each region when nobody knows where somebody is', () => {
    const nodes = sketch({ a: { share: 0.5, ...north }, b: { share: 0, ...south } }, 8);
    expect(told(chooseNode({ cores: COST }, nodes, () => 0))).toBe('b: start');
  });
});

describe('the best of two', () => {
  const nodes = sketch(
    { a: { share: 0.1 }, b: { share: 0.2 }, c: { share: 0.3 }, d: { share: 0.4 } },
    8,
  );

  test.each([
    ['the first and the one after it', [0, 0], 'a'],
    ['two in the middle', [0.3, 0], 'b'],
    ['the last and the one before it', [0.99, 0.99], 'c'],
    ['the last and the first', [0.99, 0], 'a'],
  ])('is the less loaded of %s', (_, numbers, expected) => {
    const left = [...numbers];
    const placement = chooseNode({ cores: COST }, nodes, () => left.shift() ?? 0);
    expect(placement).toEqual({ isPlaced: true, id: expected, reason: 'start' });
  });

  test('is never the most loaded of all', () => {
    for (let first = 0; first < 1; first += 0.05) {
      for (let second = 0; second < 1; second += 0.05) {
        const left = [first, second];
        const placement = chooseNode({ cores: COST }, nodes, () => left.shift() ?? 0);
        expect(placement).not.toMatchObject({ id: 'd' });
      }
    }
  });
});
