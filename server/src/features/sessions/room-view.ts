import type { ParticipantId, ParticipantInfo, RoomChange, TrackInfo } from '@balai/protocol';

/** Who is in a room and what they publish, as clients see it. */
export type RoomView = Map<ParticipantId, ParticipantInfo>;

/** Whom a change is about; null for the room itself. */
export function subjectOf(change: RoomChange): ParticipantId | null {
  switch (change.type) {
    case 'participantJoined':
      return change.participant.participantId;
    case 'trackPublished':
      return change.track.participantId;
    case 'roomUpdated':
      return null;
    default:
      return change.participantId;
  }
}

/** Whether somebody hears of a change that is about themselves, which others may have made. */
export function isOwnNews({ type }: RoomChange): boolean {
  return type === 'participantUpdated' || type === 'handChanged';
}

/** Makes a view what a client's becomes with the change. Changes about strangers do nothing. */
export function applyChange(view: RoomView, change: RoomChange): void {
  switch (change.type) {
    case 'participantJoined':
      view.set(change.participant.participantId, change.participant);
      break;
    case 'participantLeft':
      view.delete(change.participantId);
      break;
    case 'trackPublished':
      changeTracks(view, change.track.participantId, (tracks) => [...tracks, change.track]);
      break;
    case 'trackUnpublished':
      changeTracks(view, change.participantId, (tracks) =>
        tracks.filter((track) => track.trackId !== change.trackId),
      );
      break;
    case 'trackMuted':
      changeTracks(view, change.participantId, (tracks) =>
        tracks.map((track) =>
          track.trackId === change.trackId ? { ...track, isMuted: change.isMuted } : track,
        ),
      );
      break;
    case 'roleChanged':
      changeParticipant(view, change.participantId, (participant) => ({
        ...participant,
        role: change.role,
      }));
      break;
    case 'participantUpdated':
      changeParticipant(view, change.participantId, (participant) => ({
        ...participant,
        name: change.name ?? participant.name,
        metadata: change.metadata ?? participant.metadata,
        attributes: change.attributes ?? participant.attributes,
      }));
      break;
    case 'handChanged':
      changeParticipant(view, change.participantId, (participant) => ({
        ...participant,
        handRaisedAt: change.raisedAt,
      }));
      break;
    case 'roomUpdated':
      break;
  }
}

function changeTracks(
  view: RoomView,
  participantId: ParticipantId,
  change: (tracks: readonly TrackInfo[]) => readonly TrackInfo[],
): void {
  changeParticipant(view, participantId, (participant) => ({
    ...participant,
    tracks: change(participant.tracks),
  }));
}

function changeParticipant(
  view: RoomView,
  participantId: ParticipantId,
  change: (participant: ParticipantInfo) => ParticipantInfo,
): void {
  const participant = view.get(participantId);
  if (participant !== undefined) {
    view.set(participantId, change(participant));
  }
}
