import { type DataHooks, RoomData } from '../src/data/room-data.ts';
import { ConnectionError, type MediaDeviceError } from '../src/errors.ts';
import type { RoomOptions } from '../src/options.ts';
import { LocalParticipant } from '../src/participants/local-participant.ts';
import { Room } from '../src/room.ts';
import type { TrackPublication } from '../src/tracks/track-publication.ts';
import { FakeCapture } from './fakes/fake-capture.ts';
import { FakePublisher } from './fakes/fake-publisher.ts';

/** Data is tried elsewhere. */
const nobody: DataHooks = {
  awaitLink: () => Promise.reject(new ConnectionError('not_connected')),
  findSid: () => undefined,
  findIdentity: () => undefined,
  onData: () => undefined,
  onInterrupted: () => undefined,
};

/** Ourselves, at a server and with devices that do what the test wants. */
export function setUpLocalParticipant(options: RoomOptions = {}) {
  const capture = new FakeCapture();
  const server = new FakePublisher();
  const door = { isOpen: true, publisher: Promise.resolve(server) };
  const participant = new LocalParticipant({
    options,
    capture,
    data: new RoomData(nobody),
    ask: () => Promise.reject(new ConnectionError('not_connected')),
    room: new Room(),
    entrance: {
      isOpen: () => door.isOpen,
      publisher: () => door.publisher,
    },
  });
  const events: string[] = [];
  const note = (event: string) => (publication: TrackPublication) =>
    events.push(`${event} ${publication.source}`);
  participant
    .on('localTrackPublished', note('localTrackPublished'))
    .on('localTrackUnpublished', note('localTrackUnpublished'))
    .on('trackMuted', note('trackMuted'))
    .on('trackUnmuted', note('trackUnmuted'));
  participant.on('mediaDevicesError', (error, kind) =>
    events.push(`mediaDevicesError ${(error as MediaDeviceError).code} ${kind}`),
  );
  return { capture, server, door, participant, events };
}
