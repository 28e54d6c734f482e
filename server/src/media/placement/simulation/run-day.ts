import { type Act, type ActOptions, planActs } from './acts.ts';
import { ModelCluster, type ModelNode, type ModelWorker } from './model-cluster.ts';
import { createRandom } from './random.ts';
import { type Sample, takeSample } from './take-sample.ts';
import { planTraffic, type TrafficOptions, type Visit } from './traffic.ts';

/** A cluster, its people, and what happens to it. */
export interface DayOptions extends TrafficOptions, ActOptions {
  readonly nodes: number;
  readonly coresPerNode: number;
}

/** What came of it. */
export interface Day {
  readonly joins: number;
  /** People who were refused at least once. */
  readonly refused: number;
  /** People who went elsewhere because their node or worker was drained or died. */
  readonly moves: number;
  /** How many stood there on average, had all cores the same number when it happened. */
  readonly expectedMoves: number;
  /** People for whom there was no place after theirs died. */
  readonly lost: number;
  readonly longestDrainS: number;
  readonly samples: readonly Sample[];
}

/** A lease is over so long after its node died. */
const NOTICE_S = 3;
/** A drained node is back after so long, with the new version. */
const UPDATE_S = 120;
/** A node that died is back after so long. */
const REPAIR_S = 600;
/** People that are moved off one draining node in a second. */
const DRAIN_PACE = 200;
/** Whoever was refused tries again so often, until their meeting is over. */
const RETRY_S = 10;
const RETRY_UNTIL = 100;
const SAMPLE_EVERY_S = 10;

/**
 * Lets people come and go, nodes fail and be drained, by the second.
 *
 * @param onSecond Told how far it is.
 */
export function runDay(options: DayOptions, onSecond?: (second: number) => void): Day {
  const run = new DayRun(options);
  for (let second = 0; second < options.durationS; second += 1) {
    run.step(second);
    onSecond?.(second);
  }
  return run.result;
}

class DayRun {
  readonly result = {
    joins: 0,
    refused: 0,
    moves: 0,
    expectedMoves: 0,
    lost: 0,
    longestDrainS: 0,
    samples: [] as Sample[],
  };
  readonly #cluster: ModelCluster;
  readonly #arrivals: readonly (readonly Visit[])[];
  readonly #departures: readonly Visit[][];
  readonly #tasks: readonly ((second: number) => void)[][];
  /** Nodes that are being drained, since when. */
  readonly #draining = new Map<ModelNode, number>();
  readonly #waiting = new Set<Visit>();

  constructor(options: DayOptions) {
    const { seed, durationS } = options;
    this.#arrivals = planTraffic(options);
    this.#departures = this.#arrivals.map(() => []);
    this.#tasks = this.#arrivals.map(() => []);
    // Another one than the traffic's: the same people come, whatever is decided.
    const random = createRandom(seed + 1);
    this.#cluster = new ModelCluster(options, random);
    for (const act of planActs(options, this.#cluster.nodes, durationS, random)) {
      this.#at(act.atS, () => this.#perform(act));
    }
  }

  step(second: number): void {
    for (const task of this.#tasks[second] ?? []) task(second);
    for (const visit of this.#departures[second] ?? []) {
      this.#cluster.remove(visit);
      this.#waiting.delete(visit);
    }
    for (const visit of this.#arrivals[second] ?? []) this.#arrive(visit, second);
    for (const [node, sinceS] of this.#draining) this.#drain(node, sinceS, second);
    if (second % RETRY_S === 0) this.#retry();
    this.#cluster.measure();
    if (second % SAMPLE_EVERY_S === 0) {
      this.result.samples.push(takeSample(second, this.#cluster, this.#waiting));
    }
  }

  #at(second: number, task: (second: number) => void): void {
    this.#tasks[second]?.push(task);
  }

  #arrive(visit: Visit, second: number): void {
    this.result.joins += 1;
    this.#departures[Math.max(visit.toS, second + 1)]?.push(visit);
    if (this.#cluster.place(visit)) return;
    this.result.refused += 1;
    this.#waiting.add(visit);
  }

  /** Once so many in a row are refused, the others would be. */
  #retry(): void {
    let refusals = 0;
    for (const visit of this.#waiting) {
      if (refusals >= RETRY_UNTIL) return;
      if (this.#cluster.place(visit)) {
        this.#waiting.delete(visit);
        refusals = 0;
      } else {
        refusals += 1;
      }
    }
  }

  #perform(act: Act): void {
    const alive = this.#cluster.nodes.filter((node) => node.isAlive);
    const perCore =
      this.#cluster.population / alive.reduce((sum, { place }) => sum + place.cores, 0);
    if (act.kind === 'workerDies') {
      this.result.expectedMoves += perCore;
      this.#rehome([act.worker]);
      return;
    }
    const { node } = act;
    this.result.expectedMoves += perCore * node.place.cores;
    if (act.kind === 'nodeDrains') {
      node.place.isDraining = true;
      this.#draining.set(node, act.atS);
      return;
    }
    node.isAlive = false;
    this.#at(act.atS + NOTICE_S, () => {
      this.#cluster.listPlaces();
      this.#rehome(node.workers);
    });
    this.#at(act.atS + REPAIR_S, () => this.#start(node));
  }

  /** All who were there ask for a place at once, a room at a time. */
  #rehome(workers: readonly ModelWorker[]): void {
    const visits = workers.flatMap(({ parts }) => [...parts].flatMap(({ people }) => [...people]));
    for (const visit of visits) this.#cluster.remove(visit);
    this.result.moves += visits.length;
    for (const visit of visits) {
      if (this.#cluster.place(visit)) continue;
      this.result.lost += 1;
      this.#waiting.add(visit);
    }
  }

  #drain(node: ModelNode, sinceS: number, second: number): void {
    const parts = node.workers.flatMap((worker) => [...worker.parts]);
    const visits = parts.flatMap(({ people }) => [...people]);
    for (const visit of visits.slice(0, DRAIN_PACE)) {
      if (this.#cluster.move(visit)) this.result.moves += 1;
    }
    if (node.workers.some((worker) => worker.parts.size > 0)) return;
    this.result.longestDrainS = Math.max(this.result.longestDrainS, second - sinceS);
    this.#draining.delete(node);
    node.isAlive = false;
    this.#cluster.listPlaces();
    this.#at(second + UPDATE_S, () => this.#start(node));
  }

  #start(node: ModelNode): void {
    this.#cluster.restart(node);
  }
}
