import type { RoomId } from '@balai/protocol';
import { AppError } from '../kernel/app-error.ts';
import type { JoinMediaParams } from '../media/media-plane.ts';
import type { PeerId } from '../media/node-media.ts';
import type { ClusterNode, ClusterNodes } from './cluster-nodes.ts';
import type { ClusterRoom } from './cluster-room.ts';
import type { RoomPlaces } from './room-places.ts';

/** Somebody who is to be placed on a node. */
export interface NodeNewcomer {
  readonly roomId: RoomId;
  readonly isReceiveOnly: boolean;
  /** How many of this replica publish in the room. */
  readonly publishers: number;
  /** Where the room is, with the number of its people. */
  readonly roomNodes: ReadonlyMap<PeerId, number>;
  /** Nodes that are out of the question. Default none. */
  readonly except?: ReadonlySet<PeerId> | undefined;
}

/** Where somebody goes. */
export interface FoundPlace {
  readonly node: ClusterNode;
  /** Whether the room has people on other nodes, and not only on such as are to be left. */
  readonly isRoomElsewhere: boolean;
}

/**
 * Chooses a node and reserves what the newcomer takes there.
 *
 * @throws AppError `media_unavailable`, `unavailable`.
 */
export type PlaceOnNode = (newcomer: NodeNewcomer) => Promise<PeerId>;

/** For whom a node is sought. */
export interface PlaceWanted extends Pick<JoinMediaParams, 'roomId' | 'canPublish'> {
  readonly except?: ReadonlySet<PeerId>;
}

/**
 * Finds a node for somebody, and reserves there what they take.
 *
 * @param known Their room, where people of this replica are in it.
 * @throws AppError `media_unavailable`, `unavailable`.
 */
export async function findPlace(
  { roomId, canPublish, except }: PlaceWanted,
  known: ClusterRoom | undefined,
  {
    nodes,
    places,
    place,
  }: {
    readonly nodes: Pick<ClusterNodes, 'find'>;
    readonly places: Pick<RoomPlaces, 'findNodes'>;
    readonly place: PlaceOnNode;
  },
): Promise<FoundPlace> {
  const roomNodes = new Map(await places.findNodes(roomId));
  for (const node of known?.nodes ?? []) {
    const people = Math.max(roomNodes.get(node.peerId) ?? 0, known?.countOn(node) ?? 0);
    roomNodes.set(node.peerId, people);
  }
  const publishers = known?.publishers ?? 0;
  const isReceiveOnly = !canPublish;
  const peerId = await place({ roomId, isReceiveOnly, publishers, roomNodes, except });
  const node = nodes.find(peerId);
  if (node === undefined) throw new AppError('media_unavailable');
  const others = [...roomNodes.keys()].flatMap((one) => nodes.find(one) ?? []);
  const isRoomElsewhere = others.some((one) => one !== node && one.isDraining?.() !== true);
  return { node, isRoomElsewhere };
}
