import type { WorkerLoad } from '../media-plane.ts';

/**
 * How much a worker has to do, in forwarded streams. A transport counts for two:
 * besides its own work, whoever has just joined is about to get streams. An
 * empty router counts for one, so that new rooms spread.
 */
export function loadScore(load: Omit<WorkerLoad, 'pid'>): number {
  return load.consumers + 2 * load.transports + load.routers;
}

/** The worker for a new room: the one with least to do, the first of equals; none of none. */
export function findLeastLoaded<T extends { readonly load: Omit<WorkerLoad, 'pid'> }>(
  workers: readonly T[],
): T | undefined {
  let best: T | undefined;
  for (const worker of workers) {
    if (best === undefined || loadScore(worker.load) < loadScore(best.load)) best = worker;
  }
  return best;
}
