import type { RemoteTrack } from './tracks/remote-track.ts';
import { RemoteAudioTrack } from './tracks/remote-track.ts';

/** Knows whether the browser lets the room be heard. */
export class AudioPlayback {
  readonly #onChanged: (isPlaying: boolean) => void;
  #canPlay = true;

  constructor(onChanged: (isPlaying: boolean) => void) {
    this.#onChanged = onChanged;
  }

  get canPlay(): boolean {
    return this.#canPlay;
  }

  watch(track: RemoteTrack): void {
    if (!(track instanceof RemoteAudioTrack)) return;
    track.watch('audioPlaybackStarted', () => this.#set(true));
    track.watch('audioPlaybackFailed', () => this.#set(false));
  }

  /** @throws BalaiError `playback_blocked` */
  async start(tracks: readonly RemoteAudioTrack[]): Promise<void> {
    await Promise.all(tracks.map((track) => track.play()));
    this.#set(true);
  }

  #set(canPlay: boolean): void {
    if (canPlay === this.#canPlay) return;
    this.#canPlay = canPlay;
    this.#onChanged(canPlay);
  }
}
