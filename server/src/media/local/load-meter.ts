import type { types } from 'mediasoup';
import {
  afterMeasurement,
  afterPlacement,
  NO_LOAD,
  type PlaceLoad,
  type PlacementLimits,
  workerShare,
} from '../placement/place-load.ts';

const INTERVAL_MS = 1_000;
/** In so many measurements each transport is asked once how much goes over it. */
const TURN = 20;
/** And so many at most in one: asking takes time that forwarding would have. */
const MAX_ASKED = 100;

/** What is known of how busy a worker is. */
export interface MeasuredLoad {
  /** Share of one core, over the last second. */
  readonly cpuShare: number;
  /** Resident; 0 before the first measurement. */
  readonly memoryBytes: number;
  readonly incomingBps: number;
  readonly outgoingBps: number;
}

/** What somebody who is placed is expected to take, in cores, and how much their room to grow. */
export interface ExpectedLoad {
  readonly share: number;
  readonly growthShare: number;
}

/** The worker that is measured. */
export interface MeasuredWorker {
  readonly getResourceUsage: () => Promise<
    Pick<types.WorkerResourceUsage, 'ru_utime' | 'ru_stime'>
  >;
  /** Resident, without asking the worker. */
  readonly readMemory: () => Promise<number>;
  /** Tracks on their way to its clients. */
  readonly countConsumers: () => number;
  /** Whether there is nothing on it at all. */
  readonly isIdle: () => boolean;
}

/** A transport, as far as it is measured. */
export interface MeasuredTransport {
  getStats(): Promise<readonly { readonly recvBitrate: number; readonly sendBitrate: number }[]>;
}

interface Rate {
  readonly incomingBps: number;
  readonly outgoingBps: number;
}

const NO_RATE: Rate = { incomingBps: 0, outgoingBps: 0 };

/**
 * Measures one worker: once a second how much of a core it took, for one command, and in
 * turn how much goes over each transport. An idle one is asked nothing.
 */
export class LoadMeter {
  readonly #worker: MeasuredWorker;
  readonly #limits: PlacementLimits;
  readonly #tellFault: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  /** In the order in which they are asked, the next first. */
  readonly #rates = new Map<MeasuredTransport, Rate>();
  #place: PlaceLoad = NO_LOAD;
  #cpuShare = 0;
  #memoryBytes = 0;
  #last: { readonly at: number; readonly cpuMs: number } | undefined;
  #isMeasuring = false;
  #isClosed = false;

  constructor(
    worker: MeasuredWorker,
    limits: PlacementLimits,
    tellFault: (error: unknown) => void,
  ) {
    this.#worker = worker;
    this.#limits = limits;
    this.#tellFault = tellFault;
    this.#timer = setInterval(() => void this.measure(), INTERVAL_MS).unref();
  }

  /** What placement goes by. */
  get place(): PlaceLoad {
    return this.#place;
  }

  get measured(): MeasuredLoad {
    let [incomingBps, outgoingBps] = [0, 0];
    for (const rate of this.#rates.values()) {
      incomingBps += rate.incomingBps;
      outgoingBps += rate.outgoingBps;
    }
    return {
      cpuShare: this.#cpuShare,
      memoryBytes: this.#memoryBytes,
      incomingBps,
      outgoingBps,
    };
  }

  /** See `afterPlacement`. */
  notePlacement(placed: ExpectedLoad): void {
    this.#place = afterPlacement(this.#place, placed, this.#limits);
  }

  add(transport: MeasuredTransport): void {
    this.#rates.set(transport, NO_RATE);
  }

  remove(transport: MeasuredTransport): void {
    this.#rates.delete(transport);
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
  }

  /** Once; nothing while the measurement before is not done. Never rejects. */
  async measure(): Promise<void> {
    if (this.#isMeasuring || this.#isClosed) return;
    this.#isMeasuring = true;
    try {
      const memory = this.#measureMemory();
      if (this.#worker.isIdle()) this.#rest();
      else await Promise.all([this.#measureCpu(), this.#measureRates()]);
      await memory;
    } catch (error) {
      if (!this.#isClosed) this.#tellFault(error);
    }
    this.#isMeasuring = false;
  }

  /** What came since the last measurement is counted still: it is about to begin. */
  #rest(): void {
    this.#last = undefined;
    this.#note(0);
  }

  /** Never rejects. */
  async #measureMemory(): Promise<void> {
    try {
      this.#memoryBytes = await this.#worker.readMemory();
    } catch (error) {
      if (!this.#isClosed) this.#tellFault(error);
    }
  }

  async #measureCpu(): Promise<void> {
    const { ru_utime, ru_stime } = await this.#worker.getResourceUsage();
    const now = { at: performance.now(), cpuMs: ru_utime + ru_stime };
    const before = this.#last;
    this.#last = now;
    // Over what went before nothing is known; what was placed meanwhile stays counted.
    if (before !== undefined) this.#note((now.cpuMs - before.cpuMs) / (now.at - before.at));
  }

  #note(cpuShare: number): void {
    this.#cpuShare = cpuShare;
    const consumers = this.#worker.countConsumers();
    this.#place = afterMeasurement(this.#place, workerShare({ cpuShare, consumers }), this.#limits);
  }

  async #measureRates(): Promise<void> {
    const count = Math.min(MAX_ASKED, Math.ceil(this.#rates.size / TURN));
    await Promise.all([...this.#rates.keys()].slice(0, count).map((one) => this.#measureRate(one)));
  }

  async #measureRate(transport: MeasuredTransport): Promise<void> {
    try {
      const [stats] = await transport.getStats();
      // Gone meanwhile.
      if (stats === undefined || !this.#rates.delete(transport)) return;
      const { recvBitrate, sendBitrate } = stats;
      this.#rates.set(transport, { incomingBps: recvBitrate, outgoingBps: sendBitrate });
    } catch (error) {
      if (this.#rates.has(transport)) throw error;
    }
  }
}
