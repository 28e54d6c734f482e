import type { Emitter } from './emitter.ts';
import type { LocalParticipant } from './participants/local-participant.ts';
import type { Participant } from './participants/participant.ts';
import type { RemoteParticipant } from './participants/remote-participant.ts';
import type { RoomEventCallbacks } from './room-events.ts';

/** Tells at the room what a participant tells, and who it was. */
export function forwardRemoteEvents(
  participant: RemoteParticipant,
  room: Emitter<RoomEventCallbacks>,
): void {
  forwardCommon(participant, room);
  participant
    .on('trackPublished', (publication) => room.emit('trackPublished', publication, participant))
    .on('trackUnpublished', (publication) =>
      room.emit('trackUnpublished', publication, participant),
    )
    .on('trackSubscribed', (track, publication) =>
      room.emit('trackSubscribed', track, publication, participant),
    )
    .on('trackUnsubscribed', (track, publication) =>
      room.emit('trackUnsubscribed', track, publication, participant),
    )
    .on('trackStreamStateChanged', (publication, state) =>
      room.emit('trackStreamStateChanged', publication, state, participant),
    )
    .on('trackSubscriptionFailed', (trackSid, error) =>
      room.emit('trackSubscriptionFailed', trackSid, participant, error),
    );
}

/** As {@link forwardRemoteEvents}, for ourselves. */
export function forwardLocalEvents(
  participant: LocalParticipant,
  room: Emitter<RoomEventCallbacks>,
): void {
  forwardCommon(participant, room);
  participant
    .on('localTrackPublished', (publication) =>
      room.emit('localTrackPublished', publication, participant),
    )
    .on('localTrackUnpublished', (publication) =>
      room.emit('localTrackUnpublished', publication, participant),
    )
    .on('participantPermissionsChanged', (prevPermissions) =>
      room.emit('participantPermissionsChanged', prevPermissions, participant),
    )
    .on('mediaDevicesError', (error, kind) => room.emit('mediaDevicesError', error, kind));
}

function forwardCommon(participant: Participant, room: Emitter<RoomEventCallbacks>): void {
  participant
    .on('trackMuted', (publication) => room.emit('trackMuted', publication, participant))
    .on('trackUnmuted', (publication) => room.emit('trackUnmuted', publication, participant))
    .on('connectionQualityChanged', (quality) =>
      room.emit('connectionQualityChanged', quality, participant),
    )
    .on('roleChanged', () => room.emit('participantRoleChanged', participant))
    .on('participantNameChanged', (name) => room.emit('participantNameChanged', name, participant))
    .on('participantMetadataChanged', (prevMetadata) =>
      room.emit('participantMetadataChanged', prevMetadata, participant),
    )
    .on('attributesChanged', (changed) =>
      room.emit('participantAttributesChanged', changed, participant),
    );
}
