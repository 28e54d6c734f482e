import type { TrackInfo } from '@balai/protocol';
import { BalaiError } from '../errors.ts';
import { Track } from './track.ts';

/** Somebody else's microphone, or the sound of their screen. */
export class RemoteAudioTrack extends Track {
  readonly kind = 'audio';
  readonly isLocal = false;
  #volume = 1;
  #sinkId: string | undefined;

  /** @internal */
  constructor(info: TrackInfo, mediaStreamTrack: MediaStreamTrack) {
    super(info.source, mediaStreamTrack, info.trackId);
  }

  /** From 0, silent, to 1, as it came. Holds for elements attached later too. */
  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    for (const element of this.attachedElements) element.volume = this.#volume;
  }

  getVolume(): number {
    return this.#volume;
  }

  /**
   * Plays on another device, now and in elements attached later.
   *
   * @throws BalaiError `unsupported_browser` where speakers cannot be chosen, `device_not_found`.
   */
  async setSinkId(deviceId: string): Promise<void> {
    this.#sinkId = deviceId;
    await Promise.all(this.attachedElements.map((element) => chooseSink(element, deviceId)));
  }

  /**
   * Plays what the browser held back. Call it while the person touches the page.
   *
   * @throws BalaiError `playback_blocked`
   * @internal
   */
  async play(): Promise<void> {
    const played = await Promise.all(this.attachedElements.map((element) => this.#play(element)));
    if (played.includes(false)) throw new BalaiError('playback_blocked');
  }

  override attach(): HTMLMediaElement;
  override attach<E extends HTMLMediaElement>(element: E): E;
  override attach(given?: HTMLMediaElement): HTMLMediaElement {
    const element = given ? super.attach(given) : super.attach();
    void this.#play(element);
    return element;
  }

  protected prepareElement(element: HTMLMediaElement): void {
    element.muted = false;
    element.volume = this.#volume;
    // A speaker that went away is no reason to be silent: the browser uses the default one.
    if (this.#sinkId !== undefined) chooseSink(element, this.#sinkId).catch(this.#sinkFailed);
  }

  readonly #sinkFailed = (error: Error) => this.emit('audioPlaybackFailed', error);

  /** @returns false where the browser wants a gesture first. */
  async #play(element: HTMLMediaElement): Promise<boolean> {
    try {
      await element.play();
      this.emit('audioPlaybackStarted');
      return true;
    } catch (cause) {
      // An element that was detached or attached anew interrupts play(): that is no refusal.
      if (!(cause instanceof DOMException) || cause.name !== 'NotAllowedError') return true;
      this.emit('audioPlaybackFailed', new BalaiError('playback_blocked', undefined, { cause }));
      return false;
    }
  }
}

/** Somebody else's camera or screen. */
export class RemoteVideoTrack extends Track {
  readonly kind = 'video';
  readonly isLocal = false;

  /** @internal */
  constructor(info: TrackInfo, mediaStreamTrack: MediaStreamTrack) {
    super(info.source, mediaStreamTrack, info.trackId);
  }

  protected prepareElement(element: HTMLMediaElement): void {
    // Muted video may always play. An element that also holds sound must not be silenced.
    const hasSound =
      element.srcObject instanceof MediaStream && element.srcObject.getAudioTracks().length > 0;
    if (!hasSound) element.muted = true;
  }
}

/** A track that somebody else publishes. */
export type RemoteTrack = RemoteAudioTrack | RemoteVideoTrack;

/** @internal */
export function createRemoteTrack(
  info: TrackInfo,
  mediaStreamTrack: MediaStreamTrack,
): RemoteTrack {
  return info.kind === 'audio'
    ? new RemoteAudioTrack(info, mediaStreamTrack)
    : new RemoteVideoTrack(info, mediaStreamTrack);
}

async function chooseSink(element: HTMLMediaElement, deviceId: string): Promise<void> {
  if (typeof element.setSinkId !== 'function') throw new BalaiError('unsupported_browser');
  await element.setSinkId(deviceId).catch((cause: unknown) => {
    throw new BalaiError('device_not_found', undefined, { cause });
  });
}
