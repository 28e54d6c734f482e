import type { ParticipantId, TrackId } from '@balai/protocol';
import { AppError } from '../kernel/app-error.ts';
import type { ForwardTarget, PublishedMedia } from '../media/media-plane.ts';
import type { ClusterNode } from './cluster-nodes.ts';
import type { ClusterPerson, ClusterRoom } from './cluster-room.ts';

/** Forwards somebody's track to another room, which the track's node keeps open for it. */
export async function forwardTo(
  room: ClusterRoom,
  { participantId, node }: ClusterPerson,
  sourceTrackId: TrackId,
  to: ForwardTarget,
): Promise<PublishedMedia> {
  await node.media.keepRoom(room.roomId);
  let forwarded: PublishedMedia | undefined;
  try {
    forwarded = await node.media.forwardTrack(participantId, sourceTrackId, to);
    room.forwards.set(forwarded.trackId, { node, participantId, sourceTrackId });
    await room.addTrack(forwarded.trackId, node);
    // Its source may have ended meanwhile, and the room with it.
    if (!room.forwards.has(forwarded.trackId)) throw new AppError('track_not_found');
    await Promise.all([room.tellRules(node), room.linkAll(node)]);
    return forwarded;
  } catch (error) {
    // Nobody else knows of it.
    if (forwarded !== undefined) await unforward(room, forwarded.trackId);
    else await releaseRoom(room, node);
    throw error;
  }
}

/** Ends what was forwarded to a room. Nothing for what is not. */
export async function unforward(room: ClusterRoom, trackId: TrackId): Promise<void> {
  const forward = room.forwards.get(trackId);
  if (forward === undefined) return;
  await forward.node.media.unforwardTrack(room.roomId, trackId);
  await forgetForward(room, trackId);
}

/** What was forwarded to a room has ended with its source. */
export async function forgetForward(room: ClusterRoom, trackId: TrackId): Promise<void> {
  const forward = room.forwards.get(trackId);
  if (forward === undefined) return;
  room.forwards.delete(trackId);
  room.removeTrack(trackId);
  room.noteGone(forward.node);
  await releaseRoom(room, forward.node);
}

/** As what a track is forwarded to a room. */
export function forwardsOf(
  room: ClusterRoom,
  participantId: ParticipantId,
  sourceTrackId: TrackId,
): readonly TrackId[] {
  return [...room.forwards].flatMap(([trackId, forward]) =>
    forward.sourceTrackId === sourceTrackId && forward.participantId === participantId
      ? [trackId]
      : [],
  );
}

async function releaseRoom(room: ClusterRoom, node: ClusterNode): Promise<void> {
  if ([...room.forwards.values()].some((forward) => forward.node === node)) return;
  await node.media.releaseRoom(room.roomId);
}
