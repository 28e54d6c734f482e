import { createWorker, type types } from 'mediasoup';
import { withDeadline } from '../../kernel/deadline.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { WorkerLoad } from '../media-plane.ts';
import type { PlaceLoad, PlacementLimits } from '../placement/place-load.ts';
import { mediaCodecs } from './codecs.ts';
import { type ExpectedLoad, LoadMeter } from './load-meter.ts';
import { toAppError } from './media-errors.ts';
import { readProcessMemory } from './process-memory.ts';
import type { RouterHost } from './room-router.ts';
import { WorkerWatch } from './worker-watch.ts';

const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 2_000;

export interface MediaWorkerOptions {
  /** Path of mediasoup's worker program. Default: mediasoup's own choice. */
  readonly workerBin?: string | undefined;
  readonly listenInfos: types.TransportListenInfo[];
  /** Its place among the workers, from 0, and how many died there before it. */
  readonly place: { readonly slot: number; readonly restarts: number };
  /** From which load on it counts as busy. */
  readonly placementLimits: PlacementLimits;
  readonly logger: Logger;
  /** The process ended and nobody had asked it to. Its routers were told before. */
  readonly onDied: (reason: Error) => void;
}

/**
 * Starts one worker process that listens.
 *
 * @throws Error that names the program or the address at fault.
 */
