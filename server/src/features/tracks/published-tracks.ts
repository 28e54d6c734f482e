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
}

/** What one participant publishes: at most one track of each source. */
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
