import type { MediaKind, TrackId, TrackInfo, TrackSource } from '@balai/protocol';
import { Emitter } from '../emitter.ts';
import type { BalaiError } from '../errors.ts';
import type { Reception } from '../layers/reception.ts';
import { watchElements } from '../layers/watch-elements.ts';
import {
  type Choices,
  type Dimensions,
  type VideoQuality,
  type View,
  type Wish,
  wishFor,
} from '../layers/wish.ts';
import type { LocalTrack } from './local-track.ts';
import type { RemoteTrack } from './remote-track.ts';
import type { Track } from './track.ts';
import type { AudioTrack, VideoTrack } from './track-types.ts';

/** What names and describes a publication. */
type PublicationFacts = Pick<TrackInfo, 'trackId' | 'name' | 'kind' | 'source' | 'mimeType'>;

/** The listeners of a {@link TrackPublication}. */
export type PublicationEventCallbacks = {
  /** It sends nothing for now. */
  muted: () => void;
  /** It sends again. */
  unmuted: () => void;
  /** Of our own: the device or the screen went away, without our doing. */
  ended: (track: Track) => void;
  /** Its media is here. */
  subscribed: (track: RemoteTrack) => void;
  /** Its media ended. */
  unsubscribed: (track: RemoteTrack) => void;
  /** Its media could not be received. */
  subscriptionFailed: (error: BalaiError) => void;
};

/** That a participant publishes a track. It exists before its media arrives, and while it is muted. */
export abstract class TrackPublication extends Emitter<PublicationEventCallbacks> {
  /** For comparing `subscriptionStatus`. Names are livekit-client’s. */
  static readonly SubscriptionStatus = {
    /** Asked for, and on its way. */
    Desired: 'desired',
    /** Here. */
    Subscribed: 'subscribed',
    /** Not asked for. */
    Unsubscribed: 'unsubscribed',
  } as const;
  /** Sound or picture. */
  readonly kind: MediaKind;
  /** What it comes from. */
  readonly source: TrackSource;
  /** Whether it is our own. */
  abstract readonly isLocal: boolean;
  #facts: Pick<PublicationFacts, 'trackId' | 'name' | 'mimeType'>;

  protected constructor(facts: PublicationFacts) {
    super();
    this.kind = facts.kind;
    this.source = facts.source;
    this.#facts = facts;
  }

  /** The server's name for it: another one after the room was joined anew. */
  get trackSid(): TrackId {
    return this.#facts.trackId;
  }

  /** As whoever publishes it chose; mostly empty. */
  get trackName(): string {
    return this.#facts.name;
  }

  /** For example `video/VP8`. */
  get mimeType(): string {
    return this.#facts.mimeType;
  }

  /** @internal The same source was published anew. */
  setFacts(facts: Pick<PublicationFacts, 'trackId' | 'name' | 'mimeType'>): void {
    this.#facts = facts;
  }

  /** Its media, where it is here. */
  abstract get track(): LocalTrack | RemoteTrack | undefined;
  /** Its media, where that is sound and here. */
  get audioTrack(): Extract<this['track'], AudioTrack> | undefined {
    return this.kind === 'audio' ? (this.track as Extract<this['track'], AudioTrack>) : undefined;
  }

  /** Its media, where that is pictures and here. */
  get videoTrack(): Extract<this['track'], VideoTrack> | undefined {
    return this.kind === 'video' ? (this.track as Extract<this['track'], VideoTrack>) : undefined;
  }

  /** Whether it sends nothing for now. */
  abstract get isMuted(): boolean;
  /** In pixels, as published; undefined where unknown and for audio. */
  abstract get dimensions(): Dimensions | undefined;
}

/** The types of what {@link TrackPublication} has constants for. Names are livekit-client’s. */
export declare namespace TrackPublication {
  /** Where the reception of a track stands. */
  type SubscriptionStatus = 'desired' | 'subscribed' | 'unsubscribed';
}

/** A track of our own that the others can see or hear. */
export class LocalTrackPublication extends TrackPublication {
  /** Whether it is our own. */
  readonly isLocal = true;
  /** What is published. */
  readonly track: LocalTrack;

  /** @internal */
  constructor(track: LocalTrack, info: Pick<TrackInfo, 'trackId' | 'name' | 'mimeType'>) {
    super({ ...info, kind: track.kind, source: track.source });
    this.track = track;
  }

  /** Whether it sends nothing for now. */
  get isMuted(): boolean {
    return this.track.isMuted;
  }

