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
    .watch('trackPublished', (publication) => room.emit('trackPublished', publication, participant))
    .watch('trackUnpublished', (publication) =>
      room.emit('trackUnpublished', publication, participant),
    )
    .watch('trackSubscribed', (track, publication) =>
      room.emit('trackSubscribed', track, publication, participant),
    )
    .watch('trackUnsubscribed', (track, publication) =>
      room.emit('trackUnsubscribed', track, publication, participant),
    )
    .watch('trackStreamStateChanged', (publication, state) =>
      room.emit('trackStreamStateChanged', publication, state, participant),
    )
    .watch('trackSubscriptionFailed', (trackSid, error) =>
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
    .watch('localTrackPublished', (publication) =>
      room.emit('localTrackPublished', publication, participant),
    )
    .watch('localTrackUnpublished', (publication) =>
      room.emit('localTrackUnpublished', publication, participant),
    )
    .watch('participantPermissionsChanged', (prevPermissions) =>
      room.emit('participantPermissionsChanged', prevPermissions, participant),
    )
    .watch('mediaDevicesError', (error, kind) => room.emit('mediaDevicesError', error, kind));
}

function forwardCommon(participant: Participant, room: Emitter<RoomEventCallbacks>): void {
  participant
    .watch('trackMuted', (publication) => room.emit('trackMuted', publication, participant))
    .watch('trackUnmuted', (publication) => room.emit('trackUnmuted', publication, participant))
    .watch('connectionQualityChanged', (quality) =>
      room.emit('connectionQualityChanged', quality, participant),
    )
    .watch('roleChanged', () => room.emit('participantRoleChanged', participant))
    .watch('participantNameChanged', (name) =>
      room.emit('participantNameChanged', name, participant),
    )
    .watch('participantMetadataChanged', (prevMetadata) =>
      room.emit('participantMetadataChanged', prevMetadata, participant),
    )
    .watch('attributesChanged', (changed) =>
      room.emit('participantAttributesChanged', changed, participant),
    );
}
