import { PLACEMENT_LIMITS, type PlaceLoad, type PlacementLimits } from './place-load.ts';

/** A worker of a node, or a node of a cluster, as it stands when somebody comes. */
export interface Place<Id> {
  readonly id: Id;
  readonly load: PlaceLoad;
  /** What a load of 1 means: 1 for a worker, the number of its workers for a node. */
  readonly cores: number;
  /** Takes nobody any more. */
  readonly isDraining: boolean;
  /** Where it stands, in words of the operator; undefined where nobody said, and then it is near to everybody. */
  readonly region?: string | undefined;
  /** How many cores the room takes there already; undefined where the room is not. */
  readonly roomCores?: number | undefined;
}

/** Whoever is to be placed. */
export interface Newcomer {
  /** How many cores they are expected to take; see `newcomerCores`. */
  readonly cores: number;
  /** Whether the room has people at places that are not among those to choose from: at other nodes that stay. */
  readonly isRoomElsewhere?: boolean | undefined;
  /** Where they are; undefined where nobody knows, and then every place is as near. */
  readonly region?: string | undefined;
}

/**
 * Why a place was chosen:
 * - `room`: the room is there, and there is space for it
 * - `start`: the room was nowhere, and this one is not busy
 * - `spill`: where the room is, is busy or closed to it, and this one is not
 * - `crowded`: all are busy; there is space yet
 */
export type PlacementReason = 'room' | 'start' | 'spill' | 'crowded';

/** Why nobody can be placed: there is nothing, all of it is being emptied, or all of it is full. */
export type RefusalReason = 'no_place' | 'draining' | 'full';

/** Where somebody goes. Nothing is counted yet: `afterPlacement` does that. */
export type Placement<Id> =
  | { readonly isPlaced: true; readonly id: Id; readonly reason: PlacementReason }
  | { readonly isPlaced: false; readonly reason: RefusalReason };

/** What of a full place's load has to be free where a room begins. */
const START_SHARE = 0.02;
/**
 * And where one goes on that is at other places. Pipes to one more place cost more than one
 * person does, so there has to be space for more of the room; otherwise the rooms of a full
 * cluster fall apart until it carries little but pipes. Those that begin fill the rest.
 */
const SPILL_SHARE = 0.2;

/** Picks one of places that are as good as each other but for their load. At least one. */
type Pick = <Id>(places: readonly Place<Id>[]) => Place<Id>;

/**
 * Chooses one of this process's workers: it sees all of them, and nobody else places
 * anybody there, so the least loaded is taken where no worker of the room will do.
 */
export function chooseWorker<Id>(
  newcomer: Newcomer,
  workers: readonly Place<Id>[],
  limits: PlacementLimits = PLACEMENT_LIMITS,
): Placement<Id> {
  return choosePlace(newcomer, workers, limits, leastLoaded);
}

/**
 * Chooses a node of the cluster. Where none of the room's nodes will do, the less loaded
 * of two random ones: several replicas place at once by loads that are a moment old, and
 * the one least loaded node would get all of their newcomers.
 *
 * @param random At least 0 and below 1, as `Math.random`.
 */
export function chooseNode<Id>(
  newcomer: Newcomer,
  nodes: readonly Place<Id>[],
  random: () => number,
  limits: PlacementLimits = PLACEMENT_LIMITS,
): Placement<Id> {
  return choosePlace(newcomer, nodes, limits, (places) => bestOfTwo(places, random));
}

/**
 * In this order: a place of the room with space for it; a place nearby that is not busy; a
 * place of the room that is not full; one nearby that is not full; the same of those far away.
 */
