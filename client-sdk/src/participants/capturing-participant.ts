import type { CaptureDevices } from '../capture/capture-devices.ts';
import { TrackOpener } from '../capture/track-opener.ts';
import { DataParticipant, type RoomMessages } from '../data/data-participant.ts';
import type { RoomData } from '../data/room-data.ts';
import type {
  CreateLocalTracksOptions,
  RoomOptions,
  ScreenShareCaptureOptions,
} from '../options.ts';
import type { LocalTrack } from '../tracks/local-track.ts';
import type { Entrance } from './published-tracks.ts';

/** What the local participant needs of its surroundings. */
export interface LocalParticipantParts {
  readonly options: RoomOptions;
  readonly capture: CaptureDevices;
  readonly entrance: Entrance;
  readonly data: RoomData;
  readonly room: RoomMessages;
}

/** Ourselves, as one who has a camera, a microphone and a screen. */
export abstract class CapturingParticipant extends DataParticipant {
  /** @internal */
  protected readonly opener: TrackOpener;

  /** @internal */
  constructor({ capture, options, data, room }: LocalParticipantParts) {
    super(data, room);
    this.opener = new TrackOpener(capture, options);
  }

  /**
   * As `createLocalTracks`, with the room's options and the devices chosen in it.
   *
   * @throws MediaDeviceError
   */
  createTracks(options: CreateLocalTracksOptions = {}): Promise<LocalTrack[]> {
    return this.opener.openTracks(options);
  }

  /**
   * As `createLocalScreenTracks`.
   *
   * @throws MediaDeviceError
   */
  createScreenTracks(options?: ScreenShareCaptureOptions): Promise<LocalTrack[]> {
    return this.opener.openScreen(options);
  }
}
