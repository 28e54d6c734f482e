import type { MediaKind, TrackId, TrackSource } from '@balai/protocol';
import { BalaiError } from '../errors.ts';
import { SerialQueue } from '../serial-queue.ts';
import { Track } from './track.ts';

/**
 * Opens the track's device again; with a device id, that one from now on.
 * Throws MediaDeviceError.
 */
export type OpenDevice = (deviceId?: ConstrainDOMString) => Promise<MediaStreamTrack>;

/** The way of a published track to the server. */
export interface Upstream {
  readonly trackId: TrackId;
  setMuted(isMuted: boolean): Promise<void>;
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  getStats(): Promise<RTCStatsReport>;
}

/** What a local track is made of. */
export interface LocalTrackParts {
  readonly source: TrackSource;
  readonly mediaStreamTrack: MediaStreamTrack;
  /** Undefined for a track that the application made itself: then only the application can renew it. */
  readonly openDevice: OpenDevice | undefined;
}

/**
 * Our own microphone, camera or screen, published or not. What is asked of one
 * track happens in the order in which it was asked.
 */
export abstract class LocalTrackBase extends Track {
  /** Whether it is our own. */
  readonly isLocal = true;
  readonly #queue = new SerialQueue();
  #openDevice: OpenDevice | undefined;
  #upstream: Upstream | undefined;

  /** @internal */
  constructor({ source, mediaStreamTrack, openDevice }: LocalTrackParts) {
    super(source, mediaStreamTrack, undefined);
    this.#openDevice = openDevice;
    mediaStreamTrack.addEventListener('ended', this.#onEnded);
  }

  /** The device in use, where the browser tells. */
  get deviceId(): string | undefined {
    return this.mediaStreamTrack.getSettings().deviceId;
  }

  /**
   * Sends nothing from now on. A camera that the SDK opened is closed, so that
   * its light goes out; a microphone stays open. What happens here happens even
   * if the server cannot be told.
   *
   * @throws BalaiError as a request to the server can fail.
   */
  mute(): Promise<void> {
    return this.#queue.run(async () => {
      if (this.isMuted) return;
      this.#silence();
      this.setMuted(true);
      await this.#upstream?.setMuted(true);
    });
  }

  /**
   * Sends again; a camera is opened again for that. If it fails, the track is muted as before.
   *
   * @throws MediaDeviceError
   * @throws BalaiError as a request to the server can fail.
   */
  unmute(): Promise<void> {
    return this.#queue.run(async () => {
      if (!this.isMuted) return;
      if (this.mediaStreamTrack.readyState === 'ended') await this.#reopen();
      this.mediaStreamTrack.enabled = true;
      try {
        await this.#upstream?.setMuted(false);
      } catch (error) {
        this.#silence();
        throw error;
      }
      this.setMuted(false);
    });
  }

  /**
   * Changes to another device, published or not. A muted camera uses it when it
   * is unmuted. If the device cannot be opened, the former one is tried again.
   *
   * @throws MediaDeviceError
   * @throws BalaiError `device_error` for a track that the application made itself.
   */
  setDeviceId(deviceId: ConstrainDOMString): Promise<void> {
    return this.#queue.run(async () => {
      if (!this.#openDevice) throw new BalaiError('device_error');
      const former = this.deviceId;
      // Many systems cannot open two cameras, or one microphone twice.
      this.mediaStreamTrack.stop();
      if (this.isMuted && this.#stopsWhenMuted) {
        this.#chooseDevice(deviceId);
        return;
      }
      try {
        await this.#reopen(deviceId);
      } catch (error) {
        await this.#reopen(former).catch(() => this.#onEnded());
        throw error;
      }
    });
  }

  /** Sends a track of the application's own instead, of the same kind. The former one is stopped. */
  replaceTrack(mediaStreamTrack: MediaStreamTrack): Promise<void> {
    return this.#queue.run(async () => {
      this.#openDevice = undefined;
      const former = this.mediaStreamTrack;
      await this.#renew(mediaStreamTrack);
      former.stop();
    });
  }

  /** What the browser knows of the sender; undefined while the track is not published. */
  async getRTCStatsReport(): Promise<RTCStatsReport | undefined> {
    return await this.#upstream?.getStats();
  }

  override stop(): void {
    this.mediaStreamTrack.removeEventListener('ended', this.#onEnded);
    super.stop();
  }

  protected prepareElement(element: HTMLMediaElement): void {
    // Nobody wants to hear themselves.
    element.muted = true;
  }

  /** @internal Publishes in turn with mute and unmute. */
  bind<U extends Upstream>(publish: () => Promise<U>): Promise<U> {
    return this.#queue.run(async () => {
      const upstream = await publish();
      this.#upstream = upstream;
      this.setSid(upstream.trackId);
      return upstream;
    });
  }

  /** @internal */
  unbind(): void {
    this.#upstream = undefined;
    this.setSid(undefined);
  }

  get #stopsWhenMuted(): boolean {
    return this.source === 'camera' && this.#openDevice !== undefined;
  }

  #silence(): void {
    this.mediaStreamTrack.enabled = false;
    if (this.#stopsWhenMuted) this.mediaStreamTrack.stop();
  }

  #chooseDevice(deviceId: ConstrainDOMString): void {
    const open = this.#openDevice;
    this.#openDevice = open && ((other) => open(other ?? deviceId));
  }

  async #reopen(deviceId?: ConstrainDOMString): Promise<void> {
    if (!this.#openDevice) throw new BalaiError('track_ended');
    const mediaStreamTrack = await this.#openDevice(deviceId);
    if (deviceId !== undefined) this.#chooseDevice(deviceId);
    await this.#renew(mediaStreamTrack);
  }

  async #renew(mediaStreamTrack: MediaStreamTrack): Promise<void> {
    this.mediaStreamTrack.removeEventListener('ended', this.#onEnded);
    mediaStreamTrack.enabled = this.mediaStreamTrack.enabled;
    mediaStreamTrack.contentHint = this.mediaStreamTrack.contentHint;
    this.exchange(mediaStreamTrack);
    mediaStreamTrack.addEventListener('ended', this.#onEnded);
    await this.#upstream?.replaceTrack(mediaStreamTrack);
    this.emit('restarted', this);
  }

  readonly #onEnded = () => this.emit('ended', this);
}

/** Our own microphone, or the sound of our screen. */
export class LocalAudioTrack extends LocalTrackBase {
  /** Sound or picture. */
  readonly kind = 'audio';
}

/** Our own camera or screen. */
export class LocalVideoTrack extends LocalTrackBase {
  /** Sound or picture. */
  readonly kind = 'video';
}

/** A track of our own. */
export type LocalTrack = LocalAudioTrack | LocalVideoTrack;

/** @internal */
export function createLocalTrack(parts: LocalTrackParts): LocalTrack {
  return kindOf(parts.mediaStreamTrack) === 'audio'
    ? new LocalAudioTrack(parts)
    : new LocalVideoTrack(parts);
}

/** The DOM types `kind` as any string; the standard knows these two. */
function kindOf(track: MediaStreamTrack): MediaKind {
  return track.kind === 'audio' ? 'audio' : 'video';
}
