import type { MediaKind, TrackId, TrackInfo, TrackSource } from '@balai/protocol';
import type { LocalTrack } from './local-track.ts';
import type { RemoteTrack } from './remote-track.ts';
import type { Track } from './track.ts';

/** That a participant publishes a track. It exists before its media arrives, and while it is muted. */
export abstract class TrackPublication {
  readonly trackSid: TrackId;
  readonly trackName: string;
  readonly kind: MediaKind;
  readonly source: TrackSource;
  /** For example `video/VP8`. */
  readonly mimeType: string;
  abstract readonly isLocal: boolean;

  protected constructor(
    info: Pick<TrackInfo, 'trackId' | 'name' | 'kind' | 'source' | 'mimeType'>,
  ) {
    this.trackSid = info.trackId;
    this.trackName = info.name;
    this.kind = info.kind;
    this.source = info.source;
    this.mimeType = info.mimeType;
  }

  abstract get track(): Track | undefined;
  abstract get isMuted(): boolean;
  /** In pixels, as published; undefined where unknown and for audio. */
  abstract get dimensions(): { readonly width: number; readonly height: number } | undefined;
}

/** A track of our own that the others can see or hear. */
export class LocalTrackPublication extends TrackPublication {
  readonly isLocal = true;
  readonly track: LocalTrack;

  /** @internal */
  constructor(track: LocalTrack, info: Pick<TrackInfo, 'trackId' | 'name' | 'mimeType'>) {
    super({ ...info, kind: track.kind, source: track.source });
    this.track = track;
  }

  get isMuted(): boolean {
    return this.track.isMuted;
  }

  get dimensions(): { readonly width: number; readonly height: number } | undefined {
    const { width, height } = this.track.mediaStreamTrack.getSettings();
    return width && height ? { width, height } : undefined;
  }

  /** As {@link LocalTrack.mute}. */
  mute(): Promise<void> {
    return this.track.mute();
  }

  /** As {@link LocalTrack.unmute}. */
  unmute(): Promise<void> {
    return this.track.unmute();
  }
}

/** A track of somebody else. */
export class RemoteTrackPublication extends TrackPublication {
  readonly isLocal = false;
  readonly #info: TrackInfo;
  #isMuted: boolean;
  #track: RemoteTrack | undefined;

  /** @internal */
  constructor(info: TrackInfo) {
    super(info);
    this.#info = info;
    this.#isMuted = info.isMuted;
  }

  /** Its media, from `trackSubscribed` to `trackUnsubscribed`. */
  get track(): RemoteTrack | undefined {
    return this.#track;
  }

  /** Whether its media is here. */
  get isSubscribed(): boolean {
    return this.#track !== undefined;
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  get dimensions(): { readonly width: number; readonly height: number } | undefined {
    const { width, height } = this.#info;
    return width && height ? { width, height } : undefined;
  }

  /** @internal */
  get info(): TrackInfo {
    return this.#info;
  }

  /** @internal */
  setTrack(track: RemoteTrack | undefined): void {
    this.#track = track;
    track?.setMuted(this.#isMuted);
  }

  /** @internal */
  setMuted(isMuted: boolean): void {
    this.#isMuted = isMuted;
    this.#track?.setMuted(isMuted);
  }
}
