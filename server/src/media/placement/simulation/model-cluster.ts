import { chooseNode, chooseWorker, type Newcomer, type RefusalReason } from '../choose-place.ts';
import {
  deliveredTracks,
  expectedGrowthCores,
  JOINING_CORES,
  newcomerCores,
  pipeCores,
  pipedTracks,
  roomCores,
} from '../costs.ts';
import {
  afterMeasurement,
  afterPlacement,
  NO_LOAD,
  nodeShare,
  type PlaceLoad,
  workerShare,
} from '../place-load.ts';
import type { Random } from './random.ts';
import type { Meeting, Visit } from './traffic.ts';

/** A worker, and what it truly carries. */
export interface ModelWorker {
  readonly node: ModelNode;
  readonly place: ModelPlace<ModelWorker>;
  readonly parts: Set<ModelPart>;
  /** Cores that its media takes. */
  cores: number;
  /** Joins since the last measurement. */
  joins: number;
}

/** A media node of a cluster. */
export interface ModelNode {
  readonly place: ModelPlace<ModelNode>;
  readonly workers: readonly ModelWorker[];
  /** Whether anything runs there. One that died is among the places until that is noticed. */
  isAlive: boolean;
}

/** A place that is kept, in place of one made anew for each question. */
interface ModelPlace<Id> {
  readonly id: Id;
  load: PlaceLoad;
  readonly cores: number;
  isDraining: boolean;
  readonly region: string;
  roomCores: number | undefined;
}

/** What of a room is on one worker: its router. */
interface ModelPart {
  readonly room: ModelRoom;
  readonly worker: ModelWorker;
  readonly people: Set<Visit>;
  publishers: number;
  cores: number;
}

/** A room with somebody in it. */
export interface ModelRoom {
  readonly parts: ModelPart[];
  people: number;
  publishers: number;
}

/** A refused join goes on to so many other nodes. */
const NODE_TRIES = 3;
/** A measurement is off by up to this share of itself. */
const NOISE = 0.05;

/**
 * A cluster without media: rooms take on its workers what `costs.ts` says they do, and who
 * goes where is decided by the functions that decide it in a real one, from measurements
 * as late and as rough as the real ones.
 */
export class ModelCluster {
  readonly nodes: readonly ModelNode[];
  readonly rooms = new Map<Meeting, ModelRoom>();
  readonly refusals = new Map<RefusalReason, number>();
  readonly #partOf = new Map<Visit, ModelPart>();
  readonly #random: Random;
  #places: readonly ModelPlace<ModelNode>[] = [];

  constructor(
    options: {
      readonly nodes: number;
      readonly coresPerNode: number;
      readonly regions: number;
    },
    random: Random,
  ) {
    this.#random = random;
    this.nodes = Array.from({ length: options.nodes }, (_, index) =>
      createNode(options.coresPerNode, `region-${index % options.regions}`),
    );
    this.listPlaces();
  }

  /** A node that was gone is back, with nobody on it. */
  restart(node: ModelNode): void {
    for (const { place } of [node, ...node.workers]) {
      place.load = NO_LOAD;
      place.isDraining = false;
    }
    node.isAlive = true;
    this.listPlaces();
  }

  /** Forgets nodes that are gone, and takes up those that are back. */
  listPlaces(): void {
    this.#places = this.nodes.filter((node) => node.isAlive).map((node) => node.place);
  }

  get population(): number {
    return this.#partOf.size;
  }

  /** Whether there was a place; if not, `refusals` counts why. */
  place(visit: Visit): boolean {
    const room = this.rooms.get(visit.meeting) ?? { parts: [], people: 0, publishers: 0 };
    const { isReceiveOnly, region } = visit;
    const cores = newcomerCores({ isReceiveOnly, publishers: room.publishers });
    const worker = this.#choose(room, { cores, region });
    if (worker === undefined) return false;
    this.rooms.set(visit.meeting, room);
    this.#enter(room, worker, visit);
    return true;
  }

  /** Somebody goes from where they are to where they would be placed; false where that is nowhere. */
  move(visit: Visit): boolean {
    const part = this.#partOf.get(visit);
    if (part === undefined) return false;
    const { room } = part;
    const { isReceiveOnly, region } = visit;
    const cores = newcomerCores({ isReceiveOnly, publishers: room.publishers });
    const worker = this.#choose(room, { cores, region });
    if (worker === undefined) return false;
    this.remove(visit);
    this.rooms.set(visit.meeting, room);
    this.#enter(room, worker, visit);
    return true;
  }

  /** Does nothing for somebody who is not there. */
  remove(visit: Visit): void {
    const part = this.#partOf.get(visit);
    if (part === undefined) return;
    const { room } = part;
    this.#partOf.delete(visit);
    part.people.delete(visit);
    room.people -= 1;
    if (!visit.isReceiveOnly) {
      part.publishers -= 1;
      room.publishers -= 1;
    }
    if (part.people.size === 0) this.#closePart(part);
    if (room.people === 0) this.rooms.delete(visit.meeting);
    else weigh(room);
  }

