import { PLACEMENT_LIMITS } from '../place-load.ts';
import { type DayOptions, runDay } from './run-day.ts';
import { type Summary, summarise } from './summarise.ts';

/** What is simulated. */
export interface SimulationOptions {
  readonly nodes: number;
  readonly coresPerNode: number;
  readonly rooms: number;
  readonly participants: number;
  readonly regions: number;
  readonly durationS: number;
  /** The same options give the same result. */
  readonly seed: number;
}

/** What came of it. */
export interface Simulation {
  readonly options: SimulationOptions;
  /** The cluster that was asked for, with failures and drains. */
  readonly day: Summary;
  /** The same people on fewer nodes than can carry them; nothing fails. */
  readonly crush: Summary & { readonly nodes: number };
}

/** How much more the people of the crush would take than the cluster may give. */
const CRUSH = 1.1;

/**
 * Has both days of the same people. As many fail as in a bad hour: of 100 nodes 1 is
 * killed, 5 are drained, and on 20 a worker dies.
 *
 * @param onProgress Told which day it is and what share of it is over.
 */
export function simulate(
  options: SimulationOptions,
  onProgress?: (day: 'day' | 'crush', share: number) => void,
): Simulation {
  const { nodes, durationS } = options;
  const run = (name: 'day' | 'crush', day: DayOptions) =>
    summarise(runDay(day, (second) => onProgress?.(name, second / durationS)));
  const day = run('day', {
    ...options,
    nodeFailures: Math.ceil(nodes * 0.01),
    drains: Math.ceil(nodes * 0.05),
    workerFailures: Math.ceil(nodes * 0.2),
  });
  const fewer = Math.max(
    1,
    Math.floor(day.cores.best / (CRUSH * PLACEMENT_LIMITS.fullAt * options.coresPerNode)),
  );
  const none = { nodeFailures: 0, drains: 0, workerFailures: 0 };
  const crush = run('crush', { ...options, ...none, nodes: fewer });
  return { options, day, crush: { ...crush, nodes: fewer } };
}
