import type { MediaKind, TrackId, TrackSource } from '@balai/protocol';
import { BalaiError, MediaDeviceError } from '../errors.ts';
import type { AudioCaptureOptions, VideoCaptureOptions } from '../options.ts';
import { SerialQueue } from '../serial-queue.ts';
import { Track } from './track.ts';
import { Processing, type TrackProcessor } from './track-processor.ts';

/** How a device is opened. */
type CaptureOptions =
  | Omit<AudioCaptureOptions, 'processor'>
  | Omit<VideoCaptureOptions, 'processor'>;

/**
 * Opens the track's device again, or the one that is named, as these options say
 * instead of the first ones. Throws MediaDeviceError.
 */
export type OpenDevice = (
  deviceId?: ConstrainDOMString,
  options?: CaptureOptions,
) => Promise<MediaStreamTrack>;

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
export abstract class LocalTrackBase<K extends MediaKind = MediaKind> extends Track {
  abstract override readonly kind: K;
  /** Whether it is our own. */
  readonly isLocal = true;
  readonly #queue = new SerialQueue();
  #openDevice: OpenDevice | undefined;
  /** What the device gives; `mediaStreamTrack` is what a processor makes of it. */
  #captured: MediaStreamTrack;
  #processing: Processing<K> | undefined;
  #upstream: Upstream | undefined;