export async function startMediaWorker(options: MediaWorkerOptions): Promise<MediaWorker> {
  const worker = await startProcess(options.workerBin);
  try {
    const webRtcServer = await withDeadline(
      worker.createWebRtcServer({ listenInfos: options.listenInfos }),
      START_TIMEOUT_MS,
      'The media worker',
    );
    return new MediaWorker(worker, webRtcServer, options);
  } catch (error) {
    await stopProcess(worker, options.logger);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot listen: ${reason}`, { cause: error });
  }
}

/** One mediasoup worker process and the one server that all its transports share. */
export class MediaWorker implements RouterHost {
  readonly pid: number;
  /** All transports listen here: one UDP and TCP port for the whole worker. */
  readonly webRtcServer: types.WebRtcServer;
  readonly #worker: types.Worker;
  readonly #logger: Logger;
  readonly #meter: LoadMeter;
  readonly #slot: MediaWorkerOptions['place'];
  readonly #counts = { routers: 0, transports: 0, consumers: 0, pipes: 0 };

  constructor(
    worker: types.Worker,
    webRtcServer: types.WebRtcServer,
    options: Pick<MediaWorkerOptions, 'place' | 'logger' | 'onDied' | 'placementLimits'>,
  ) {
    this.pid = worker.pid;
    this.webRtcServer = webRtcServer;
    this.#worker = worker;
    this.#logger = options.logger;
    this.#slot = options.place;
    this.#meter = new LoadMeter(
      {
        getResourceUsage: () => worker.getResourceUsage(),
        readMemory: () => readProcessMemory(worker.pid),
        countConsumers: () => this.#counts.consumers,
        isIdle: () => this.#counts.routers === 0,
      },
      options.placementLimits,
      (error) => this.#logger.debug({ err: error, pid: this.pid }, 'a worker was not measured'),
    );
    const watch = new WorkerWatch({
      ask: () => worker.getResourceUsage(),
      onHanging: () => this.#kill(),
    });
    worker.observer.once('close', () => {
      this.#meter.close();
      watch.close();
    });
    worker.on('died', options.onDied);
  }

  /** True from the moment at which its routers are told that it is gone. */
  get isClosed(): boolean {
    return this.#worker.closed;
  }

  /** Counts a router from the moment it is asked for. */
  get load(): WorkerLoad {
    const { share, isBusy } = this.#meter.place;
    const { pid } = this;
    return { pid, ...this.#slot, ...this.#counts, ...this.#meter.measured, share, isBusy };
  }

  /** What placement goes by. */
  get place(): PlaceLoad {
    return this.#meter.place;
  }

  /** Somebody is placed here. */
  notePlacement(placed: ExpectedLoad): void {
    this.#meter.notePlacement(placed);
  }

  notePipes(change: 1 | -1): void {
    this.#counts.pipes += change;
  }

  /** @throws AppError `media_unavailable`. */
  async createRouter(): Promise<types.Router> {
    const counts = this.#counts;
    counts.routers += 1;
    let router: types.Router;
    try {
      router = await this.#worker.createRouter({ mediaCodecs: mediaCodecs() });
    } catch (error) {
      counts.routers -= 1;
      throw toAppError(error, 'media_unavailable');
    }
    router.observer.once('close', () => {
      counts.routers -= 1;
    });
    router.observer.on('newtransport', (transport) => {
      if (transport.type === 'webrtc') this.#count(transport as types.WebRtcTransport);
      else if (isLink(transport)) {
        this.#meter.add(transport);
        transport.observer.once('close', () => this.#meter.remove(transport));
      }
    });
    return router;
  }

  /** Closes its routers and ends the process; settles when the port is free. Idempotent. */
  async close(): Promise<void> {
    if (!this.#worker.closed) await this.#settle();
    await stopProcess(this.#worker, this.#logger);
  }

  /** It hangs: nothing that it was asked will ever be answered. It dies as any other one. */
  #kill(): void {
    this.#logger.error({ pid: this.pid }, 'media worker hangs: killing it');
    try {
      process.kill(this.pid, 'SIGKILL');
    } catch (error) {
      this.#logger.warn({ err: error, pid: this.pid }, 'a media worker was gone already');
    }
  }

  #count(transport: types.WebRtcTransport): void {
    const counts = this.#counts;
    counts.transports += 1;
    this.#meter.add(transport);
    transport.observer.once('close', () => {
      counts.transports -= 1;
      this.#meter.remove(transport);
    });
    transport.observer.on('newconsumer', (consumer) => {
      counts.consumers += 1;
      consumer.observer.once('close', () => {
        counts.consumers -= 1;
      });
    });
  }

  /**
   * Waits for its answers to what it was asked before, and for its log to be
   * silent: clients send on, and a warning about that would find its pipe broken,
   * which looks like a fault.
   */
  async #settle(): Promise<void> {
    try {
      const silent = this.#worker.updateSettings({ logLevel: 'none' });
      await withDeadline(silent, STOP_TIMEOUT_MS, 'The media worker');
    } catch (error) {
      this.#logger.debug({ err: error, pid: this.pid }, 'media worker did not settle');
    }
  }
}

/** To another node: what goes to other workers of this one leaves no network card. */
function isLink(transport: types.Transport): transport is types.PipeTransport {
  return (
    transport.type === 'pipe' && (transport as types.PipeTransport).srtpParameters !== undefined
  );
}

async function startProcess(workerBin: string | undefined): Promise<types.Worker> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const before = signals.map((signal) => new Set(process.listeners(signal)));
  try {
    const starting = createWorker({
      logLevel: 'warn',
      logTags: ['info', 'ice', 'dtls', 'srtp'],
      ...(workerBin === undefined ? {} : { workerBin }),
    });
    // mediasoup closes a worker on these signals by itself, which would cut the
    // media of everybody before they are told goodbye. When to stop is for the
    // owner of the process to say; a worker whose parent is gone ends anyway.
    signals.forEach((signal, index) => {
      for (const listener of process.listeners(signal)) {
        if (!before[index]?.has(listener)) process.removeListener(signal, listener);
      }
    });
    return await withDeadline(starting, START_TIMEOUT_MS, 'The media worker');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${workerBin ?? 'the worker program'} does not start: ${reason}`, {
      cause: error,
    });
  }
}

async function stopProcess(worker: types.Worker, logger: Logger): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    if (worker.subprocessClosed) resolve();
    else worker.once('subprocessclose', resolve);
  });
  worker.close();
  try {
    await withDeadline(ended, STOP_TIMEOUT_MS, 'The media worker');
  } catch (error) {
    logger.warn({ err: error, pid: worker.pid }, 'media worker does not stop: killing it');
    process.kill(worker.pid, 'SIGKILL');
    await ended;
  }
}
