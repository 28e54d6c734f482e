import { describe, expect, test } from 'vitest';
import { chooseNode, chooseWorker, type Newcomer, type Place } from './choose-place.ts';
import { newcomerCores, roomCores } from './costs.ts';
import {
  afterMeasurement,
  afterPlacement,
  NO_LOAD,
  PLACEMENT_LIMITS,
  type PlaceLoad,
} from './place-load.ts';
import { createRandom, type Random } from './simulation/random.ts';

const ROUNDS = 3_000;
const REGIONS = ['north', 'south', undefined];

/** A load with a past: above or below the limits, busy or not, with some placed just now. */
function drawLoad(random: Random): PlaceLoad {
  let load = afterMeasurement(NO_LOAD, random() * 1.1);
  load = afterMeasurement(load, random() * 1.1);
  return afterPlacement(load, { share: random() * 0.02, growthShare: random() * 0.2 });
}

function draw(random: Random): { newcomer: Newcomer; places: readonly Place<number>[] } {
  const cores = random() < 0.5 ? 1 : 16;
  const pick = () => REGIONS[Math.floor(random() * REGIONS.length)];
  const places = Array.from({ length: Math.floor(random() * 8) }, (_, id) => ({
    id,
    load: drawLoad(random),
    cores,
    isDraining: random() < 0.2,
    region: pick(),
    roomCores: random() < 0.3 ? random() * cores : undefined,
  }));
  return { newcomer: { cores: random() * 0.05, region: pick() }, places };
}

/** Checks what each of many random questions is answered, by both functions. */
function always(
  check: (drawn: ReturnType<typeof draw>, choose: typeof chooseWorker<number>) => void,
): void {
  for (let seed = 0; seed < ROUNDS; seed += 1) {
    check(draw(createRandom(seed)), chooseWorker);
    check(draw(createRandom(seed)), (newcomer, places, limits) =>
      chooseNode(newcomer, places, createRandom(seed + 1), limits),
    );
  }
}

const { fullAt } = PLACEMENT_LIMITS;
const hasRoom = ({ roomCores }: Place<number>) => roomCores !== undefined;
const staysAt = (place: Place<number>) => hasRoom(place) && !place.isDraining;
/** Where the room is not, there has to be more space than for one, and more still if it is elsewhere. */
function fits(newcomer: Newcomer, place: Place<number>, places: readonly Place<number>[]): boolean {
  const share = newcomer.cores / place.cores;
  const opening = hasRoom(place) ? 0 : fullAt * (places.some(staysAt) ? 0.2 : 0.02);
  return !place.isDraining && place.load.share + Math.max(share, opening) <= fullAt;
}

describe('whatever the loads are', () => {
  test('nobody is placed where they do not fit, or where it is draining', () => {
    always(({ newcomer, places }, choose) => {
      const placement = choose(newcomer, places);
      if (!placement.isPlaced) return;
      const place = places.find(({ id }) => id === placement.id);
      expect(place !== undefined && fits(newcomer, place, places)).toBe(true);
    });
  });

  test('nobody is refused while there is a place where they fit', () => {
    let refused = 0;
    always(({ newcomer, places }, choose) => {
      const placement = choose(newcomer, places);
      expect(placement.isPlaced).toBe(places.some((place) => fits(newcomer, place, places)));
      refused += placement.isPlaced ? 0 : 1;
    });
    expect(refused).toBeGreaterThan(ROUNDS / 20);
  });

  test('a room spreads to no other place while one of its own has space and is not busy', () => {
    always(({ newcomer, places }, choose) => {
      const placement = choose(newcomer, places);
      const isQuiet = (place: Place<number>) =>
        hasRoom(place) && !place.load.isBusy && fits(newcomer, place, places);
      if (!places.some(isQuiet)) return;
      expect(placement).toMatchObject({ isPlaced: true, reason: 'room' });
      const place = places.find(({ id }) => placement.isPlaced && id === placement.id);
      expect(place?.roomCores).toBeDefined();
    });
  });

  test('nobody goes to another region while theirs has space, but for the room', () => {
    always(({ newcomer, places }, choose) => {
      const placement = choose(newcomer, places);
      if (!placement.isPlaced || newcomer.region === undefined || placement.reason === 'room') {
        return;
      }
      const place = places.find(({ id }) => id === placement.id);
      const hasSpace = places.some(
        (one) => one.region === newcomer.region && fits(newcomer, one, places),
      );
      if (hasSpace) expect([newcomer.region, undefined]).toContain(place?.region);
    });
  });

  test('the order in which places are told changes nothing for a worker', () => {
    for (let seed = 0; seed < ROUNDS; seed += 1) {
      const { newcomer, places } = draw(createRandom(seed));
      expect(chooseWorker(newcomer, places.toReversed())).toEqual(chooseWorker(newcomer, places));
    }
  });

  test('places with less load never make somebody refused who was placed', () => {
    always(({ newcomer, places }, choose) => {
      if (!choose(newcomer, places).isPlaced) return;
      const relieved = places.map((place) => ({
        ...place,
        load: afterMeasurement(NO_LOAD, place.load.share / 2),
      }));
      expect(choose(newcomer, relieved).isPlaced).toBe(true);
    });
  });
});