  get dimensions(): Dimensions | undefined {
    const { width, height } = this.track.mediaStreamTrack.getSettings();
    return width && height ? { width, height } : undefined;
  }

  /** As `mute` of its track. */
  mute(): Promise<LocalTrack> {
    return this.track.mute();
  }

  /** As `unmute` of its track. */
  unmute(): Promise<LocalTrack> {
    return this.track.unmute();
  }
}

/** A track of somebody else. */
export class RemoteTrackPublication extends TrackPublication {
  /** Whether it is our own. */
  readonly isLocal = false;
  #info: TrackInfo;
  readonly #reception: Reception;
  readonly #choices: Choices = {};
  #isDesired: boolean;
  #isMuted: boolean;
  #track: RemoteTrack | undefined;
  #view: View | undefined;
  #stopWatching: (() => void) | undefined;

  /** @internal */
  constructor(info: TrackInfo, reception: Reception) {
    super(info);
    this.#info = info;
    this.#reception = reception;
    this.#isDesired = reception.isAutomatic;
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

  /** Whether we want it, here or on its way. */
  get isDesired(): boolean {
    return this.#isDesired;
  }

  /** Where it stands: asked for and on its way, here, or not asked for. */
  get subscriptionStatus(): TrackPublication.SubscriptionStatus {
    if (this.#track) return 'subscribed';
    return this.#isDesired ? 'desired' : 'unsubscribed';
  }

  /** Whether its media is asked for: not while it is disabled, or out of sight. */
  get isEnabled(): boolean {
    return this.#wish.isWanted ?? true;
  }

  /** As `setVideoQuality` said; undefined before. */
  get videoQuality(): VideoQuality | undefined {
    return this.#choices.quality;
  }

  /** Whether it sends nothing for now. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  get dimensions(): Dimensions | undefined {
    const { width, height } = this.#info;
    return width && height ? { width, height } : undefined;
  }

  /** Receives the track, or ends that: `trackSubscribed` and `trackUnsubscribed` follow. */
  setSubscribed(subscribed: boolean): void {
    if (subscribed === this.#isDesired) return;
    this.#isDesired = subscribed;
    this.#reception.reconsider(this.trackSid);
  }

  /**
   * Stops the flow of a track that stays subscribed, and lets it flow again.
   * Once called, it counts for more than what adaptive stream sees.
   */
  setEnabled(enabled: boolean): void {
    this.#choose({ isEnabled: enabled });
  }

  /** The best picture that is of use. Bandwidth, and adaptive stream, may make it a lesser one. */
  setVideoQuality(quality: VideoQuality): void {
    this.#choose({ quality });
  }

  /** The size that is of use, in pixels. Counts for more than quality and adaptive stream. */
  setVideoDimensions(dimensions: Dimensions): void {
    this.#choose({ dimensions });
  }

  /** The most frames per second that are of use. */
  setVideoFPS(fps: number): void {
    this.#choose({ frameRate: fps });
  }

  /**
   * Whose picture stays when the bandwidth does not do for all: the higher, the
   * longer. Not in livekit-client.
   *
   * @param priority 1, the default, to 255.
   */
  setPriority(priority: number): void {
    this.#choose({ priority });
  }

  /** @internal */
  get info(): TrackInfo {
    return this.#info;
  }

  /** @internal After the room was joined anew: the same source, by whatever name now. */
  renew(info: TrackInfo): void {
    this.#info = info;
    this.setFacts(info);
    this.#tell();
  }

  /** @internal Another track is about to take its place: it is wanted as this one is. */
  prepare(trackId: TrackId): void {
    this.#reception.wish(trackId, this.#wish);
  }

  /** @internal */
  setTrack(track: RemoteTrack | undefined): void {
    this.#stopWatching?.();
    this.#track = track;
    this.#view = undefined;
    track?.setMuted(this.#isMuted);
    const { adaptiveStream } = this.#reception;
    this.#stopWatching =
      track?.kind === 'video' && adaptiveStream
        ? watchElements(track, adaptiveStream, (view) => {
            this.#view = view;
            this.#tell();
          })
        : undefined;
  }

  /** @internal */
  setMuted(isMuted: boolean): void {
    this.#isMuted = isMuted;
    this.#track?.setMuted(isMuted);
    this.emit(isMuted ? 'muted' : 'unmuted');
  }

  get #wish(): Wish {
    return wishFor(this.#choices, this.#view, this.dimensions);
  }

  #choose(choices: Choices): void {
    Object.assign(this.#choices, choices);
    this.#tell();
  }

  #tell(): void {
    this.#reception.wish(this.trackSid, this.#wish);
  }
}
