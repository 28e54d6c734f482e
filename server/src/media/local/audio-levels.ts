import { setTimeout as after } from 'node:timers/promises';
import type { TrackId } from '@balai/protocol';
import { errors, type types } from 'mediasoup';
import type { AudioLevel } from '../media-plane.ts';

/** Hears who is loud, the loudest first; nobody when it becomes quiet. */
export type TellLevels = (levels: readonly AudioLevel[]) => void;

/** Hears that levels cannot be measured. */
export type TellLevelFault = (error: unknown) => void;

/** The shortest window that mediasoup has. It passes over who sent less than 10 packets in it. */
const WINDOW_MS = 250;
/** Rooms are noisy: what is quieter than this is no speech. */
const THRESHOLD_DB = -70;
/** More than are heard at a time in any room. */
const MAX_ENTRIES = 64;
/** How far the two windows may drift before they are set apart anew. */
const TOLERATED_DRIFT_MS = 60;

/**
 * Measures how loud the microphones of a room are. Two observers take turns,
 * their windows half a window apart: who begins to speak has filled one of them
 * after 200 to 325 ms; with one observer it could take 450 ms.
 *
 * Nothing is decoded: levels come with the packets (RFC 6464). Costs some ten
 * nanoseconds for each packet that arrives, and at most eight messages a second.
 */
export class AudioLevels {
  readonly #getRouter: () => types.Router | undefined;
  readonly #tellLevels: TellLevels;
  readonly #tellFault: TellLevelFault;
  readonly #closing = new AbortController();
  readonly #reports: [Report, Report] = [
    { isQuiet: true, at: 0 },
    { isQuiet: true, at: 0 },
  ];
  #opening: Promise<readonly types.AudioLevelObserver[]> | undefined;
  #isSettingApart = false;

  constructor(
    getRouter: () => types.Router | undefined,
    tellLevels: TellLevels,
    tellFault: TellLevelFault,
  ) {
    this.#getRouter = getRouter;
    this.#tellLevels = tellLevels;
    this.#tellFault = tellFault;
  }

  /** Measures an audio track until it ends. */
  async add(trackId: TrackId): Promise<void> {
    try {
      const router = this.#getRouter();
      if (router === undefined) return;
      this.#opening ??= this.#open(router);
      const observers = await this.#opening;
      await Promise.all(observers.map((one) => one.addProducer({ producerId: trackId })));
    } catch (error) {
      // The track or the room ended meanwhile.
      if (this.#closing.signal.aborted || error instanceof errors.NotFoundError) return;
      this.#tellFault(error);
    }
  }

  /** Tells nothing any more. What measures goes with the router. Idempotent. */
  close(): void {
    this.#closing.abort();
  }

  async #open(router: types.Router): Promise<readonly types.AudioLevelObserver[]> {
    const options = { interval: WINDOW_MS, threshold: THRESHOLD_DB, maxEntries: MAX_ENTRIES };
    const first = await router.createAudioLevelObserver(options);
    await after(WINDOW_MS / 2, undefined, { signal: this.#closing.signal });
    const second = await router.createAudioLevelObserver(options);
    const observers = [first, second] as const;
    observers.forEach((observer, index) => {
      const report = this.#reports[index === 0 ? 0 : 1];
      observer.on('volumes', (volumes) => {
        report.isQuiet = false;
        report.at = performance.now();
        if (index === 1) void this.#keepApart(second);
        this.#tell(
          volumes.map(({ producer, volume }) => ({ trackId: producer.id, volumeDb: volume })),
        );
      });
      observer.on('silence', () => {
        report.isQuiet = true;
        if (this.#reports.every(({ isQuiet }) => isQuiet)) this.#tell([]);
      });
    });
    return observers;
  }

  #tell(levels: readonly AudioLevel[]): void {
    if (!this.#closing.signal.aborted) this.#tellLevels(levels);
  }

  /** The worker's timers drift a little with its load. */
  async #keepApart(second: types.AudioLevelObserver): Promise<void> {
    const [one, other] = this.#reports;
    if (this.#isSettingApart || one.isQuiet || one.at === 0) return;
    const apart = (other.at - one.at) % WINDOW_MS;
    if (Math.abs(apart - WINDOW_MS / 2) <= TOLERATED_DRIFT_MS) return;
    this.#isSettingApart = true;
    try {
      const wait = (WINDOW_MS * 1.5 - apart) % WINDOW_MS;
      await after(wait, undefined, { signal: this.#closing.signal });
      await second.pause();
      await second.resume();
      // Only after its next window is known where it stands.
      await after(2 * WINDOW_MS, undefined, { signal: this.#closing.signal });
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#tellFault(error);
    } finally {
      this.#isSettingApart = false;
    }
  }
}

/** What an observer said last. */
interface Report {
  isQuiet: boolean;
  /** By the clock of `performance`. */
  at: number;
}
