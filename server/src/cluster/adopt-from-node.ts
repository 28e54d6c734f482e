import { AppError } from '../kernel/app-error.ts';
import type { PersonMedia } from '../media/node-media.ts';
import type { ClusterPerson } from './cluster-room.ts';

/** Where other replicas find somebody's media; undefined for a node that only this one reaches. */
export function locationOf({ node }: ClusterPerson): string | undefined {
  return node.people === undefined ? undefined : node.peerId;
}

/**
 * Takes over somebody who is on a node, of another replica until now: with what they publish and
 * receive there.
 *
 * @throws AppError `media_unavailable` where they are not there any more, as the node throws.
 */
export async function adoptFromNode(person: ClusterPerson): Promise<PersonMedia> {
  const { participantId, room, node } = person;
  const { roomId } = room;
  const adopted = await node.people?.adopt([{ participantId, roomId }]);
  if (adopted?.includes(participantId) !== true) throw new AppError('media_unavailable');
  try {
    const media = await node.media.describe(participantId);
    for (const trackId of media.trackIds) {
      person.trackIds.add(trackId);
      await room.addTrack(trackId, node);
    }
    const received = media.subscriptions.map(({ trackId }) => trackId);
    for (const [trackId, peerId] of await room.findElsewhere(node, received)) {
      person.received.set(trackId, peerId);
    }
    await room.noteNode(node);
    await room.tellRules(node);
    await room.linkAll(node);
    return media;
  } catch (error) {
    await node.media.leave(participantId);
    throw error;
  }
}
