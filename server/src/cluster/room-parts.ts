import type { RoomId } from '@balai/protocol';
import type { PeerId } from '../media/node-media.ts';
import type { ClusterRoom } from './cluster-room.ts';

/** People of one room on one node. */
export interface RoomPart {
  readonly peerId: PeerId;
  readonly roomId: RoomId;
  /** Of one replica. At least 1. */
  readonly participants: number;
}

/** Where the people of a room are. */
export function partsOf(room: ClusterRoom): readonly RoomPart[] {
  const { roomId } = room;
  const parts = room.nodes.map((node) => ({
    peerId: node.peerId,
    roomId,
    participants: room.countOn(node),
  }));
  return parts.filter(({ participants }) => participants > 0);
}