  /** @internal */
  constructor({ source, mediaStreamTrack, openDevice }: LocalTrackParts) {
    super(source, mediaStreamTrack, undefined);
    this.#openDevice = openDevice;
    this.#captured = mediaStreamTrack;
    mediaStreamTrack.addEventListener('ended', this.#onEnded);
  }

  /** The device in use, where the browser tells. */
  get deviceId(): string | undefined {
    return this.#captured.getSettings().deviceId;
  }

  /** As `deviceId`. */
  async getDeviceId(): Promise<string | undefined> {
    return this.deviceId;
  }

  /**
   * Sends nothing from now on. A camera that the SDK opened is closed, so that
   * its light goes out; a microphone stays open. What happens here happens even
   * if the server cannot be told.
   *
   * @throws BalaiError as a request to the server can fail.
   */
  mute(): Promise<this> {
    return this.#queue.run(async () => {
      if (this.isMuted) return this;
      this.#silence();
      this.setMuted(true);
      await this.#upstream?.setMuted(true);
      return this;
    });
  }

  /**
   * Sends again; a camera is opened again for that. If it fails, the track is muted as before.
   *
   * @throws MediaDeviceError
   * @throws BalaiError as a request to the server can fail.
   */
  unmute(): Promise<this> {
    return this.#queue.run(async () => {
      if (!this.isMuted) return this;
      if (this.#captured.readyState === 'ended') await this.#reopen();
      this.#setEnabled(true);
      try {
        await this.#upstream?.setMuted(false);
      } catch (error) {
        this.#silence();
        throw error;
      }
      this.setMuted(false);
      return this;
    });
  }

  /**
   * Changes to another device, published or not. A muted camera uses it when it
   * is unmuted. If the device cannot be opened, the former one is tried again.
   *
   * @returns whether it is this device now: not where it was only preferred, and cannot be had.
   * @throws MediaDeviceError also for a track that the application made itself.
   */
  setDeviceId(deviceId: ConstrainDOMString): Promise<boolean> {
    return this.#queue.run(async () => {
      const open = this.#openDevice;
      await this.#change(open && ((other, options) => open(other ?? deviceId, options)));
      const wanted = [deviceId]
        .flat()
        .flatMap((one) => (typeof one === 'string' ? one : [one.exact ?? one.ideal ?? []].flat()));
      return this.isMuted || this.deviceId === undefined || wanted.includes(this.deviceId);
    });
  }

  /**
   * Sends what a processor makes of the track, until `stopProcessor`. It is ended
   * with the track, and outlives a change of device. One that the track had before
   * is ended.
   *
   * @throws what the processor's `init` throws; the track then goes on without one.
   */
  setProcessor(processor: TrackProcessor<K>): Promise<void> {
    return this.#queue.run(async () => {
      await this.#processing?.end();
      this.#processing = new Processing<K>(this.kind, processor);
      try {
        await this.#applyProcessor();
      } catch (error) {
        await this.#endProcessor();
        throw error;
      }
    });
  }

  /** The processor at work, if any. */
  getProcessor(): TrackProcessor<K> | undefined {
    return this.#processing?.processor;
  }

  /** Sends the track as it comes from the device again. */
  stopProcessor(): Promise<void> {
    return this.#queue.run(() => this.#endProcessor());
  }

  /** Sends a track of the application's own instead, of the same kind. The former one is stopped. */
  replaceTrack(mediaStreamTrack: MediaStreamTrack): Promise<this> {
    return this.#queue.run(async () => {
      this.#openDevice = undefined;
      const former = this.#captured;
      await this.#renew(mediaStreamTrack);
      former.stop();
      return this;
    });
  }

  /** What the browser knows of the sender; undefined while the track is not published. */
  async getRTCStatsReport(): Promise<RTCStatsReport | undefined> {
    return await this.#upstream?.getStats();
  }

  override stop(): void {
    this.#captured.removeEventListener('ended', this.#onEnded);
    this.#captured.stop();
    super.stop();
    void this.#processing?.end();
    this.#processing = undefined;
  }

  protected prepareElement(element: HTMLMediaElement): void {
    // Nobody wants to hear themselves.
    element.muted = true;
  }

  /** Opens the device again, as these options say, where some are given. */
  protected restart(options?: CaptureOptions): Promise<void> {
    return this.#queue.run(async () => {
      const open = this.#openDevice;
      await this.#change(
        open && ((deviceId, other) => open(deviceId ?? options?.deviceId, other ?? options)),
      );
    });
  }

  /** @internal The device went away: goes on with any other one. Throws as `setDeviceId`. */
  recover(): Promise<void> {
    return this.#queue.run(async () => {
      // Somebody may have muted it, or chosen another one, meanwhile.
      const isDone = this.#captured.readyState === 'live';
      if (isDone || (this.isMuted && this.#stopsWhenMuted)) return;
      const open = this.#openDevice;
      this.#openDevice = open && ((deviceId, options) => open(deviceId ?? '', options));
      await this.#reopen();
    });
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
    this.#setEnabled(false);
    if (this.#stopsWhenMuted) this.#captured.stop();
  }

  #setEnabled(isEnabled: boolean): void {
    this.#captured.enabled = isEnabled;
    this.mediaStreamTrack.enabled = isEnabled;
  }

  /** Opens the device in another way; if that fails, as before. */
  async #change(next: OpenDevice | undefined): Promise<void> {
    if (!next) {
      throw new MediaDeviceError(
        'device_error',
        this.kind === 'audio' ? 'audioinput' : 'videoinput',
      );
    }
    const former = this.#openDevice;
    const { deviceId } = this;
    this.#openDevice = next;
    // Many systems cannot open two cameras, or one microphone twice.
    this.#captured.stop();
    if (this.isMuted && this.#stopsWhenMuted) return;
    try {
      await this.#reopen();
    } catch (error) {
      this.#openDevice = former;
      await this.#reopen(deviceId).catch(() => this.#onEnded());
      throw error;
    }
  }

  async #reopen(deviceId?: ConstrainDOMString): Promise<void> {
    if (!this.#openDevice) throw new BalaiError('track_ended');
    await this.#renew(await this.#openDevice(deviceId));
  }

  async #renew(mediaStreamTrack: MediaStreamTrack): Promise<void> {
    this.#captured.removeEventListener('ended', this.#onEnded);
    mediaStreamTrack.enabled = this.#captured.enabled;
    mediaStreamTrack.contentHint = this.#captured.contentHint;
    this.#captured = mediaStreamTrack;
    mediaStreamTrack.addEventListener('ended', this.#onEnded);
    await this.#send((await this.#processing?.process(mediaStreamTrack)) ?? mediaStreamTrack);
  }

  /** A camera that is closed is processed when it is opened again. */
  async #applyProcessor(): Promise<void> {
    if (this.#captured.readyState === 'live') {
      await this.#send((await this.#processing?.process(this.#captured)) ?? this.#captured);
    }
    this.emit('trackProcessorUpdate', this.getProcessor());
  }

  async #endProcessor(): Promise<void> {
    const ended = this.#processing;
    if (!ended) return;
    this.#processing = undefined;
    await this.#send(this.#captured);
    await ended.end();
    this.emit('trackProcessorUpdate', undefined);
  }

  /** Sends and shows this from now on. */
  async #send(mediaStreamTrack: MediaStreamTrack): Promise<void> {
    mediaStreamTrack.enabled = this.#captured.enabled;
    mediaStreamTrack.contentHint = this.#captured.contentHint;
    this.exchange(mediaStreamTrack);
    // A camera that is closed sends nothing until it is opened again.
    if (mediaStreamTrack.readyState === 'live') {
      await this.#upstream?.replaceTrack(mediaStreamTrack);
    }
    this.emit('restarted', this);
  }

  readonly #onEnded = () => this.emit('ended', this);
}

/** Our own microphone, or the sound of our screen. */
export class LocalAudioTrack extends LocalTrackBase<'audio'> {
  /** Sound or picture. */
  readonly kind = 'audio';

  /**
   * Opens the microphone anew, for example without noise suppression. What the
   * options leave out is as by default; without a device, it is the same one.
   *
   * @throws as `setDeviceId`; the former options hold then.
   */
  restartTrack(options?: AudioCaptureOptions): Promise<void> {
    return this.restart(options);
  }
}

/** Our own camera or screen. */
export class LocalVideoTrack extends LocalTrackBase<'video'> {
  /** Sound or picture. */
  readonly kind = 'video';

  /** As {@link LocalAudioTrack.restartTrack}: a camera in another resolution, say, or the one at the back. */
  restartTrack(options?: VideoCaptureOptions): Promise<void> {
    return this.restart(options);
  }
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