  /** What all workers and nodes report once a second. */
  measure(): void {
    for (const node of this.nodes) {
      if (!node.isAlive) continue;
      const workerShares = node.workers.map((worker) => {
        const noise = 1 + (this.#random() * 2 - 1) * NOISE;
        const cpuShare = (worker.cores + worker.joins * JOINING_CORES) * noise;
        worker.joins = 0;
        const share = workerShare({ cpuShare, consumers: 0 });
        worker.place.load = afterMeasurement(worker.place.load, share);
        return share;
      });
      node.place.load = afterMeasurement(node.place.load, nodeShare(workerShares));
    }
  }

  #choose(room: ModelRoom, newcomer: Newcomer): ModelWorker | undefined {
    let places = this.#places;
    for (let tries = 0; tries < NODE_TRIES; tries += 1) {
      markRoom(room, ({ worker }) => worker.node.place);
      const onNode = chooseNode(newcomer, places, this.#random);
      unmarkRoom(room, ({ worker }) => worker.node.place);
      if (!onNode.isPlaced) {
        this.refusals.set(onNode.reason, (this.refusals.get(onNode.reason) ?? 0) + 1);
        return undefined;
      }
      const worker = chooseWithin(onNode.id, room, newcomer);
      if (worker !== undefined) return worker;
      places = places.filter((place) => place.id !== onNode.id);
    }
    this.refusals.set('full', (this.refusals.get('full') ?? 0) + 1);
    return undefined;
  }

  #enter(room: ModelRoom, worker: ModelWorker, visit: Visit): void {
    let part = room.parts.find((one) => one.worker === worker);
    if (part === undefined) {
      part = { room, worker, people: new Set(), publishers: 0, cores: 0 };
      room.parts.push(part);
      worker.parts.add(part);
    }
    part.people.add(visit);
    this.#partOf.set(visit, part);
    room.people += 1;
    if (!visit.isReceiveOnly) {
      part.publishers += 1;
      room.publishers += 1;
    }
    worker.joins += 1;
    weigh(room);
  }

  #closePart(part: ModelPart): void {
    part.worker.cores -= part.cores;
    part.worker.parts.delete(part);
    part.room.parts.splice(part.room.parts.indexOf(part), 1);
  }
}

function createNode(cores: number, region: string): ModelNode {
  const workers: ModelWorker[] = [];
  const node: ModelNode = { workers, isAlive: true, place: createPlace(cores, region, () => node) };
  for (let index = 0; index < cores; index += 1) {
    const worker: ModelWorker = {
      node,
      parts: new Set(),
      cores: 0,
      joins: 0,
      place: createPlace(1, region, () => worker),
    };
    workers.push(worker);
  }
  return node;
}

function createPlace<Id>(cores: number, region: string, getId: () => Id): ModelPlace<Id> {
  return {
    get id() {
      return getId();
    },
    load: NO_LOAD,
    cores,
    isDraining: false,
    region,
    roomCores: undefined,
  };
}

function chooseWithin(node: ModelNode, room: ModelRoom, newcomer: Newcomer) {
  const parts = room.parts.filter(({ worker }) => worker.node === node);
  for (const part of parts) part.worker.place.roomCores = part.cores;
  const isRoomElsewhere = room.parts.some(
    ({ worker }) => worker.node !== node && !worker.node.place.isDraining,
  );
  const onWorker = chooseWorker(
    { ...newcomer, isRoomElsewhere },
    node.workers.map((worker) => worker.place),
  );
  for (const part of parts) part.worker.place.roomCores = undefined;
  if (!onWorker.isPlaced) return undefined;
  const { place } = onWorker.id;
  const growthCores = expectedGrowthCores(onWorker.reason);
  for (const one of [place, node.place]) {
    one.load = afterPlacement(one.load, {
      share: newcomer.cores / one.cores,
      growthShare: growthCores / one.cores,
    });
  }
  return onWorker.id;
}

function markRoom(room: ModelRoom, placeOf: (part: ModelPart) => ModelPlace<unknown>): void {
  for (const part of room.parts) {
    const place = placeOf(part);
    place.roomCores = (place.roomCores ?? 0) + part.cores;
  }
}

function unmarkRoom(room: ModelRoom, placeOf: (part: ModelPart) => ModelPlace<unknown>): void {
  for (const part of room.parts) placeOf(part).roomCores = undefined;
}

/** Gives each part what it takes of its worker now. Pipes are borne by all parts alike. */
function weigh(room: ModelRoom): void {
  const { parts, publishers } = room;
  const pipes = (pipeCores(publishers) * (parts.length - 1)) / parts.length;
  for (const part of parts) {
    const cores =
      pipes +
      roomCores({ publishers, publishersHere: part.publishers, receiversHere: part.people.size });
    part.worker.cores += cores - part.cores;
    part.cores = cores;
  }
}

/** Cores that a room would take in one piece. */
export function coresInOnePiece({
  publishers,
  people,
}: Pick<ModelRoom, 'publishers' | 'people'>): number {
  return roomCores({ publishers, publishersHere: publishers, receiversHere: people });
}

/** How many tracks all of a room get, their own left aside. */
export function subscriptionsOf({
  publishers,
  people,
}: Pick<ModelRoom, 'publishers' | 'people'>): number {
  return people * deliveredTracks(publishers - 1);
}

/** Pipes of a room: each track that is seen goes once to each router besides its own. */
export function pipesOf({ publishers, parts }: ModelRoom): number {
  return pipedTracks(publishers) * (parts.length - 1);
}

/** Those of them that go from node to node. */
export function nodePipesOf({ publishers, parts }: ModelRoom): number {
  const nodes = new Set(parts.map(({ worker }) => worker.node));
  return pipedTracks(publishers) * (nodes.size - 1);
}
