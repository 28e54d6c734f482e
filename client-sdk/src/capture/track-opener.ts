import type {
  AudioCaptureOptions,
  CreateLocalTracksOptions,
  RoomOptions,
  ScreenShareCaptureOptions,
  VideoCaptureOptions,
} from '../options.ts';
import type { LocalAudioTrack, LocalTrack, LocalVideoTrack } from '../tracks/local-track.ts';
import type { CaptureDevices } from './capture-devices.ts';
import { openCamera, openMicrophone, openScreen, openTracks } from './create-local-tracks.ts';

/** The devices that can be chosen for capture. */
export type InputKind = 'audioinput' | 'videoinput';

/**
 * Opens tracks as the room's options, the devices chosen since, and the call
 * itself say; the latter before the former. Throws MediaDeviceError.
 */
export class TrackOpener {
  readonly #devices: CaptureDevices;
  readonly #options: RoomOptions;
  readonly #chosen = new Map<InputKind, ConstrainDOMString>();

  constructor(devices: CaptureDevices, options: RoomOptions) {
    this.#devices = devices;
    this.#options = options;
  }

  /** For whatever is opened from now on. */
  choose(kind: InputKind, deviceId: ConstrainDOMString): void {
    this.#chosen.set(kind, deviceId);
  }

  openCamera(options?: VideoCaptureOptions): Promise<LocalVideoTrack> {
    return openCamera(this.#devices, this.#video(options));
  }

  openMicrophone(options?: AudioCaptureOptions): Promise<LocalAudioTrack> {
    return openMicrophone(this.#devices, this.#audio(options));
  }

  openTracks({ audio = true, video = true }: CreateLocalTracksOptions = {}): Promise<LocalTrack[]> {
    return openTracks(this.#devices, {
      audio: audio && this.#audio(audio === true ? {} : audio),
      video: video && this.#video(video === true ? {} : video),
    });
  }

  openScreen(options?: ScreenShareCaptureOptions): Promise<LocalTrack[]> {
    return openScreen(this.#devices, options ?? {});
  }

  #audio(options?: AudioCaptureOptions): AudioCaptureOptions {
    return {
      ...this.#options.audioCaptureDefaults,
      ...this.#choice('audioinput'),
      ...options,
    };
  }

  #video(options?: VideoCaptureOptions): VideoCaptureOptions {
    return {
      ...this.#options.videoCaptureDefaults,
      ...this.#choice('videoinput'),
      ...options,
    };
  }

  #choice(kind: InputKind): { deviceId: ConstrainDOMString } | undefined {
    const deviceId = this.#chosen.get(kind);
    return deviceId === undefined ? undefined : { deviceId };
  }
}
