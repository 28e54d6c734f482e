import { pipeCores, pipedTracks } from '../costs.ts';
import { PLACEMENT_LIMITS } from '../place-load.ts';
import { fewestPlaces } from './bounds.ts';
import {
  coresInOnePiece,
  type ModelCluster,
  type ModelRoom,
  nodePipesOf,
  pipesOf,
  subscriptionsOf,
} from './model-cluster.ts';
import type { Meeting, Visit } from './traffic.ts';

/** Something that was counted, and the least of it that any packing of the same people has. */
export interface Compared {
  readonly actual: number;
  readonly best: number;
}

/** The state of the cluster at one moment. */
export interface Sample {
  readonly atS: number;
  readonly people: number;
  readonly rooms: number;
  /** Rooms that are on more than one worker. */
  readonly splitRooms: number;
  /** Of the nodes that take people. */
  readonly usableCores: number;
  readonly cores: Compared;
  /** What of `cores` is not for pipes. */
  readonly peopleCores: number;
  /** The same if nobody had been refused. */
  readonly wantedCores: number;
  readonly subscriptions: number;
  /** Best: a worker gives a room as much as `spillAt`. */
  readonly pipes: Compared;
  /** Best, if a worker gave a room as much as `fullAt`. */
  readonly fewestPipes: number;
  readonly nodePipes: Compared;
  /** What workers above 1 would need beyond the core that they have: media that is late or lost. */
  readonly overloadCores: number;
  readonly overloadedWorkers: number;
  /** How loaded the workers are, least first. */
  readonly workerShares: Float64Array;
}

/** @param waiting Who was refused and would be there. */
export function takeSample(atS: number, cluster: ModelCluster, waiting: Iterable<Visit>): Sample {
  const { spillAt, fullAt } = PLACEMENT_LIMITS;
  const nodes = cluster.nodes.filter((node) => node.isAlive);
  const workers = nodes.flatMap((node) => node.workers);
  const coresPerNode = nodes[0]?.place.cores ?? 0;
  const sum = { people: 0, subscriptions: 0, best: 0, pipes: 0, bestPipes: 0, fewestPipes: 0 };
  const nodePipes = { actual: 0, best: 0 };
  let splitRooms = 0;
  for (const room of cluster.rooms.values()) {
    const tracks = pipedTracks(room.publishers);
    const demand = { cores: coresInOnePiece(room), pipeCores: pipeCores(room.publishers) };
    const fewest = fewestPlaces(demand, fullAt) - 1;
    sum.people += demand.cores;
    sum.subscriptions += subscriptionsOf(room);
    sum.best += demand.cores + demand.pipeCores * fewest;
    sum.fewestPipes += tracks * fewest;
    sum.bestPipes += tracks * (fewestPlaces(demand, spillAt) - 1);
    sum.pipes += pipesOf(room);
    nodePipes.best += tracks * (fewestPlaces(demand, spillAt * coresPerNode) - 1);
    nodePipes.actual += nodePipesOf(room);
    splitRooms += room.parts.length > 1 ? 1 : 0;
  }
  return {
    atS,
    people: cluster.population,
    rooms: cluster.rooms.size,
    splitRooms,
    usableCores: nodes
      .filter(({ place }) => !place.isDraining)
      .reduce((total, { place }) => total + place.cores, 0),
    cores: { actual: workers.reduce((total, { cores }) => total + cores, 0), best: sum.best },
    peopleCores: sum.people,
    wantedCores: sum.people + coresOfWaiting(cluster, waiting),
    subscriptions: sum.subscriptions,
    pipes: { actual: sum.pipes, best: sum.bestPipes },
    fewestPipes: sum.fewestPipes,
    nodePipes,
    overloadCores: workers.reduce((total, { cores }) => total + Math.max(0, cores - 1), 0),
    overloadedWorkers: workers.filter(({ cores }) => cores > 1).length,
    workerShares: Float64Array.from(workers, ({ cores }) => cores).sort(),
  };
}

/** What those would add who were refused. */
function coresOfWaiting(cluster: ModelCluster, waiting: Iterable<Visit>): number {
  const wanted = new Map<Meeting, { people: number; publishers: number }>();
  for (const { meeting, isReceiveOnly } of waiting) {
    const { people, publishers } = wanted.get(meeting) ?? present(cluster.rooms.get(meeting));
    wanted.set(meeting, {
      people: people + 1,
      publishers: publishers + (isReceiveOnly ? 0 : 1),
    });
  }
  let cores = 0;
  for (const [meeting, room] of wanted) {
    cores += coresInOnePiece(room) - coresInOnePiece(present(cluster.rooms.get(meeting)));
  }
  return cores;
}

function present(room: ModelRoom | undefined): { people: number; publishers: number } {
  return { people: room?.people ?? 0, publishers: room?.publishers ?? 0 };
}
