/** From which loads on places are avoided, sought again, and closed. Shares of a place's capacity. */
export interface PlacementLimits {
  /** A place above it is busy: rooms that could outgrow it send their newcomers elsewhere. */
  readonly spillAt: number;
  /** A busy place is busy until it is below this, so that rooms do not go back and forth. */
  readonly returnAt: number;
  /** Nobody is placed where they would bring it above this. */
  readonly fullAt: number;
}

/**
 * What is spared between `spillAt` and 1 is for what no join announces: cameras that go on,
 * screens that are shared, and measurements that are a second old.
 */
export const PLACEMENT_LIMITS: PlacementLimits = { spillAt: 0.6, returnAt: 0.45, fullAt: 0.85 };

/** How loaded a worker or a node is thought to be. Begins as `NO_LOAD`. Shares of its capacity. */
export interface PlaceLoad {
  /** The last measurement, and what was placed there since. */
  readonly share: number;
  /** Went above `spillAt`, and has not been below `returnAt` since. */
  readonly isBusy: boolean;
  /** What rooms that began here lately are expected to grow yet; not in `share`. */
  readonly growthShare: number;
  /** The last measurement alone. */
  readonly measuredShare: number;
  /** What was placed since. */
  readonly sinceShare: number;
  /** What was placed in the interval before, as far as the measurement has not seen it. */
  readonly unseenShare: number;
}

/** Of a place that has just been started. */
export const NO_LOAD: PlaceLoad = {
  share: 0,
  isBusy: false,
  growthShare: 0,
  measuredShare: 0,
  sinceShare: 0,
  unseenShare: 0,
};

/** Who was placed in the interval that a measurement is of, was there for half of it on average. */
export const UNSEEN_KEPT = 0.5;
/** Rooms fill within minutes: of the growth that was expected, a half remains after 41 s. */
export const GROWTH_KEPT = 2 ** (-1 / 41);

/** To be called at each measurement, once a second. */
export function afterMeasurement(
  load: PlaceLoad,
  measuredShare: number,
  limits: PlacementLimits = PLACEMENT_LIMITS,
): PlaceLoad {
  return withBusyness(
    {
      ...load,
      growthShare: load.growthShare * GROWTH_KEPT,
      measuredShare,
      // Of an interval before the last one nothing is unseen any more.
      unseenShare: load.sinceShare * UNSEEN_KEPT,
      sinceShare: 0,
    },
    limits,
  );
}

/** To be called at once for everybody who is placed, so that a storm of joins sees itself. */
export function afterPlacement(
  load: PlaceLoad,
  placed: { readonly share: number; readonly growthShare: number },
  limits: PlacementLimits = PLACEMENT_LIMITS,
): PlaceLoad {
  return withBusyness(
    {
      ...load,
      growthShare: load.growthShare + placed.growthShare,
      sinceShare: load.sinceShare + placed.share,
    },
    limits,
  );
}

function withBusyness(
  load: Omit<PlaceLoad, 'share'>,
  { spillAt, returnAt }: PlacementLimits,
): PlaceLoad {
  const { measuredShare, sinceShare, unseenShare } = load;
  const share = measuredShare + sinceShare + unseenShare;
  return { ...load, share, isBusy: load.isBusy ? share >= returnAt : share > spillAt };
}

/** What a worker can carry at most, where all of it is paused and costs nothing yet. */
const MAX_CONSUMERS = 4_000;

/**
 * A worker's load as one figure: the processor that it takes, or what it has promised to
 * carry, whichever is more. A thousand paused subscriptions cost nothing until all resume.
 *
 * @param measured.cpuShare Of one core, over the last second.
 */
export function workerShare(measured: {
  readonly cpuShare: number;
  readonly consumers: number;
}): number {
  return Math.max(measured.cpuShare, measured.consumers / MAX_CONSUMERS);
}

/** A node's load as one figure: the mean of its workers. One without any is full. */
export function nodeShare(workerShares: readonly number[]): number {
  if (workerShares.length === 0) return 1;
  return workerShares.reduce((sum, share) => sum + share, 0) / workerShares.length;
}
