import type { TrackSource } from '@balai/protocol';
import { createLocalTrack, type LocalTrack } from '../tracks/local-track.ts';

/** Tracks that the application made itself, as local tracks. */
export class WrappedTracks {
  readonly #wrapped = new WeakMap<MediaStreamTrack, LocalTrack>();

  /**
   * The same for the same browser's track, so that a publication in flight is found again.
   *
   * @param published What this very track is published as.
   */
  wrap(
    track: MediaStreamTrack,
    source: TrackSource | undefined,
    published: LocalTrack | undefined,
  ): LocalTrack {
    const known = published ?? this.#wrapped.get(track);
    if (known && known.source === (source ?? known.source)) return known;
    const local = createLocalTrack({
      source: source ?? (track.kind === 'audio' ? 'microphone' : 'camera'),
      mediaStreamTrack: track,
      openDevice: undefined,
    });
    this.#wrapped.set(track, local);
    return local;
  }
}
