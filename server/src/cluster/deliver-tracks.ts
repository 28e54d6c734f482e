import type { Subscription, TrackId } from '@balai/protocol';
import type { PeerId } from '../media/node-media.ts';
import type { ClusterPerson } from './cluster-room.ts';

/**
 * Subscribes somebody to tracks of other nodes, held back. Left out are those that ended, that
 * do not come, and that they have already.
 *
 * @param elsewhere The node of each.
 * @throws AppError as `MediaPlane.subscribe`.
 */
export async function deliverTracks(
  person: ClusterPerson,
  elsewhere: ReadonlyMap<TrackId, PeerId>,
): Promise<readonly Subscription[]> {
  if (elsewhere.size === 0) return [];
  const { room, node, participantId, received } = person;
  const byPeer = Map.groupBy(elsewhere.keys(), (trackId) => elsewhere.get(trackId) ?? '');
  await Promise.all([...byPeer].map(([peerId, some]) => room.bring(node, peerId, some)));
  const subscriptions = await node.media.subscribe(participantId, [...elsewhere.keys()]);
  for (const { trackId } of subscriptions) received.set(trackId, elsewhere.get(trackId) ?? '');
  return subscriptions;
}
