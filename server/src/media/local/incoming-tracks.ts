import type { TrackId } from '@balai/protocol';
import { mediaUnavailable } from './media-errors.ts';
import type { ComingTrack, TellPipeFault } from './piped-track.ts';
import type { PublishedTrack } from './published-track.ts';
import type { RouterPipes } from './router-pipes.ts';

/**
 * How long a pipe outlives its last subscription, and flows on when none does: people who
 * turn pages, and speakers who take turns, do not have it made and stopped again and again.
 */
export const LINGER_MS = 2_000;

/** A subscription's share in a track that comes from another router. */
export interface TrackHold {
  /** Whether the subscription needs what comes. At first it does not. */
  readonly setFlowing: (isFlowing: boolean) => void;
  /** It has ended. Idempotent. */
  readonly release: () => void;
}

/** A track that somebody subscribes to. */
type WantedTrack = Pick<PublishedTrack, 'trackId' | 'origin' | 'isClosed'>;

/** The tracks that come to one router from others, each as long as somebody there subscribes to it. */
export class IncomingTracks {
  readonly #pipes: RouterPipes;
  readonly #tellFault: TellPipeFault;
  readonly #tracks = new Map<TrackId, IncomingTrack>();

  constructor(pipes: RouterPipes, tellFault: TellPipeFault) {
    this.#pipes = pipes;
    this.#tellFault = tellFault;
  }

  /** Whether a track is at this router by itself: then nothing is to be held. */
  isHome(track: WantedTrack): boolean {
    return track.origin.isAt(this.#pipes);
  }

  /**
   * Has a track come, once for all who ask.
   *
   * @returns undefined where it cannot: it ended, or its worker did.
   * @throws AppError `media_unavailable` where this router is gone.
   */
  async hold(track: WantedTrack): Promise<TrackHold | undefined> {
    const { trackId } = track;
    let incoming = this.#tracks.get(trackId);
    if (incoming === undefined) {
      const created: IncomingTrack = new IncomingTrack(
        track.origin.bringTo(this.#pipes, trackId),
        () => {
          if (this.#tracks.get(trackId) === created) this.#tracks.delete(trackId);
        },
      );
      this.#tracks.set(trackId, created);
      incoming = created;
    }
    const hold = incoming.hold();
    try {
      await incoming.opened;
      return hold;
    } catch (error) {
      hold.release();
      if (this.#pipes.isClosed) throw mediaUnavailable(error);
      // Who ended it, or lost it with its worker, is told otherwise.
      if (!track.isClosed) this.#tellFault(error);
      return undefined;
    }
  }

  /** A track ended, or is to be had here no longer. */
  drop(trackId: TrackId): void {
    this.#tracks.get(trackId)?.close();
  }

  /** Idempotent. */
  close(): void {
    for (const track of [...this.#tracks.values()]) track.close();
  }
}

class IncomingTrack {
  readonly opened: Promise<ComingTrack>;
  readonly #tellClosed: () => void;
  #coming: ComingTrack | undefined;
  #holds = 0;
  #flowing = 0;
  /** What the pipe was told. */
  #isFlowing = false;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param tellClosed Called once, also where it could not be opened. */
  constructor(opening: Promise<ComingTrack>, tellClosed: () => void) {
    this.#tellClosed = tellClosed;
    this.opened = this.#open(opening);
  }

  hold(): TrackHold {
    let isHeld = true;
    let flows = false;
    this.#holds += 1;
    this.#settle();
    const setFlowing = (isFlowing: boolean): void => {
      if (!isHeld || flows === isFlowing) return;
      flows = isFlowing;
      this.#flowing += isFlowing ? 1 : -1;
      this.#settle();
    };
    const release = (): void => {
      if (!isHeld) return;
      setFlowing(false);
      isHeld = false;
      this.#holds -= 1;
      this.#settle();
    };
    return { setFlowing, release };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#coming?.close();
    this.#tellClosed();
  }

  async #open(opening: Promise<ComingTrack>): Promise<ComingTrack> {
    try {
      const coming = await opening;
      this.#coming = coming;
      coming.onceClosed(() => this.close());
      if (!this.#isClosed) {
        this.#settle();
        return coming;
      }
      coming.close();
    } catch (error) {
      this.close();
      throw error;
    }
    throw mediaUnavailable();
  }

  /** More is done at once, less after a while. */
  #settle(): void {
    if (this.#isClosed || this.#coming === undefined) return;
    if (this.#flowing > 0 && !this.#isFlowing) {
      this.#isFlowing = true;
      this.#coming.setFlowing(true);
    }
    const isIdle = this.#holds === 0 || (this.#flowing === 0 && this.#isFlowing);
    if (!isIdle) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    } else {
      this.#timer ??= setTimeout(() => this.#relax(), LINGER_MS);
    }
  }

  #relax(): void {
    this.#timer = undefined;
    if (this.#holds === 0) {
      this.close();
    } else if (this.#flowing === 0) {
      this.#isFlowing = false;
      this.#coming?.setFlowing(false);
    }
  }
}