describe('a storm within one second', () => {
  test.each([
    ['of one room', 1],
    ['of a hundred rooms', 100],
  ])('%s piles up on no worker, and fills nearly all before anybody is refused', (_, rooms) => {
    const cores = 0.004;
    const workers = Array.from({ length: 8 }, () => ({ load: NO_LOAD, rooms: new Map() }));
    const settled = new Map<number, number>();
    let placed = 0;
    for (;;) {
      const room = placed % rooms;
      const placement = chooseWorker(
        { cores },
        workers.map((worker) => ({
          id: worker,
          load: worker.load,
          cores: 1,
          isDraining: false,
          roomCores: worker.rooms.get(room),
        })),
      );
      if (!placement.isPlaced) {
        expect(placement.reason).toBe('full');
        break;
      }
      const worker = placement.id;
      worker.load = afterPlacement(worker.load, { share: cores, growthShare: 0 });
      worker.rooms.set(room, (worker.rooms.get(room) ?? 0) + cores);
      settled.set(room, (settled.get(room) ?? 0) + 1);
      placed += 1;
    }
    for (const { load } of workers) {
      expect(load.share).toBeLessThanOrEqual(fullAt);
      expect(load.share).toBeGreaterThan(fullAt * 0.79);
    }
    expect(settled.size).toBe(rooms);
  });
});

describe('an audience of 1,000 who come within ten seconds', () => {
  /** Cores that a packet takes which is forwarded, as it was measured in a room of 300; and packets a second for one. */
  const [PACKET_S, PACKETS] = [9.57e-6, 150];

  test('is spread over all workers, and none is above what it can carry', () => {
    const workers = Array.from({ length: 3 }, () => ({ load: NO_LOAD, people: 0 }));
    const cores = newcomerCores({ isReceiveOnly: true, publishers: 1 });
    for (let count = 0; count < 1_000; count += 1) {
      if (count % 100 === 0) {
        for (const worker of workers) {
          worker.load = afterMeasurement(worker.load, worker.people * PACKETS * PACKET_S);
        }
      }
      const placement = chooseWorker(
        { cores },
        workers.map((worker, index) => ({
          id: worker,
          load: worker.load,
          cores: 1,
          isDraining: false,
          roomCores:
            worker.people > 0 || index === 0
              ? roomCores({
                  publishers: 1,
                  publishersHere: index === 0 ? 1 : 0,
                  receiversHere: worker.people + (index === 0 ? 1 : 0),
                })
              : undefined,
        })),
      );
      if (!placement.isPlaced) throw new Error(`${count} were placed`);
      placement.id.people += 1;
      placement.id.load = afterPlacement(placement.id.load, { share: cores, growthShare: 0 });
    }
    const shares = workers.map(({ people }) => people * PACKETS * PACKET_S);
    expect(Math.max(...shares)).toBeLessThanOrEqual(fullAt);
    expect(Math.min(...shares)).toBeGreaterThan(0.1);
  });
});
