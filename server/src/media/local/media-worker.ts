import { createWorker, type types } from 'mediasoup';
import { withDeadline } from '../../kernel/deadline.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { WorkerLoad } from '../media-plane.ts';
import { mediaCodecs } from './codecs.ts';
import { toAppError } from './media-errors.ts';

const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 2_000;

export interface MediaWorkerOptions {
  /** Path of mediasoup's worker program. Default: mediasoup's own choice. */
  readonly workerBin?: string | undefined;
  readonly listenInfos: types.TransportListenInfo[];
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
export class MediaWorker {
  readonly pid: number;
  /** All transports listen here: one UDP and TCP port for the whole worker. */
  readonly webRtcServer: types.WebRtcServer;
  readonly #worker: types.Worker;
  readonly #logger: Logger;
  readonly #load = { routers: 0, transports: 0, consumers: 0 };

  constructor(
    worker: types.Worker,
    webRtcServer: types.WebRtcServer,
    options: Pick<MediaWorkerOptions, 'logger' | 'onDied'>,
  ) {
    this.pid = worker.pid;
    this.webRtcServer = webRtcServer;
    this.#worker = worker;
    this.#logger = options.logger;
    worker.on('died', options.onDied);
  }

  /** True from the moment at which its routers are told that it is gone. */
  get isClosed(): boolean {
    return this.#worker.closed;
  }

  /** Counts a router from the moment it is asked for. */
  get load(): WorkerLoad {
    return { pid: this.pid, ...this.#load };
  }

  /** @throws AppError `media_unavailable`. */
  async createRouter(): Promise<types.Router> {
    const load = this.#load;
    load.routers += 1;
    let router: types.Router;
    try {
      router = await this.#worker.createRouter({ mediaCodecs: mediaCodecs() });
    } catch (error) {
      load.routers -= 1;
      throw toAppError(error, 'media_unavailable');
    }
    router.observer.once('close', () => {
      load.routers -= 1;
    });
    router.observer.on('newtransport', (transport) => {
      load.transports += 1;
      transport.observer.once('close', () => {
        load.transports -= 1;
      });
      transport.observer.on('newconsumer', (consumer) => {
        load.consumers += 1;
        consumer.observer.once('close', () => {
          load.consumers -= 1;
        });
      });
    });
    return router;
  }

  /** Closes its routers and ends the process; settles when the port is free. Idempotent. */
  async close(): Promise<void> {
    if (!this.#worker.closed) await this.#settle();
    await stopProcess(this.#worker, this.#logger);
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
