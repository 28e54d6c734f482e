import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import type { Estimator } from '../../../server/src/media/local/layers/estimators.ts';
import { createLocalMediaPlane } from '../../../server/src/media/local/local-media-plane.ts';
import { LoadClients, type LoadTrack } from './load-clients.ts';
import { cpuOfProcess } from './process-cpu.ts';

/** A hundred packets a second of each layer: 120, 320 and 960 kbit/s. */
const TRACKS: readonly LoadTrack[] = [
  { type: 'simulcast', options: { frameBytes: [150, 400, 1_200], intervalMs: 10 } },
  { type: 'audio' },
];
export const ESTIMATORS: readonly Estimator[] = ['none', 'goog-remb', 'transport-cc'];
const WARM_UP_MS = 6_000;
/** So many handshakes at a time. */
const JOINS_AT_ONCE = 5;

export type EstimatorOptions = {
  readonly subscribers: number;
  readonly seconds: number;
  readonly workerBin: string;
};

/** What one estimator cost in one run: microseconds of processor time per forwarded packet. */
export type EstimatorRun = {
  readonly estimator: Estimator;
  readonly workerUs: number;
  readonly nodeUs: number;
  readonly packetsPerSecond: number;
  /** Share of video packets in the best layer. */
  readonly top: number;
};

/**
 * What it costs a server to find out the bandwidth of its subscribers, and what it
 * saves not to: one publisher with a camera in three layers and Opus.
 */
export async function measureEstimator(
  estimator: Estimator,
  { subscribers, seconds, workerBin }: EstimatorOptions,
): Promise<EstimatorRun> {
  const plane = await createLocalMediaPlane({
    workerBin,
    workerCount: 1,
    rtcPort: 0,
    listenAddresses: ['127.0.0.1'],
    logger: pino({ level: 'silent' }),
    estimator,
  });
  const clients = new LoadClients(plane);
  try {
    await clients.publish(TRACKS);
    for (let left = subscribers; left > 0; left -= JOINS_AT_ONCE) {
      const joins = Array.from({ length: Math.min(left, JOINS_AT_ONCE) }, () =>
        clients.subscribe(),
      );
      await Promise.all(joins);
    }
    await delay(WARM_UP_MS);
    const [{ pid = 0 } = {}] = await plane.getLoad();
    const look = async () => ({
      at: performance.now(),
      worker: cpuOfProcess(pid),
      node: process.cpuUsage(),
      count: await clients.count(),
    });
    const before = await look();
    await delay(seconds * 1_000);
    const after = await look();
    const packets = after.count.packets - before.count.packets;
    const nodeUs = after.node.user + after.node.system - before.node.user - before.node.system;
    return {
      estimator,
      workerUs: (after.worker - before.worker) / packets,
      nodeUs: nodeUs / packets,
      packetsPerSecond: (packets * 1_000) / (after.at - before.at),
      // Two of three packets are video.
      top: (after.count.top - before.count.top) / (packets * (2 / 3)),
    };
  } finally {
    await clients.close();
    await plane.close();
  }
}
