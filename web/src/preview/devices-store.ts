import {
  createLocalAudioTrack,
  createLocalTracks,
  createLocalVideoTrack,
  type LocalAudioTrack,
  type LocalVideoTrack,
  Room,
  TrackEvent,
} from '@balai/client';
import { type Failure, toFailure } from '../app/failure.ts';
import { Store } from '../app/store.ts';
import { type DeviceChoices, loadDeviceChoices, storeDeviceChoices } from './device-choices.ts';

/** One camera or microphone, as the preview has it. */
export type Capture<Track> =
  | { readonly status: 'off' }
  | { readonly status: 'opening' }
  | { readonly status: 'on'; readonly track: Track }
  | { readonly status: 'failed'; readonly failure: Failure };

/** What is there, what is chosen and what is open. */
export interface DevicesState {
  readonly camera: Capture<LocalVideoTrack>;
  readonly microphone: Capture<LocalAudioTrack>;
  readonly available: readonly MediaDeviceInfo[];
  readonly choices: DeviceChoices;
}

interface Tracks {
  camera: LocalVideoTrack;
  microphone: LocalAudioTrack;
}

const OFF = { status: 'off' } as const;
const OPENING = { status: 'opening' } as const;

/** Which of the two to open. */
export interface OpenedSources {
  readonly camera: boolean;
  readonly microphone: boolean;
}

const BOTH: OpenedSources = { camera: true, microphone: true };

/** Whether this browser lets one choose where sound comes out. */
export const canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype;

/**
 * The camera and microphone of the preview. They are opened here and handed to
 * the room with {@link handOver}; whatever is not handed over, {@link close} stops.
 */
export class DevicesStore {
  readonly state = new Store<DevicesState>({
    camera: OFF,
    microphone: OFF,
    available: [],
    choices: loadDeviceChoices(),
  });
  /** Raised by whatever makes an opening under way worthless. */
  readonly #generation = { camera: 0, microphone: 0 };
  #receive: ((track: LocalAudioTrack | LocalVideoTrack) => void) | null = null;
  readonly #refresh = () => void this.refreshAvailable();

  /** Opens what is wanted, with one question to the person where possible. */
  async open({ camera, microphone }: OpenedSources = BOTH): Promise<void> {
    // Undefined on pages that are not secure, where the SDK says what is wrong.
    navigator.mediaDevices?.addEventListener('devicechange', this.#refresh);
    if (camera && microphone) await this.#openBoth();
    else if (camera) await this.openCamera();
    else if (microphone) await this.openMicrophone();
    else await this.refreshAvailable();
  }

  async openCamera(deviceId?: ConstrainDOMString): Promise<void> {
    const id = deviceId ?? idealOf(this.state.get().choices.videoinput);
    await this.#openOne('camera', () =>
      createLocalVideoTrack(id === undefined ? {} : { deviceId: id }),
    );
  }

