import type { TrackId } from '@balai/protocol';
import type { AudioLevel } from '../media-plane.ts';
import type { TellLevels } from './audio-levels.ts';

/** As often as one router tells who is heard on it. */
const INTERVAL_MS = 125;

/** Hears how loud a track is, each time that this is known; undefined once when it is heard no longer. */
export type HearTrack = (volumeDb: number | undefined) => void;

interface Follower {
  readonly trackId: TrackId;
  readonly hear: HearTrack;
  wasHeard: boolean;
}

/**
 * Who is heard in a room, from what each of its routers tells of the tracks that are published
 * there. What the only router of a room tells is passed on as it is. With several of them
 * somebody new is told at once, and all else together, as often as if it were one.
 */
export class RoomLevels {
  readonly #tell: TellLevels;
  /** What each source told last, as long as anybody is heard there. */
  readonly #heard = new Map<object, readonly AudioLevel[]>();
  readonly #followers = new Set<Follower>();
  #told: readonly AudioLevel[] = [];
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(tell: TellLevels) {
    this.#tell = tell;
  }

  /**
   * @param source Who tells it. Several may tell of one track.
   * @param levels The loudest first; nobody when it became quiet there.
   */
  report(source: object, levels: readonly AudioLevel[]): void {
    if (this.#isClosed) return;
    const wasHeard = this.#heard.delete(source);
    if (levels.length > 0) this.#heard.set(source, levels);
    else if (!wasHeard) return;
    const isAlone = this.#heard.size === (levels.length > 0 ? 1 : 0);
    const isNew = (level: AudioLevel) => !this.#told.some((one) => one.trackId === level.trackId);
    const waitMs = this.#toldAt + INTERVAL_MS - performance.now();
    if (isAlone || waitMs <= 0 || levels.some(isNew)) this.#tellAll();
    else this.#timer ??= setTimeout(() => this.#tellAll(), waitMs);
  }

  /** Nobody is heard there any more. Idempotent. */
  remove(source: object): void {
    this.report(source, []);
  }

  /** @returns a function that ends it. */
  follow(trackId: TrackId, hear: HearTrack): () => void {
    const follower: Follower = { trackId, hear, wasHeard: false };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** Tells nothing any more. Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { wasHeard, hear } of this.#followers) if (wasHeard) hear(undefined);
    this.#followers.clear();
  }

  #tellAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [first = [], ...others] = this.#heard.values();
    const levels = others.length === 0 ? first : loudestFirst([first, ...others].flat());
    this.#told = levels;
    this.#toldAt = performance.now();
    for (const follower of this.#followers) {
      const level = levels.find(({ trackId }) => trackId === follower.trackId);
      if (level !== undefined || follower.wasHeard) follower.hear(level?.volumeDb);
      follower.wasHeard = level !== undefined;
    }
    this.#tell(levels);
  }
}

/** Each track once. */
function loudestFirst(levels: readonly AudioLevel[]): readonly AudioLevel[] {
  const sorted = [...levels].sort((one, other) => other.volumeDb - one.volumeDb);
  const told = new Set<TrackId>();
  return sorted.filter(({ trackId }) => !told.has(trackId) && told.add(trackId));
}
