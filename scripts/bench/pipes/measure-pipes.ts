import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { createLocalMediaPlane } from '../../../server/src/media/local/local-media-plane.ts';
import { LoadClients, type LoadTrack } from '../estimators/load-clients.ts';
import { cpuOfProcess } from '../estimators/process-cpu.ts';
import { pinFamily } from '../media/processor-time.ts';

/** Twenty videos of 200 packets of 1,000 bytes a second each: a pipe of a large room. */
const MANY: readonly LoadTrack[] = Array.from({ length: 20 }, () => ({
  type: 'simulcast',
  options: { frameBytes: [1_000], intervalMs: 5 },
}));
/** A camera of one size with 100 packets a second, and Opus. */
const ONE_PERSON: readonly LoadTrack[] = [
  { type: 'simulcast', options: { frameBytes: [1_000], intervalMs: 10 } },
  { type: 'audio' },
];
const AUDIENCE = 100;
const WARM_UP_MS = 3_000;
/** So many handshakes at a time. */
const JOINS_AT_ONCE = 5;
const SERVER_CORE = 0;
const LOAD_CORE = 1;

export type PipeOptions = { readonly seconds: number; readonly workerBin: string };

/** What pipes between two workers cost in one run. All but the rate: microseconds of the workers' processor time. */
export type PipeRun = {
  /** Packets of the pipe a second. */
  readonly packetsPerSecond: number;
  /**
   * For each packet of a pipe, where it leaves. Where it enters, that cannot be told apart from what
   * waking the worker takes: it is in the figure of the audience on both.
   */
  readonly leavingUs: number;
  /** For each packet to an audience on the worker of the publisher. */
  readonly audienceOnOneUs: number;
  /** For each packet to as many people on two workers, the pipe included. */
  readonly audienceOnTwoUs: number;
};

/** What it costs to bring tracks to another worker, and what that comes to with an audience on both. */
export async function measurePipes(options: PipeOptions): Promise<PipeRun> {
  return {
    ...(await withStage(options, measureLeaving)),
    audienceOnOneUs: await withStage(options, (stage) => measureAudience(stage, 1)),
    audienceOnTwoUs: await withStage(options, (stage) => measureAudience(stage, 2)),
  };
}

/** Two workers, where whoever comes goes to the one that is named. */
type Stage = {
  readonly clients: LoadClients;
  readonly goTo: (worker: 0 | 1) => void;
  /** Watches for some seconds. */
  readonly watch: () => Promise<Watched>;
};

type Watched = {
  /** Share of a core that each worker took. */
  readonly cores: readonly [number, number];
  /** That clients received, each second. */
  readonly packetsPerSecond: number;
};

async function withStage<T>(
  { seconds, workerBin }: PipeOptions,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  let worker: 0 | 1 = 0;
  const plane = await createLocalMediaPlane({
    workerBin,
    workerCount: 2,
    rtcPort: 0,
    listenAddresses: ['127.0.0.1'],
    logger: pino({ level: 'silent' }),
    estimator: 'none',
    chooseWorker: (_newcomer, workers) => {
      const place = workers[worker];
      if (place === undefined) return { isPlaced: false, reason: 'no_place' };
      return { isPlaced: true, id: place.id, reason: 'room' };
    },
  });
  const clients = new LoadClients(plane);
  try {
    const [one, other] = (await plane.getLoad()).map(({ pid }) => pid);
    if (one === undefined || other === undefined) throw new Error('there are not two workers');
    for (const pid of [one, other]) pinFamily(pid, SERVER_CORE);
    pinFamily(clients.pid, LOAD_CORE);
    const look = async () => ({
      at: performance.now(),
      cpuUs: [cpuOfProcess(one), cpuOfProcess(other)] as const,
      packets: (await clients.count()).packets,
    });
    const watch = async (): Promise<Watched> => {
      await delay(WARM_UP_MS);
      const before = await look();
      await delay(seconds * 1_000);
      const after = await look();
      const elapsedUs = (after.at - before.at) * 1_000;
      const cores = (index: 0 | 1) => (after.cpuUs[index] - before.cpuUs[index]) / elapsedUs;
      const packetsPerSecond = ((after.packets - before.packets) * 1e6) / elapsedUs;
      return { cores: [cores(0), cores(1)], packetsPerSecond };
    };
    const goTo = (next: 0 | 1) => {
      worker = next;
    };
    return await work({ clients, goTo, watch });
  } finally {
    await clients.close();
    await plane.close();
  }
}

/**
 * What the publisher's worker takes more of, for each packet, once somebody on the other one receives
 * all of it. Two who are on its own keep it awake: else what waking it takes would come and go.
 */
async function measureLeaving({ clients, goTo, watch }: Stage) {
  await clients.publish(MANY);
  for (let present = 0; present < 2; present += 1) await clients.subscribe();
  const before = await watch();
  goTo(1);
  await clients.subscribe();
  const after = await watch();
  const packetsPerSecond = after.packetsPerSecond - before.packetsPerSecond;
  const leavingUs = ((after.cores[0] - before.cores[0]) * 1e6) / packetsPerSecond;
  return { leavingUs, packetsPerSecond };
}

async function measureAudience({ clients, goTo, watch }: Stage, workers: 1 | 2): Promise<number> {
  await clients.publish(ONE_PERSON);
  for (const worker of workers === 1 ? [0 as const] : [0 as const, 1 as const]) {
    goTo(worker);
    for (let left = AUDIENCE / workers; left > 0; left -= JOINS_AT_ONCE) {
      const joins = Array.from({ length: JOINS_AT_ONCE }, () => clients.subscribe());
      await Promise.all(joins);
    }
  }
  const { cores, packetsPerSecond } = await watch();
  return ((cores[0] + cores[1]) * 1e6) / packetsPerSecond;
}
