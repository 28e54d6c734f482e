import type { StreamState, TrackSource } from '@balai/protocol';
import { useRef } from 'react';
import type { Participant } from '../participants/participant.ts';
import type { Room } from '../room.ts';
import type { RemoteTrack } from '../tracks/remote-track.ts';
import type { Track } from '../tracks/track.ts';
import type { TrackPublication } from '../tracks/track-publication.ts';
import { useRoom } from './room-context.ts';
import { isAlike, useObserved } from './use-observed.ts';

const OF_PARTICIPANT = [
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

const OF_ROOM = [
  'connected',
  'disconnected',
  'reconnected',
  'participantConnected',
  'participantDisconnected',
  ...OF_PARTICIPANT,
] as const;

/** A published track, as it is at this moment: another object when any of it has changed. */
export interface TrackReference {
  /** Whose it is. */
  readonly participant: Participant;
  /** For what can be asked of it, such as `setVideoQuality`. */
  readonly publication: TrackPublication;
  /** What it comes from. */
  readonly source: TrackSource;
  /** Its media; undefined while it is on the way, and for what is not subscribed to. */
  readonly track: Track | undefined;
  /** Whether it sends nothing for now. */
  readonly isMuted: boolean;
  /** `paused` while the server withholds it; see `track.streamState`. */
  readonly streamState: StreamState;
}

/** Which tracks {@link useTracks} lists. */
export interface UseTracksOptions {
  /** Only those whose media is there. Default false. */
  readonly onlySubscribed?: boolean;
  /** Default: that of the nearest `RoomProvider`. */
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
  return useObserved(useRoom(room), OF_ROOM, ({ localParticipant, remoteParticipants }) => {
    const references = [localParticipant, ...remoteParticipants.values()].flatMap((participant) =>
      participant
        .getTrackPublications()
        .filter(({ source }) => sources?.includes(source) ?? true)
        .filter(({ track }) => !onlySubscribed || track !== undefined)
        .map((publication) => keptReference(participant, publication, known.current)),
    );
    known.current = new Map(references.map((reference) => [reference.publication, reference]));
    return references;
  });
}

/** One track of somebody; undefined while they publish none of this source. */
export function useTrack(
  participant: Participant,
  source: TrackSource,
): TrackReference | undefined {
  return useObserved(participant, OF_PARTICIPANT, (one) => {
    const publication = one.getTrackPublication(source);
    return publication && referenceOf(one, publication);
  });
}

/** The same object as before where nothing changed. */
function keptReference(
  participant: Participant,
  publication: TrackPublication,
  known: ReadonlyMap<TrackPublication, TrackReference>,
): TrackReference {
  const reference = referenceOf(participant, publication);
  const before = known.get(publication);
  return before !== undefined && isAlike(before, reference) ? before : reference;
}

function referenceOf(participant: Participant, publication: TrackPublication): TrackReference {
  const { source, track, isMuted } = publication;
  const streamState = streamStateOf(publication);
  return { participant, publication, source, track, isMuted, streamState };
}

/** What is not received is not withheld either. */
export function streamStateOf(publication: TrackPublication | undefined): StreamState {
  const track = publication?.track;
  return track !== undefined && 'streamState' in track
    ? (track as RemoteTrack).streamState
    : 'active';
}
