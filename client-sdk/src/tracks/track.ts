import type {
  MediaKind,
  TrackId,
  TrackSource,
  StreamState as WireStreamState,
} from '@balai/protocol';
import { Emitter } from '../emitter.ts';
import type { BalaiError } from '../errors.ts';
import type { Dimensions as WishDimensions } from '../layers/wish.ts';
import { attachToElement, detachFromElement } from './media-elements.ts';
import type { TrackProcessor } from './track-processor.ts';

/** The listeners of {@link TrackEvent}. */
export type TrackEventCallbacks = {
  /** It sends nothing for now. */
  muted: (track: Track) => void;
  /** It sends again. */
  unmuted: (track: Track) => void;
  /** The device or the screen went away, without our doing. */
  ended: (track: Track) => void;
  /** Another device, or the same again, feeds it. */
  restarted: (track: Track) => void;
  /** An element plays it from now on. */
  elementAttached: (element: HTMLMediaElement) => void;
  /** An element plays it no more. */
  elementDetached: (element: HTMLMediaElement) => void;
  /** With the processor that is at work now, if any. */
  trackProcessorUpdate: (processor?: TrackProcessor) => void;
  /** The browser plays its sound. */
  audioPlaybackStarted: () => void;
  /** The browser refused to play sound; the error is a `playback_blocked`. */
  audioPlaybackFailed: (error: BalaiError) => void;
};

/** The types of what {@link Track} has constants for. Names are livekit-client’s. */
export declare namespace Track {
  /** Sound or picture. */
  type Kind = MediaKind;
  /** What a track comes from. */
  type Source = TrackSource;
  /** Whether a remote track flows. */
  type StreamState = WireStreamState;
  /** The server's name for a track. */
  type SID = TrackId;
  /** In pixels. */
  type Dimensions = WishDimensions;
}

/** Media of one kind from one source: ours or somebody else's. */
export abstract class Track extends Emitter<TrackEventCallbacks> {
  /** Kinds, for comparing `kind`. Names are livekit-client’s. */
  static readonly Kind = {
    /** Sound. */
    Audio: 'audio',
    /** Pictures. */
    Video: 'video',
  } as const satisfies Record<string, MediaKind>;
  /** Sources, for comparing `source`. Names are livekit-client’s. */
  static readonly Source = {
    /** A camera. */
    Camera: 'camera',
    /** A microphone. */
    Microphone: 'microphone',
    /** The picture of a screen, a window or a tab. */
    ScreenShare: 'screen_share',
    /** The sound of a screen or a tab. */
    ScreenShareAudio: 'screen_share_audio',
  } as const satisfies Record<string, TrackSource>;

  /** For comparing `streamState` of a remote track. Names are livekit-client’s. */
  static readonly StreamState = {
    /** It flows. */
    Active: 'active',
    /** The server withholds it. */
    Paused: 'paused',
  } as const satisfies Record<string, WireStreamState>;

  /** Sound or picture. */
  abstract readonly kind: MediaKind;
  /** Whether it is our own. */
  abstract readonly isLocal: boolean;
  /** What it comes from. */
  readonly source: TrackSource;
  #mediaStreamTrack: MediaStreamTrack;
  #elements: readonly HTMLMediaElement[] = [];
  #sid: TrackId | undefined;
  #isMuted = false;

  protected constructor(
    source: TrackSource,
    mediaStreamTrack: MediaStreamTrack,
    sid: TrackId | undefined,
  ) {
    super();
    this.source = source;
    this.#mediaStreamTrack = mediaStreamTrack;
    this.#sid = sid;
  }

  /** The server's name for it; undefined until it is published. */
  get sid(): TrackId | undefined {
    return this.#sid;
  }

  /** A muted track is there, and sends nothing. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** The browser's track. Changes when a local track is restarted. */
  get mediaStreamTrack(): MediaStreamTrack {
    return this.#mediaStreamTrack;
  }

  /** The elements that play it now. */
  get attachedElements(): readonly HTMLMediaElement[] {
    return this.#elements;
  }

  /**
   * Plays the track in an element: a new one, or the given one. An element can
   * hold one audio and one video track. A new element is not in the page yet:
   * putting it there is the application's part. Sound is heard without that.
   */
  attach(): HTMLMediaElement;
  attach<E extends HTMLMediaElement>(element: E): E;
  attach(given?: HTMLMediaElement): HTMLMediaElement {
    const element = given ?? document.createElement(this.kind);
    const isNew = !this.#elements.includes(element);
    if (isNew) this.#elements = [...this.#elements, element];
    this.prepareElement(element);
    attachToElement(this.#mediaStreamTrack, element);
    if (isNew) this.emit('elementAttached', element);
    void this.playIn(element);
    return element;
  }

  /**
   * Stops playing in the given element, or in all of them. The elements stay in
   * the page: removing them is the application's part.
   */
  detach(): HTMLMediaElement[];
  detach<E extends HTMLMediaElement>(element: E): E;
  detach(given?: HTMLMediaElement): HTMLMediaElement | HTMLMediaElement[] {
    const detached = this.#elements.filter((element) => !given || element === given);
    this.#elements = this.#elements.filter((element) => !detached.includes(element));
    for (const element of detached) {
      detachFromElement(this.#mediaStreamTrack, element);
      this.emit('elementDetached', element);
    }
    return given ?? detached;
  }

  /** Ends the track for good. For a local one, this frees the device. */
  stop(): void {
    this.#mediaStreamTrack.stop();
  }

  /**
   * Plays, even where the page does not show the element yet.
   *
   * @returns false where the browser wants a touch of the page first.
   */
  protected async playIn(element: HTMLMediaElement): Promise<boolean> {
    try {
      await element.play();
      return true;
    } catch (error) {
      // An element that is detached or attached anew interrupts play(): that is no refusal.
      return !(error instanceof DOMException && error.name === 'NotAllowedError');
    }
  }

  /** Makes an element ready to play this track. */
  protected abstract prepareElement(element: HTMLMediaElement): void;

  /** Puts another browser's track in the place of the present one, in every element. */
  protected exchange(mediaStreamTrack: MediaStreamTrack): void {
    this.#mediaStreamTrack = mediaStreamTrack;
    for (const element of this.#elements) attachToElement(mediaStreamTrack, element);
  }

  /** @internal */
  setSid(sid: TrackId | undefined): void {
    this.#sid = sid;
  }

  /** @internal Tells the listeners, if it is news. */
  setMuted(isMuted: boolean): void {
    if (isMuted === this.#isMuted) return;
    this.#isMuted = isMuted;
    this.emit(isMuted ? 'muted' : 'unmuted', this);
  }
}
