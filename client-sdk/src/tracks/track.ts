import type { MediaKind, StreamState, TrackId, TrackSource } from '@balai/protocol';
import { Emitter } from '../emitter.ts';
import { attachToElement, detachFromElement } from './media-elements.ts';
import type { TrackProcessor } from './track-processor.ts';

/** The listeners of {@link TrackEvent}. */
export type TrackEventCallbacks = {
  muted: (track: Track) => void;
  unmuted: (track: Track) => void;
  ended: (track: Track) => void;
  restarted: (track: Track) => void;
  elementAttached: (element: HTMLMediaElement) => void;
  elementDetached: (element: HTMLMediaElement) => void;
  /** With the processor that is at work now, if any. */
  trackProcessorUpdate: (processor?: TrackProcessor) => void;
  audioPlaybackStarted: () => void;
  audioPlaybackFailed: (error: Error) => void;
};

/** Media of one kind from one source: ours or somebody else's. */
export abstract class Track extends Emitter<TrackEventCallbacks> {
  static readonly Kind = { Audio: 'audio', Video: 'video' } as const satisfies Record<
    string,
    MediaKind
  >;
  static readonly Source = {
    Camera: 'camera',
    Microphone: 'microphone',
    ScreenShare: 'screen_share',
    ScreenShareAudio: 'screen_share_audio',
  } as const satisfies Record<string, TrackSource>;

  static readonly StreamState = { Active: 'active', Paused: 'paused' } as const satisfies Record<
    string,
    StreamState
  >;

  abstract readonly kind: MediaKind;
  abstract readonly isLocal: boolean;
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
    const former = this.#mediaStreamTrack;
    this.#mediaStreamTrack = mediaStreamTrack;
    for (const element of this.#elements) {
      detachFromElement(former, element);
      attachToElement(mediaStreamTrack, element);
    }
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
