import type { types } from 'mediasoup';
import type { Logger } from '../../kernel/logger.ts';
import { type MediaWorker, type MediaWorkerOptions, startMediaWorker } from './media-worker.ts';
import { countShortLives, restartDelayMs } from './restart-delay.ts';

export interface WorkerSlotOptions
  extends Pick<MediaWorkerOptions, 'workerBin' | 'placementLimits'> {
  /** Which of the places it is, from 0. */
  readonly slot: number;
  /** Asked at every start: a machine's addresses change. */
  readonly getListenInfos: () => types.TransportListenInfo[];
  readonly logger: Logger;
  /** A worker is there, for the first time or again. */
  readonly onStarted: () => void;
}

/** A place in the pool, with its port: keeps one worker alive in it. */
export class WorkerSlot {
  readonly #options: WorkerSlotOptions;
  #worker: MediaWorker | undefined;
  #starting: Promise<void> | undefined;
  #startedAtMs = 0;
  #shortLives = 0;
  /** Workers that died here. */
  #deaths = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
  }

  /** Undefined while a dead worker is being replaced. */
  findWorker(): MediaWorker | undefined {
    return this.#worker?.isClosed === false ? this.#worker : undefined;
  }

  /**
   * Starts the first worker; its successors start by themselves.
   *
   * @throws Error that says what is at fault. Nothing is left running then.
   */
  async start(): Promise<void> {
    this.#starting = this.#startWorker();
    await this.#starting;
  }

  /** Stops the worker, or the attempts to have one. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    // Who started it hears of a failure.
    await Promise.allSettled([this.#starting]);
    await this.#worker?.close();
  }

  async #startWorker(): Promise<void> {
    const { workerBin, slot, getListenInfos, placementLimits, logger, onStarted } = this.#options;
    const listenInfos = getListenInfos();
    this.#startedAtMs = performance.now();
    const worker = await startMediaWorker({
      workerBin,
      listenInfos,
      place: { slot, restarts: this.#deaths },
      placementLimits,
      logger,
      onDied: (reason) => {
        logger.error({ err: reason, pid: worker.pid }, 'media worker died');
        this.#deaths += 1;
        this.#replace();
      },
    });
    this.#worker = worker;
    logger.info({ pid: worker.pid, port: listenInfos[0]?.port }, 'media worker started');
    if (!this.#isClosed) onStarted();
  }

  #replace(): void {
    if (this.#isClosed) return;
    this.#shortLives = countShortLives(this.#shortLives, performance.now() - this.#startedAtMs);
    this.#timer = setTimeout(() => {
      this.#starting = this.#startWorker().catch((error: unknown) => {
        this.#options.logger.error({ err: error }, 'media worker cannot be replaced yet');
        this.#replace();
      });
    }, restartDelayMs(this.#shortLives));
  }
}
