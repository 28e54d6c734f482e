import { FakeMediaStreamTrack } from 'fake-mediastreamtrack';
import type { CaptureDevices } from '../../src/capture/capture-devices.ts';
import type { DisplayConstraints } from '../../src/capture/constraints.ts';
import { MediaDeviceError } from '../../src/errors.ts';

type Opening = MediaStreamConstraints | DisplayConstraints;

/** Devices that are always there, unless told otherwise, and remember what was opened. */
export class FakeCapture implements CaptureDevices {
  readonly opened: FakeMediaStreamTrack[] = [];
  readonly openings: Opening[] = [];
  readonly failures = new Map<'audio' | 'video' | 'screen', MediaDeviceError>();
  screenHasSound = true;

  /** Lights that are on. */
  get live(): FakeMediaStreamTrack[] {
    return this.opened.filter((track) => track.readyState === 'live');
  }

  async openUserMedia(constraints: MediaStreamConstraints): Promise<MediaStreamTrack[]> {
    this.openings.push(constraints);
    await takeTime();
    const kinds = (['audio', 'video'] as const).filter((kind) => constraints[kind]);
    for (const kind of kinds) this.#refuse(kind);
    return kinds.map((kind) => this.#open(kind, settingsOf(constraints[kind])));
  }

  async openDisplay(constraints: DisplayConstraints): Promise<MediaStreamTrack[]> {
    this.openings.push(constraints);
    await takeTime();
    this.#refuse('screen');
    const sound = this.screenHasSound && constraints.audio ? [this.#open('audio', {})] : [];
    return [...sound, this.#open('video', { width: 2560, height: 1440, frameRate: 30 })];
  }

  #refuse(what: 'audio' | 'video' | 'screen'): void {
    const failure = this.failures.get(what);
    if (failure) throw failure;
  }

  #open(kind: string, settings: MediaTrackSettings): MediaStreamTrack {
    const track = new FakeMediaStreamTrack({ kind, settings });
    this.opened.push(track);
    return track;
  }
}

/** A refusal by the person. */
export function refusal(kind: MediaDeviceKind | undefined): MediaDeviceError {
  return new MediaDeviceError('permission_denied', kind);
}

function settingsOf(wish: boolean | MediaTrackConstraints | undefined): MediaTrackSettings {
  const constraints = typeof wish === 'object' ? wish : {};
  const { deviceId } = constraints;
  const exact = typeof deviceId === 'object' && 'exact' in deviceId ? deviceId.exact : undefined;
  return {
    deviceId: typeof exact === 'string' ? exact : 'default',
    ...(constraints.width && { width: 1280, height: 720, frameRate: 30 }),
  };
}

/** As a device does: not at once. */
async function takeTime(): Promise<void> {
  await new Promise(setImmediate);
}
