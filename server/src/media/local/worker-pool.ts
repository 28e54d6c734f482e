import { networkInterfaces } from 'node:os';
import { withDeadline } from '../../kernel/deadline.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { WorkerLoad } from '../media-plane.ts';
import { findLeastLoaded } from './least-loaded.ts';
import { listenInfos } from './listen-infos.ts';
import { mediaUnavailable } from './media-errors.ts';
import type { MediaWorker } from './media-worker.ts';
import type { OpenRouter } from './room-router.ts';
import { WorkerSlot } from './worker-slot.ts';

/** How long a join waits for a worker while all of them are being replaced. */
const REPLACEMENT_TIMEOUT_MS = 5_000;

export interface WorkerPoolOptions {
  /** Path of mediasoup's worker program. Default: mediasoup's own choice. */
  readonly workerBin?: string | undefined;
  /** One for each core is right; at least 1. */
  readonly workerCount: number;
  /**
   * UDP and TCP port of the first worker; the others have the ports after it.
   * 0: each takes any free ones, and others after a restart.
   */
  readonly rtcPort: number;
  /** Address or host name at which clients reach this machine, where it differs from its own. */
  readonly announcedAddress?: string | undefined;
  /**
   * IP addresses to listen on. Default: all of them with `announcedAddress`, else
   * each address of the machine's networks and 127.0.0.1.
   */
  readonly listenAddresses?: readonly string[] | undefined;
  readonly logger: Logger;
}

/** Keeps its workers alive and chooses one of them for each new room. */
export class WorkerPool {
  readonly #slots: readonly WorkerSlot[];
  readonly #rtcPort: number;
  #nextStart = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;

  constructor(options: WorkerPoolOptions) {
    const { workerBin, workerCount, rtcPort, announcedAddress, listenAddresses, logger } = options;
    this.#rtcPort = rtcPort;
    this.#slots = Array.from({ length: workerCount }, (_, index) => {
      const port = rtcPort === 0 ? 0 : rtcPort + index;
      return new WorkerSlot({
        workerBin,
        getListenInfos: () =>
          listenInfos({
            port,
            announcedAddress,
            listenAddresses,
            interfaces: networkInterfaces(),
          }),
        logger,
        onStarted: () => this.#tellStart(),
      });
    });
  }

  /**
   * Starts every worker.
   *
   * @throws Error that says which program or port is at fault. Nothing is left running then.
   */
  async start(): Promise<void> {
    const results = await Promise.allSettled(this.#slots.map((slot) => slot.start()));
    const index = results.findIndex((result) => result.status === 'rejected');
    const failed = results[index];
    if (failed?.status !== 'rejected') return;
    await this.close();
    const place = `media worker ${index + 1} of ${results.length}, with ports from rtcPort ${this.#rtcPort}`;
    const reason = failed.reason instanceof Error ? failed.reason.message : String(failed.reason);
    throw new Error(`${place}: ${reason}`, { cause: failed.reason });
  }

  /**
   * A router on the least loaded worker. Waits for one that is being replaced if
   * there is no other. Whoever gets the router closes it.
   *
   * @throws AppError `media_unavailable`.
   */
  async createRouter(): Promise<OpenRouter> {
    while (this.#closing === undefined) {
      const worker = findLeastLoaded(this.#workers());
      if (worker !== undefined) {
        // Counts from this moment, so that the next room sees it.
        const router = await worker.createRouter();
        return { router, webRtcServer: worker.webRtcServer };
      }
      try {
        await withDeadline(this.#nextStart.promise, REPLACEMENT_TIMEOUT_MS, 'A media worker');
      } catch (error) {
        throw mediaUnavailable(error);
      }
    }
    throw mediaUnavailable();
  }

  /** One entry for each living worker. */
  getLoad(): readonly WorkerLoad[] {
    return this.#workers().map((worker) => worker.load);
  }

  /** Stops every worker; settles when the ports are free. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#slots.map((slot) => slot.close())).then(() => undefined);
    this.#tellStart();
    return this.#closing;
  }

  #workers(): readonly MediaWorker[] {
    return this.#slots.flatMap((slot) => slot.findWorker() ?? []);
  }

  /** Wakes those who wait for a worker. */
  #tellStart(): void {
    this.#nextStart.resolve();
    this.#nextStart = Promise.withResolvers();
  }
}