function choosePlace<Id>(
  newcomer: Newcomer,
  places: readonly Place<Id>[],
  limits: PlacementLimits,
  pick: Pick,
): Placement<Id> {
  const settled = largestOfRoom(newcomer, places, (place) => isOpen(place, newcomer, limits));
  if (settled !== undefined) return { isPlaced: true, id: settled.id, reason: 'room' };

  const isStarted =
    newcomer.isRoomElsewhere === true || places.some((place) => place.roomCores !== undefined);
  // What leaves a draining place moves: it takes no pipes that last.
  const hasOther =
    newcomer.isRoomElsewhere === true ||
    places.some((place) => place.roomCores !== undefined && !place.isDraining);
  const needed = (hasOther ? SPILL_SHARE : START_SHARE) * limits.fullAt;
  const usable = places.filter((place) => {
    if (place.isDraining || !fits(place, newcomer, limits)) return false;
    return place.roomCores !== undefined || place.load.share + needed <= limits.fullAt;
  });
  const near = usable.filter((place) => isNear(place, newcomer));
  for (const group of near.length === usable.length ? [near] : [near, usable]) {
    const quiet = group.filter((place) => !place.load.isBusy && place.roomCores === undefined);
    if (quiet.length > 0) {
      return { isPlaced: true, id: pick(quiet).id, reason: isStarted ? 'spill' : 'start' };
    }
    const ofRoom = group.filter((place) => place.roomCores !== undefined);
    const rest = ofRoom.length > 0 ? ofRoom : group;
    if (rest.length > 0) return { isPlaced: true, id: pick(rest).id, reason: 'crowded' };
  }
  return { isPlaced: false, reason: refusal(places) };
}

/**
 * Whether the room may stay at a place of its own. A busy one keeps the rooms that could
 * double there: sizes of rooms have a heavy tail, so that what a room will yet grow is
 * about what it has. The largest goes elsewhere first, which takes few pipes for its size;
 * small rooms, which would take many for theirs, stay in one piece.
 */
function isOpen<Id>(place: Place<Id>, newcomer: Newcomer, limits: PlacementLimits): boolean {
  if (place.isDraining || place.roomCores === undefined) return false;
  if (!fits(place, newcomer, limits)) return false;
  if (!place.load.isBusy) return true;
  const growth = Math.max(place.roomCores, newcomer.cores);
  return place.load.share + growth / place.cores <= limits.fullAt;
}

function fits<Id>(place: Place<Id>, newcomer: Newcomer, limits: PlacementLimits): boolean {
  return place.load.share + newcomer.cores / place.cores <= limits.fullAt;
}

function isNear<Id>(place: Place<Id>, newcomer: Newcomer): boolean {
  if (newcomer.region === undefined || place.region === undefined) return true;
  return place.region === newcomer.region;
}

/** Of several, one nearby, and then the one with most of the room: the smaller pieces dissolve. */
function largestOfRoom<Id>(
  newcomer: Newcomer,
  places: readonly Place<Id>[],
  isEligible: (place: Place<Id>) => boolean,
): Place<Id> | undefined {
  let best: Place<Id> | undefined;
  for (const place of places) {
    if (place.roomCores === undefined || !isEligible(place)) continue;
    if (best === undefined || isBetterOfRoom(place, best, newcomer)) best = place;
  }
  return best;
}

function isBetterOfRoom<Id>(place: Place<Id>, other: Place<Id>, newcomer: Newcomer): boolean {
  const isPlaceNear = isNear(place, newcomer);
  if (isPlaceNear !== isNear(other, newcomer)) return isPlaceNear;
  return (place.roomCores ?? 0) > (other.roomCores ?? 0);
}

function leastLoaded<Id>(places: readonly Place<Id>[]): Place<Id> {
  const expected = ({ load }: Place<Id>) => load.share + load.growthShare;
  return places.reduce((best, place) => (expected(place) < expected(best) ? place : best));
}

function bestOfTwo<Id>(places: readonly Place<Id>[], random: () => number): Place<Id> {
  const first = Math.floor(random() * places.length);
  // Another one than the first, each as likely.
  const second = (first + 1 + Math.floor(random() * (places.length - 1))) % places.length;
  return leastLoaded([places[first], places[second]].filter((place) => place !== undefined));
}

function refusal<Id>(places: readonly Place<Id>[]): RefusalReason {
  if (places.length === 0) return 'no_place';
  return places.every((place) => place.isDraining) ? 'draining' : 'full';
}
