import { Emitter } from '../kernel/emitter.ts';
import type { Logger } from '../kernel/logger.ts';
import type { NodeMedia, PeerId } from '../media/node-media.ts';
import type { NodesGate } from './nodes-gate.ts';
import type { RemoteNode } from './remote-node.ts';
import type { SharedPeople } from './shared-people.ts';
import type { BootId, NodeId } from './wire.ts';

/** A node that takes commands. */
export interface ClusterNode {
  /** Of this boot of it. */
  readonly peerId: PeerId;
  readonly media: NodeMedia;
  /** Absent for what no other replica can command. */
  readonly people?: SharedPeople;
  /** Whether its people are to go elsewhere. Absent: never. */
  readonly isDraining?: () => boolean;
}

/** The nodes of a cluster that take commands. */
export interface ClusterNodes {
  list(): readonly ClusterNode[];
  find(peerId: PeerId): ClusterNode | undefined;
  readonly events: Emitter<{
    joined: ClusterNode;
    /** For ever; `mediaLost` of its people was told. */
    lost: ClusterNode;
  }>;
}

/** As what other nodes and replicas know a boot of a node. */
export function peerIdOf(node: { readonly nodeId: NodeId; readonly bootId: BootId }): PeerId {
  return `${node.nodeId}/${node.bootId}`;
}

function nodeOf(media: RemoteNode): ClusterNode {
  return {
    peerId: peerIdOf(media.info),
    media,
    people: media,
    isDraining: () => media.report?.isDraining === true,
  };
}

/** The nodes that came to this replica, and its own workers where it has some. */
export interface NodesOfReplica extends ClusterNodes {
  /** The workers of this process, which end with it. */
  addOwn(node: ClusterNode): void;
}

export function createClusterNodes(
  gate: Pick<NodesGate, 'nodes' | 'events'>,
  logger: Logger,
): NodesOfReplica {
  const nodes = new Map<PeerId, ClusterNode>();
  const events: ClusterNodes['events'] = new Emitter((error, event) =>
    logger.error({ err: error, event }, 'listener of the nodes failed'),
  );
  for (const media of gate.nodes()) {
    const peerId = peerIdOf(media.info);
    nodes.set(peerId, nodeOf(media));
  }
  gate.events.on('nodeJoined', (media) => {
    const node = nodeOf(media);
    // It may have been there when this began, and not yet told of.
    if (nodes.has(node.peerId)) return;
    nodes.set(node.peerId, node);
    events.emit('joined', node);
  });
  gate.events.on('nodeLost', (media) => {
    const node = nodes.get(peerIdOf(media.info));
    if (node === undefined) return;
    nodes.delete(node.peerId);
    events.emit('lost', node);
  });
  return {
    events,
    addOwn(node) {
      nodes.set(node.peerId, node);
      events.emit('joined', node);
    },
    list: () => [...nodes.values()],
    find: (peerId) => nodes.get(peerId),
  };
}
