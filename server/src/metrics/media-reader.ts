import type { Metrics } from '../kernel/metrics.ts';
import type { WorkerLoad } from '../media/media-plane.ts';

/** The media workers of this process. */
export interface MeasuredWorkers {
  readonly getLoad: () => Promise<readonly WorkerLoad[]>;
  /** How many there should be. */
  readonly workerCount: number;
  readonly isDraining: () => boolean;
}

/** Has the loads of workers read, each under its place among them: process ids would never end. */
export function readWorkers(metrics: Pick<Metrics, 'read'>, workers: MeasuredWorkers): void {
  metrics.read(async (tell) => {
    const loads = await workers.getLoad();
    const isDraining = workers.isDraining();
    tell('balai_workers', {}, loads.length);
    tell('balai_workers_configured', {}, workers.workerCount);
    tell('balai_node_draining', {}, Number(isDraining));
    tell('balai_node_free_ratio', {}, isDraining ? 0 : freeRatio(loads, workers.workerCount));
    for (const load of loads) {
      const labels = { worker: String(load.slot) };
      tell('balai_worker_cpu_ratio', labels, load.cpuShare);
      tell('balai_worker_load_ratio', labels, load.share);
      tell('balai_worker_busy', labels, Number(load.isBusy));
      tell('balai_worker_resident_memory_bytes', labels, load.memoryBytes);
      tell('balai_worker_restarts_total', labels, load.restarts);
      tell('balai_worker_routers', labels, load.routers);
      tell('balai_worker_transports', labels, load.transports);
      tell('balai_worker_consumers', labels, load.consumers);
      tell('balai_worker_pipes', labels, load.pipes);
      tell('balai_worker_receive_bytes_per_second', labels, load.incomingBps / 8);
      tell('balai_worker_transmit_bytes_per_second', labels, load.outgoingBps / 8);
    }
  });
}

/** A worker that is not there has nothing free. */
function freeRatio(loads: readonly WorkerLoad[], workerCount: number): number {
  const free = loads.reduce((sum, { share }) => sum + Math.max(0, 1 - share), 0);
  return workerCount === 0 ? 0 : Math.min(1, free / workerCount);
}
