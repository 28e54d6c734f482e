import { networkInterfaces } from 'node:os';
import { AppError } from '../../kernel/app-error.ts';
import { withDeadline } from '../../kernel/deadline.ts';
import type { Logger } from '../../kernel/logger.ts';
import { type Metrics, NO_METRICS } from '../../kernel/metrics.ts';
import type { WorkerLoad } from '../media-plane.ts';
import {
  chooseWorker,
  type Newcomer,
  type Place,
  type Placement,
} from '../placement/choose-place.ts';
import { expectedGrowthCores } from '../placement/costs.ts';
import { PLACEMENT_LIMITS, type PlaceLoad, type PlacementLimits } from '../placement/place-load.ts';
import { listenInfos } from './listen-infos.ts';
import { mediaUnavailable } from './media-errors.ts';
import type { MediaWorker } from './media-worker.ts';
import type { RoomWorkers } from './room-media.ts';
import type { RouterHost } from './room-router.ts';
import { type PortRange, pipePorts } from './router-pipes.ts';
import { WorkerSlot } from './worker-slot.ts';

/** How long a join waits for a worker while all of them are being replaced. */
const REPLACEMENT_TIMEOUT_MS = 5_000;

/** Chooses one of the workers for a newcomer. */
export type ChooseWorker = <Id>(
  newcomer: Newcomer,
  workers: readonly Place<Id>[],
  limits: PlacementLimits,
) => Placement<Id>;

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
  /** From which loads on workers are spared, and closed. Default {@link PLACEMENT_LIMITS}. */
  readonly placementLimits?: PlacementLimits | undefined;
  /** Default {@link chooseWorker}. */
  readonly chooseWorker?: ChooseWorker | undefined;
  /** Whether nobody new is to be taken. Default: never. */
  readonly isDraining?: (() => boolean) | undefined;
  /** Counts what becomes of newcomers. Default {@link NO_METRICS}. */
  readonly metrics?: Pick<Metrics, 'count'> | undefined;
  readonly logger: Logger;
}

/** Keeps its workers alive and chooses one of them for each newcomer. */
export class WorkerPool implements RoomWorkers {
  readonly pipePorts: PortRange;
  readonly #slots: readonly WorkerSlot[];
  readonly #rtcPort: number;
  readonly #limits: PlacementLimits;
  readonly #choose: ChooseWorker;
  readonly #isDraining: () => boolean;
  readonly #metrics: Pick<Metrics, 'count'>;
  #nextStart = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;

  constructor(options: WorkerPoolOptions) {
    const { workerBin, workerCount, rtcPort, announcedAddress, listenAddresses, logger } = options;
    this.#rtcPort = rtcPort;
    this.#limits = options.placementLimits ?? PLACEMENT_LIMITS;
    this.#choose = options.chooseWorker ?? chooseWorker;
    this.#isDraining = options.isDraining ?? (() => false);
    this.#metrics = options.metrics ?? NO_METRICS;
    this.pipePorts = pipePorts(rtcPort, workerCount);
    this.#slots = Array.from({ length: workerCount }, (_, index) => {
      const port = rtcPort === 0 ? 0 : rtcPort + index;
      return new WorkerSlot({
        workerBin,
        slot: index,
        getListenInfos: () =>
          listenInfos({
            port,
            announcedAddress,
            listenAddresses,
            interfaces: networkInterfaces(),
          }),
        placementLimits: this.#limits,
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

  /** See {@link RoomWorkers}. Counts the newcomer at once, so that the next one sees it. */
  place(
    newcomer: Newcomer,
    roomCoresOn: (worker: RouterHost) => number | undefined,
  ): MediaWorker | Promise<MediaWorker> {
    if (this.#closing !== undefined) throw mediaUnavailable();
    const workers = this.#workers();
    if (workers.length === 0) {
      return this.#awaitStart().then(() => this.place(newcomer, roomCoresOn));
    }
    const isDraining = this.#isDraining();
    const places = workers.map((worker) => ({
      id: worker,
      load: worker.place,
      cores: 1,
      isDraining,
      roomCores: roomCoresOn(worker),
    }));
    let placement = this.#choose(newcomer, places, this.#limits);
    if (!placement.isPlaced) {
      // Many who come at once are expected to take more than there is. That decides who goes
      // where, but only what was measured turns anybody away.
      const measured = places.map((place) => ({ ...place, load: measuredOnly(place.load) }));
      placement = this.#choose(newcomer, measured, this.#limits);
    }
    this.#metrics.count('balai_placements_total', { outcome: placement.reason });
    if (!placement.isPlaced) {
      throw new AppError(
        'media_unavailable',
        placement.reason === 'draining'
          ? 'This media node takes nobody new'
          : 'Every media worker has as much to do as it can',
      );
    }
    const growthShare = expectedGrowthCores(placement.reason);
    placement.id.notePlacement({ share: newcomer.cores, growthShare });
    return placement.id;
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

  async #awaitStart(): Promise<void> {
    try {
      await withDeadline(this.#nextStart.promise, REPLACEMENT_TIMEOUT_MS, 'A media worker');
    } catch (error) {
      throw mediaUnavailable(error);
    }
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

function measuredOnly(load: PlaceLoad): PlaceLoad {
  return { ...load, share: load.measuredShare };
}
