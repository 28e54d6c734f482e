import type { ParticipantInfo, RoomChange, TrackInfo } from '@balai/protocol';
import type { RoomView } from '../room-view.ts';

/**
 * Changes that make one view the other, in an order in which clients can hear them. Who is
 * in both is changed, never joined anew.
 */
export function changesBetween(
  before: ReadonlyMap<string, ParticipantInfo>,
  after: ReadonlyMap<string, ParticipantInfo>,
): RoomChange[] {
  const left = [...before.keys()]
    .filter((participantId) => !after.has(participantId))
    .map(
      (participantId): RoomChange => ({
        type: 'participantLeft',
        participantId,
        reason: 'signal_close',
      }),
    );
  const others = [...after.values()].flatMap((participant): RoomChange[] => {
    const known = before.get(participant.participantId);
    // The view has tracks only as they are announced: clients hear of each.
    return known === undefined
      ? arrivalOf(participant)
      : [...changesOfPerson(known, participant), ...changesOfTracks(known, participant)];
  });
  return [...left, ...others];
}

/** Who comes does so without tracks, so that those who are there are told of each and get it. */
export function arrivalOf(participant: ParticipantInfo): RoomChange[] {
  return [
    { type: 'participantJoined', participant: { ...participant, tracks: [] } },
    ...participant.tracks.map((track): RoomChange => ({ type: 'trackPublished', track })),
  ];
}

function changesOfPerson(before: ParticipantInfo, after: ParticipantInfo): RoomChange[] {
  const { participantId, role, name, metadata, attributes, handRaisedAt } = after;
  const changes: RoomChange[] = [];
  if (role !== before.role) {
    changes.push({ type: 'roleChanged', participantId, role });
  }
  const update = {
    ...(name === before.name ? {} : { name }),
    ...(metadata === before.metadata ? {} : { metadata }),
    ...(isSame(attributes, before.attributes) ? {} : { attributes }),
  };
  if (Object.keys(update).length > 0) {
    changes.push({ type: 'participantUpdated', participantId, ...update });
  }
  if (handRaisedAt !== before.handRaisedAt) {
    changes.push({ type: 'handChanged', participantId, raisedAt: handRaisedAt });
  }
  return changes;
}

function changesOfTracks(before: ParticipantInfo, after: ParticipantInfo): RoomChange[] {
  const { participantId } = after;
  const known = new Map(before.tracks.map((track) => [track.trackId, track]));
  const present = new Set(after.tracks.map(({ trackId }) => trackId));
  const ended = before.tracks
    .filter(({ trackId }) => !present.has(trackId))
    .map(({ trackId }): RoomChange => ({ type: 'trackUnpublished', participantId, trackId }));
  const others = after.tracks.flatMap((track): RoomChange[] =>
    changesOfTrack(known.get(track.trackId), track),
  );
  return [...ended, ...others];
}

function changesOfTrack(before: TrackInfo | undefined, track: TrackInfo): RoomChange[] {
  if (before === undefined) {
    return [{ type: 'trackPublished', track }];
  }
  const { participantId, trackId, isMuted } = track;
  return before.isMuted === isMuted
    ? []
    : [{ type: 'trackMuted', participantId, trackId, isMuted }];
}

function isSame(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

/** A view that changes can be tried on. */
export function copyOf(view: ReadonlyMap<string, ParticipantInfo>): RoomView {
  return new Map(view);
}
