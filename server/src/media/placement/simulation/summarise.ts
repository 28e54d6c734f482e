import { PLACEMENT_LIMITS } from '../place-load.ts';
import type { Day } from './run-day.ts';
import type { Sample } from './take-sample.ts';
import { WARM_UP_S } from './traffic.ts';

/** One figure beside the best that any packing could have. */
export interface Comparison {
  readonly name: string;
  readonly actual: number;
  readonly best: number;
  /** How much worse than the best: 0.1 is 10 % more, or of what is carried 10 % less than could be. */
  readonly excess: number;
}

/** A day in figures. Means are over the time after everything has begun. */
export interface Summary {
  readonly people: number;
  readonly mostPeople: number;
  readonly rooms: number;
  /** Rooms on several workers. */
  readonly splitRooms: number;
  /** Mean load of the cores that take people. */
  readonly utilisation: number;
  /** Load of workers: the one in the middle, that which 1 of 100 exceeds, and the most at any moment. */
  readonly workerLoad: { readonly median: number; readonly p99: number; readonly most: number };
  /** Workers above 1, mean. */
  readonly overloadedWorkers: number;
  readonly joins: number;
  readonly refused: number;
  readonly lost: number;
  readonly longestDrainS: number;
  readonly cores: Comparison;
  readonly carried: Comparison;
  readonly moves: Comparison;
  readonly streams: Comparison;
  readonly pipes: Comparison;
  readonly fewestPipes: number;
  readonly nodePipes: Comparison;
}

/** Puts what happened beside the best. */
export function summarise(day: Day): Summary {
  const samples = day.samples.filter(({ atS }) => atS >= WARM_UP_S);
  const mean = (pick: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length;
  const most = (pick: (sample: Sample) => number) => Math.max(...samples.map(pick));
  const pipes = { actual: mean((one) => one.pipes.actual), best: mean((one) => one.pipes.best) };
  const streams = mean((one) => one.subscriptions);
  // What is above `fullAt` is out of reach for every packing.
  const carriable = (one: Sample) =>
    Math.min(one.wantedCores, one.usableCores * PLACEMENT_LIMITS.fullAt);
  return {
    people: mean((one) => one.people),
    mostPeople: most((one) => one.people),
    rooms: mean((one) => one.rooms),
    splitRooms: mean((one) => one.splitRooms),
    utilisation: mean((one) => one.cores.actual / one.usableCores),
    workerLoad: {
      median: mean((one) => quantile(one.workerShares, 0.5)),
      p99: mean((one) => quantile(one.workerShares, 0.99)),
      most: most((one) => quantile(one.workerShares, 1)),
    },
    overloadedWorkers: mean((one) => one.overloadedWorkers),
    joins: day.joins,
    refused: day.refused,
    lost: day.lost,
    longestDrainS: day.longestDrainS,
    cores: compared(
      'cores in use',
      mean((one) => one.cores.actual),
      mean((one) => one.cores.best),
    ),
    carried: inverse(
      'cores of people carried',
      mean((one) => one.peopleCores - one.overloadCores),
      mean(carriable),
    ),
    moves: compared('people moved', day.moves, day.expectedMoves),
    streams: compared('subscriptions and pipes', streams + pipes.actual, streams + pipes.best),
    pipes: compared('pipes', pipes.actual, pipes.best),
    fewestPipes: mean((one) => one.fewestPipes),
    nodePipes: compared(
      'pipes between nodes',
      mean((one) => one.nodePipes.actual),
      mean((one) => one.nodePipes.best),
    ),
  };
}

/** Of something of which less is better. */
function compared(name: string, actual: number, best: number): Comparison {
  return { name, actual, best, excess: actual === best ? 0 : actual / best - 1 };
}

/** Of something of which more is better. */
function inverse(name: string, actual: number, best: number): Comparison {
  return { name, actual, best, excess: actual === best ? 0 : best / actual - 1 };
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? 0;
}
