import type { StreamState, TrackId, TrackInfo } from '@balai/protocol';
import { toMediaDeviceError } from '../capture/media-device-failure.ts';
import { BalaiError, MediaDeviceError } from '../errors.ts';
import { reportFault } from '../report-fault.ts';
import { Track } from './track.ts';

/** Where a remote track comes from. */
export interface Downstream {
  readonly mediaStreamTrack: MediaStreamTrack;
  getStats(): Promise<RTCStatsReport>;
}

/** What somebody else publishes, as it arrives here. */
export abstract class RemoteTrackBase extends Track {
  /** Whether it is our own. */
  readonly isLocal = false;
  #downstream: Downstream;
  #streamState: StreamState = 'active';

  /** @internal */
  constructor(info: TrackInfo, downstream: Downstream) {
    super(info.source, downstream.mediaStreamTrack, info.trackId);
    this.#downstream = downstream;
  }

  /** Whether the server withholds it, for want of bandwidth say. Changes with `trackStreamStateChanged`. */
  get streamState(): StreamState {
    return this.#streamState;
  }

  /** @internal The same, on another way: attached elements follow by themselves. */
  renew(trackId: TrackId, downstream: Downstream): void {
    this.#downstream = downstream;
    this.setSid(trackId);
    this.exchange(downstream.mediaStreamTrack);
    for (const element of this.attachedElements) void this.playIn(element);
    this.emit('restarted', this);
  }

  /** @internal */
  setStreamState(state: StreamState): void {
    this.#streamState = state;
  }

  /** What the browser knows of the receiver; undefined once the track has ended. */
  async getRTCStatsReport(): Promise<RTCStatsReport | undefined> {
    return this.mediaStreamTrack.readyState === 'ended'
      ? undefined
      : await this.#downstream.getStats();
  }
}

/** Somebody else's microphone, or the sound of their screen. */
export class RemoteAudioTrack extends RemoteTrackBase {
  /** Sound or picture. */
  readonly kind = 'audio';
  #volume = 1;
  #sinkId: string | undefined;

  /** From 0, silent, to 1, as it came. Holds for elements attached later too. */
  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    for (const element of this.attachedElements) element.volume = this.#volume;
  }

  /** As `setVolume` said; 1 before. */
  getVolume(): number {
    return this.#volume;
  }

  /**
   * Plays on another device, now and in elements attached later.
   *
   * @throws MediaDeviceError `unsupported_browser` where speakers cannot be chosen,
   * `device_not_found`, `permission_denied`; the former device is used on then.
   */
  async setSinkId(deviceId: string): Promise<void> {
    const former = this.#sinkId;
    this.#sinkId = deviceId;
    try {
      await this.#play(deviceId);
    } catch (error) {
      this.#sinkId = former;
      await this.#play(former ?? '').catch((again: unknown) =>
        reportFault('the former speaker cannot be used', again),
      );
      throw error;
    }
  }

  async #play(deviceId: string): Promise<void> {
    await Promise.all(this.attachedElements.map((element) => chooseSink(element, deviceId)));
  }

  /**
   * Plays what the browser held back. Call it while the person touches the page.
   *
   * @throws BalaiError `playback_blocked`
   * @internal
   */
  async play(): Promise<void> {
    const played = await Promise.all(this.attachedElements.map((element) => this.playIn(element)));
    if (played.includes(false)) throw new BalaiError('playback_blocked');
  }

  protected prepareElement(element: HTMLMediaElement): void {
    element.muted = false;
    element.volume = this.#volume;
    // A speaker that went away is no reason to be silent: the browser uses the default one.
    if (this.#sinkId !== undefined) {
      chooseSink(element, this.#sinkId).catch((error: unknown) =>
        reportFault('the chosen speaker cannot be used', error),
      );
    }
  }

  protected override async playIn(element: HTMLMediaElement): Promise<boolean> {
    const isPlaying = await super.playIn(element);
    if (isPlaying) this.emit('audioPlaybackStarted');
    else this.emit('audioPlaybackFailed', new BalaiError('playback_blocked'));
    return isPlaying;
  }
}

/** Somebody else's camera or screen. */
export class RemoteVideoTrack extends RemoteTrackBase {
  /** Sound or picture. */
  readonly kind = 'video';

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
export function createRemoteTrack(info: TrackInfo, downstream: Downstream): RemoteTrack {
  return info.kind === 'audio'
    ? new RemoteAudioTrack(info, downstream)
    : new RemoteVideoTrack(info, downstream);
}

async function chooseSink(element: HTMLMediaElement, deviceId: string): Promise<void> {
  if (typeof element.setSinkId !== 'function') {
    throw new MediaDeviceError('unsupported_browser', 'audiooutput');
  }
  await element.setSinkId(deviceId).catch((cause: unknown) => {
    throw toMediaDeviceError(cause, 'audiooutput');
  });
}
