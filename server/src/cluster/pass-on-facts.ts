import type { RoomId } from '@balai/protocol';
import type { Emitter } from '../kernel/emitter.ts';
import type { MediaPlaneEvents } from '../media/media-plane.ts';
import type { NodeMediaEvents, PeerId } from '../media/node-media.ts';
import type { ClusterNode, ClusterNodes } from './cluster-nodes.ts';
import type { ClusterPerson, ClusterRoom } from './cluster-room.ts';
import type { Homes } from './homes.ts';

/** What is known to who passes on facts. */
export interface FactsOfCluster {
  readonly events: Emitter<MediaPlaneEvents>;
  readonly findRoom: (roomId: RoomId) => ClusterRoom | undefined;
  readonly homes: Pick<Homes, 'all' | 'holds' | 'findNext'>;
  /** Somebody has no media any more. @returns whether that is to be told: who just comes in finds out. */
  readonly lose: (person: ClusterPerson) => boolean;
  readonly forgetNode: (node: ClusterNode) => void;
}

/** Facts that are told as they come: they name something of the place that they come from. */
const OF_A_PLACE = ['transportFailed', 'streamsChanged', 'layersNeeded'] as const;
/** Of who moves, those of the next place count. */
const OF_A_PERSON = ['codecNeeded', 'lineMeasured', 'dataClosed'] as const;

/** Tells the facts of all nodes as those of one plane. @returns what ends that. */
export function passOnFacts(nodes: ClusterNodes, cluster: FactsOfCluster): () => void {
  const stops = new Map<ClusterNode, readonly (() => void)[]>();
  const follow = (node: ClusterNode) => stops.set(node, followNode(node, cluster));
  const unfollow = (node: ClusterNode) => {
    for (const stop of stops.get(node) ?? []) stop();
    stops.delete(node);
  };
  for (const node of nodes.list()) follow(node);
  const stopFollowing = [
    nodes.events.on('joined', follow),
    nodes.events.on('lost', (node) => {
      unfollow(node);
      cluster.forgetNode(node);
    }),
  ];
  return () => {
    for (const stop of stopFollowing) stop();
    for (const node of [...stops.keys()]) unfollow(node);
  };
}

function followNode(node: ClusterNode, cluster: FactsOfCluster): readonly (() => void)[] {
  const { events } = node.media;
  const passOn = <Fact extends keyof MediaPlaneEvents & string>(name: Fact) =>
    events.on(name, (fact) => cluster.events.emit(name, fact as MediaPlaneEvents[Fact]));
  return [
    ...OF_A_PLACE.map((name) => passOn(name)),
    ...OF_A_PERSON.map((name) =>
      events.on(name, (fact) => {
        const next = cluster.homes.findNext(fact.participantId);
        if (next === undefined || next.node === node) cluster.events.emit(name, fact as never);
      }),
    ),
    events.on('audioLevels', ({ roomId, levels }) =>
      cluster.findRoom(roomId)?.levels.report(node, levels),
    ),
    events.on('mediaLost', (fact) => loseMedia(node, fact, cluster)),
    events.on('linkClosed', ({ roomId, peerId }) => {
      const room = cluster.findRoom(roomId);
      if (room !== undefined) void repair(room, node, peerId, cluster);
    }),
  ];
}

function loseMedia(
  node: ClusterNode,
  { roomId, participantIds }: NodeMediaEvents['mediaLost'],
  cluster: FactsOfCluster,
): void {
  const room = cluster.findRoom(roomId);
  const lost = participantIds
    .flatMap((participantId) => cluster.homes.all(participantId))
    .filter((person) => person.node === node && cluster.lose(person));
  room?.levels.remove(node);
  room?.forgetRules(node);
  void room?.links.verify(node.peerId);
  if (lost.length === 0) return;
  const lostIds = lost.map(({ participantId }) => participantId);
  cluster.events.emit('mediaLost', { roomId, participantIds: lostIds });
}

/**
 * A link ended, and with it all that people of this replica received over it. What is
 * published still they have to be given anew, as after the loss of a worker.
 */
async function repair(
  room: ClusterRoom,
  node: ClusterNode,
  peerId: PeerId,
  cluster: FactsOfCluster,
): Promise<void> {
  room.links.closed(node.peerId, peerId);
  const cut = [...room.people].flatMap((person) => {
    if (person.node !== node) return [];
    const trackIds = [...person.received].flatMap(([trackId, from]) =>
      from === peerId ? [trackId] : [],
    );
    for (const trackId of trackIds) person.received.delete(trackId);
    return trackIds.length > 0 ? [{ person, trackIds }] : [];
  });
  // Data goes over it, too.
  if (room.nodes.some((one) => one.peerId === peerId)) await room.bring(node, peerId, []);
  if (cut.length === 0) return;
  const wanted = [...new Set(cut.flatMap(({ trackIds }) => trackIds))];
  const living = new Set(await room.bring(node, peerId, wanted));
  const lost = cut.flatMap(({ person, trackIds }) =>
    trackIds.some((trackId) => living.has(trackId)) ? [person] : [],
  );
  const present = lost.filter((person) => cluster.homes.holds(person) && cluster.lose(person));
  if (present.length === 0) return;
  const participantIds = present.map(({ participantId }) => participantId);
  // Nobody waits for it: the node lets go of whoever is not held.
  void Promise.allSettled(participantIds.map((one) => node.media.leave(one)));
  cluster.events.emit('mediaLost', { roomId: room.roomId, participantIds });
}
