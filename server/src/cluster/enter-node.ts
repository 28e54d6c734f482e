import type { Subscription, TrackId } from '@balai/protocol';
import type { JoinedMedia, JoinMediaParams } from '../media/media-plane.ts';
import type { PeerId } from '../media/node-media.ts';
import type { ClusterPerson } from './cluster-room.ts';
import { deliverTracks } from './deliver-tracks.ts';

/**
 * Gives somebody their media on the node that they were placed on, with tracks of all nodes. What
 * was made stays where this throws: the caller has them leave.
 *
 * @throws AppError as `MediaPlane.join`.
 */
export async function enterNode(
  person: ClusterPerson,
  params: JoinMediaParams,
): Promise<JoinedMedia> {
  const { participantId, canSubscribe, subscribeTo } = params;
  const { room, node } = person;
  const [elsewhere] = await Promise.all([
    canSubscribe ? room.findElsewhere(node, subscribeTo) : new Map<TrackId, PeerId>(),
    room.noteNode(node),
  ]);
  const near = subscribeTo.filter((trackId) => !elsewhere.has(trackId));
  const joined = await node.media.join({ ...params, subscribeTo: near });
  await room.tellRules(node);
  await room.linkAll(node);
  const far = await deliverTracks(person, elsewhere);
  const subscriptionIds = far.map(({ subscriptionId }) => subscriptionId);
  if (far.length > 0) await node.media.startSubscriptions(participantId, subscriptionIds);
  const order = new Map(subscribeTo.map((trackId, index) => [trackId, index]));
  const place = ({ trackId }: Subscription) => order.get(trackId) ?? 0;
  const subscriptions = [...joined.subscriptions, ...far].sort(
    (one, other) => place(one) - place(other),
  );
  return { ...joined, subscriptions };
}
