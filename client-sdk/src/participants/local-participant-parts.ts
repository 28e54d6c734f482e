import type { CaptureDevices } from '../capture/capture-devices.ts';
import type { RoomMessages } from '../data/data-participant.ts';
import type { RoomData } from '../data/room-data.ts';
import type { RoomOptions } from '../options.ts';
import type { SignalChannel } from '../signalling/signal-channel.ts';
import type { Entrance } from './published-tracks.ts';

/** What the local participant needs of its surroundings. */
export interface LocalParticipantParts {
  readonly options: RoomOptions;
  readonly capture: CaptureDevices;
  readonly entrance: Entrance;
  readonly data: RoomData;
  readonly ask: SignalChannel['request'];
  readonly room: RoomMessages;
}
