import type { TrackSource } from '@balai/protocol';
import { useRef } from 'react';
import type { Participant } from '../participants/participant.ts';
import type { Room } from '../room.ts';
import type { Track } from '../tracks/track.ts';
import type { TrackPublication } from '../tracks/track-publication.ts';
import { useRoom } from './room-context.ts';
import { useObserved } from './use-observed.ts';

const EVENTS = [
  'connected',
  'disconnected',
  'reconnected',
  'participantConnected',
  'participantDisconnected',
  'trackPublished',
  'trackUnpublished',
  'trackSubscribed',
  'trackUnsubscribed',
  'trackStreamStateChanged',
  'trackMuted',
  'trackUnmuted',
  'localTrackPublished',
  'localTrackUnpublished',
] as const;

/** A published track, as it is at this moment: another object when any of it has changed. */
export interface TrackReference {
  readonly participant: Participant;
  readonly publication: TrackPublication;
  readonly source: TrackSource;
  /** Its media; undefined while it is on the way, and for what is not subscribed to. */
  readonly track: Track | undefined;
  readonly isMuted: boolean;
}

/** Which tracks {@link useTracks} lists. */
export interface UseTracksOptions {
  /** Only those whose media is there. Default false. */
  readonly onlySubscribed?: boolean;
  readonly room?: Room;
}

/**
 * The published tracks of some sources (default: all): our own first, then the
 * others' in the order of their coming.
 */
export function useTracks(
  sources?: readonly TrackSource[],
  { onlySubscribed = false, room }: UseTracksOptions = {},
): readonly TrackReference[] {
  const known = useRef(new Map<TrackPublication, TrackReference>());
  return useObserved(useRoom(room), EVENTS, ({ localParticipant, remoteParticipants }) => {
    const references = [localParticipant, ...remoteParticipants.values()].flatMap((participant) =>
      participant
        .getTrackPublications()
        .filter(({ source }) => sources?.includes(source) ?? true)
        .filter(({ track }) => !onlySubscribed || track !== undefined)
        .map((publication) => referenceOf(participant, publication, known.current)),
    );
    known.current = new Map(references.map((reference) => [reference.publication, reference]));
    return references;
  });
}

/** The same object as before where nothing changed. */
function referenceOf(
  participant: Participant,
  publication: TrackPublication,
  known: ReadonlyMap<TrackPublication, TrackReference>,
): TrackReference {
  const { source, track, isMuted } = publication;
  const before = known.get(publication);
  const isSame =
    before?.participant === participant && before.track === track && before.isMuted === isMuted;
  return isSame ? before : { participant, publication, source, track, isMuted };
}
