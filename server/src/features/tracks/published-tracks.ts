import type { TrackId, TrackSource } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';

/** Ended tracks that are remembered, so that ending one twice is no fault. */
const REMEMBERED_ENDS = 32;

/** A track, as its publisher knows it. */
export interface PublishedTrack {
  readonly trackId: TrackId;
  readonly clientTrackId: string;
  readonly source: TrackSource;
  isMuted: boolean;
  /** The track whose place it takes, and which goes on for some seconds. */
  readonly replaces?: TrackId | undefined;
}

/** What one participant publishes: at most one track of each source, and one that takes its place. */
export class PublishedTracks {
  readonly #tracks = new Map<TrackId, PublishedTrack>();
  readonly #ended = new Set<TrackId>();

  add(track: PublishedTrack): void {
    this.#tracks.set(track.trackId, track);
  }

  remove(trackId: TrackId): void {
    this.#tracks.delete(trackId);
    this.#ended.add(trackId);
    const [oldest] = this.#ended;
    if (this.#ended.size > REMEMBERED_ENDS && oldest !== undefined) {
      this.#ended.delete(oldest);
    }
  }

  /** @throws AppError `track_not_found` when the participant has no such track. */
  get(trackId: TrackId): PublishedTrack {
    const track = this.#tracks.get(trackId);
    if (track === undefined) {
      throw new AppError('track_not_found');
    }
    return track;
  }

  /**
   * A track, and the one that takes its place or whose place it takes: to everybody they are one.
   *
   * @throws AppError `track_not_found`.
   */
  getPair(trackId: TrackId): readonly PublishedTrack[] {
    const track = this.get(trackId);
    return this.filter(
      (one) => one === track || one.replaces === trackId || track.replaces === one.trackId,
    );
  }

  hasEnded(trackId: TrackId): boolean {
    return this.#ended.has(trackId);
  }

  find(isWanted: (track: PublishedTrack) => boolean): PublishedTrack | undefined {
    return [...this.#tracks.values()].find(isWanted);
  }

  filter(isWanted: (track: PublishedTrack) => boolean): readonly PublishedTrack[] {
    return [...this.#tracks.values()].filter(isWanted);
  }
}