  async openMicrophone(deviceId?: ConstrainDOMString): Promise<void> {
    const id = deviceId ?? idealOf(this.state.get().choices.audioinput);
    await this.#openOne('microphone', () =>
      createLocalAudioTrack(id === undefined ? {} : { deviceId: id }),
    );
  }

  closeCamera(): void {
    this.#stop('camera');
  }

  closeMicrophone(): void {
    this.#stop('microphone');
  }

  /** Remembers a device, and changes over to it where one of its kind is open. */
  async choose(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    this.remember(kind, deviceId);
    const { camera, microphone } = this.state.get();
    if (kind === 'videoinput' && camera.status !== 'off') {
      await this.openCamera({ exact: deviceId });
    } else if (kind === 'audioinput' && microphone.status !== 'off') {
      await this.openMicrophone({ exact: deviceId });
    }
  }

  /** Remembers a device for the next time that one of its kind is opened. */
  remember(kind: MediaDeviceKind, deviceId: string): void {
    const choices = { ...this.state.get().choices, [kind]: deviceId };
    this.state.update((state) => ({ ...state, choices }));
    storeDeviceChoices(choices);
  }

  /**
   * Gives the open tracks away, and those whose opening is under way as soon
   * as they are open: from here on `receive` sees to it that they are stopped.
   */
  handOver(receive: (track: LocalAudioTrack | LocalVideoTrack) => void): void {
    this.#receive = receive;
    for (const source of ['microphone', 'camera'] as const) {
      const capture = this.state.get()[source];
      if (capture.status !== 'on') continue;
      this.#generation[source] += 1;
      this.#show(source, OFF);
      receive(capture.track);
    }
  }

  /** Stops what is open. The store can be opened again. */
  close(): void {
    this.#receive = null;
    navigator.mediaDevices?.removeEventListener('devicechange', this.#refresh);
    this.#stop('camera');
    this.#stop('microphone');
  }

  /** Asks the browser anew which devices there are. */
  async refreshAvailable(): Promise<void> {
    try {
      const available = await Room.getLocalDevices(undefined, false);
      this.state.update((state) => ({ ...state, available }));
    } catch (error) {
      console.warn('The devices can not be listed.', error);
    }
  }

  async #openBoth(): Promise<void> {
    const generation = this.#begin('camera', 'microphone');
    const { videoinput, audioinput } = this.state.get().choices;
    try {
      const tracks = await createLocalTracks({
        video: videoinput === undefined ? true : { deviceId: { ideal: videoinput } },
        audio: audioinput === undefined ? true : { deviceId: { ideal: audioinput } },
      });
      for (const track of tracks) {
        if (track.kind === 'video') this.#opened('camera', generation.camera, track);
        else this.#opened('microphone', generation.microphone, track);
      }
      await this.refreshAvailable();
    } catch (error) {
      console.info('Camera and microphone can not be opened together.', error);
      // One of the two may be fine alone.
      if (this.#isCurrent('microphone', generation.microphone)) await this.openMicrophone();
      if (this.#isCurrent('camera', generation.camera)) await this.openCamera();
    }
  }

  async #openOne<S extends keyof Tracks>(source: S, create: () => Promise<Tracks[S]>) {
    this.#stop(source);
    const generation = this.#begin(source)[source];
    try {
      this.#opened(source, generation, await create());
    } catch (error) {
      if (!this.#isCurrent(source, generation)) return;
      this.#show(source, { status: 'failed', failure: toFailure(error) });
    }
    await this.refreshAvailable();
  }

  #opened<S extends keyof Tracks>(source: S, generation: number, track: Tracks[S]): void {
    if (!this.#isCurrent(source, generation)) {
      track.stop();
      return;
    }
    if (this.#receive !== null) {
      this.#show(source, OFF);
      this.#receive(track);
      return;
    }
    track.on(TrackEvent.Ended, () => {
      if (!this.#isCurrent(source, generation)) return;
      const failure = { code: 'track_ended', message: 'The device stopped.' };
      this.#show(source, { status: 'failed', failure });
    });
    this.#show(source, { status: 'on', track });
  }

  #begin(...sources: (keyof Tracks)[]): { camera: number; microphone: number } {
    for (const source of sources) {
      this.#generation[source] += 1;
      this.#show(source, OPENING);
    }
    return { ...this.#generation };
  }

  #stop(source: keyof Tracks): void {
    this.#generation[source] += 1;
    const capture = this.state.get()[source];
    if (capture.status === 'on') capture.track.stop();
    this.#show(source, OFF);
  }

  #isCurrent(source: keyof Tracks, generation: number): boolean {
    return this.#generation[source] === generation;
  }

  #show<S extends keyof Tracks>(source: S, capture: Capture<Tracks[S]>): void {
    this.state.update((state) => ({ ...state, [source]: capture }));
  }
}

function idealOf(deviceId: string | undefined): ConstrainDOMString | undefined {
  return deviceId === undefined ? undefined : { ideal: deviceId };
}
