/**
 * What it costs a server to find out the bandwidth of its subscribers, and what it
 * saves not to: CPU of worker and control plane per forwarded packet, one publisher
 * with a camera in three layers and Opus, with each estimator in turn.
 */
import { parseArgs } from 'node:util';
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
const ESTIMATORS: readonly Estimator[] = ['none', 'goog-remb', 'transport-cc'];
const WARM_UP_MS = 6_000;
/** So many handshakes at a time. */
const JOINS_AT_ONCE = 5;

const { values } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '8' },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});

interface Measurement {
  readonly workerUs: number;
  readonly nodeUs: number;
  readonly packetsPerSecond: number;
  /** Share of video packets in the best layer. */
  readonly top: number;
}

async function measure(estimator: Estimator): Promise<Measurement> {
  const plane = await createLocalMediaPlane({
    workerBin: process.env['MEDIASOUP_WORKER_BIN'],
    workerCount: 1,
    rtcPort: 0,
    listenAddresses: ['127.0.0.1'],
    logger: pino({ level: 'silent' }),
    estimator,
  });
  const clients = new LoadClients(plane);
  try {
    await clients.publish(TRACKS);
    for (let left = Number(values.subscribers); left > 0; left -= JOINS_AT_ONCE) {
      const joins = Array.from({ length: Math.min(left, JOINS_AT_ONCE) }, () =>
        clients.subscribe(),
      );
      await Promise.all(joins);
    }
    await sleep(WARM_UP_MS);
    const [{ pid = 0 } = {}] = await plane.getLoad();
    const look = async () => ({
      at: performance.now(),
      worker: cpuOfProcess(pid),
      node: process.cpuUsage(),
      count: await clients.count(),
    });
    const before = await look();
    await sleep(Number(values.seconds) * 1_000);
    const after = await look();
    const packets = after.count.packets - before.count.packets;
    const nodeUs = after.node.user + after.node.system - before.node.user - before.node.system;
    return {
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

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const results = new Map<Estimator, Measurement[]>(ESTIMATORS.map((one) => [one, []]));
for (let run = 0; run < Number(values.runs); run += 1) {
  for (const estimator of ESTIMATORS) {
    const measurement = await measure(estimator);
    results.get(estimator)?.push(measurement);
    console.error(estimator, measurement);
  }
}

const table = [...results].map(([estimator, measurements]) => {
  const of = (key: keyof Measurement) => measurements.map((one) => one[key]);
  const total = measurements.map(({ workerUs, nodeUs }) => workerUs + nodeUs);
  return {
    estimator,
    microsecondsPerPacket: median(total),
    range: [Math.min(...total), Math.max(...total)],
    worker: median(of('workerUs')),
    node: median(of('nodeUs')),
    packetsPerSecond: median(of('packetsPerSecond')),
    top: median(of('top')),
  };
});
if (values.json) {
  console.log(JSON.stringify(table, null, 2));
} else {
  console.table(table);
}
