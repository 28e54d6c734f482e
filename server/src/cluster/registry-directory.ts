import type { RoomId } from '@balai/protocol';
import type { WorkerLoad } from '../media/media-plane.ts';
import type { Inquiries, Topic } from '../store/redis/inquiries.ts';
import type { NodeRegistry } from './registry.ts';
import type { RoomPart } from './room-parts.ts';
import type { NodeId } from './wire.ts';

/** Which rooms each replica has on which nodes. */
const ROOM_PARTS: Topic<null, readonly RoomPart[]> = { name: 'room_parts' };

/** A media node, as administrators see it. */
export interface ListedNode {
  readonly nodeId: NodeId;
  readonly region: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
  readonly isDraining: boolean;
  readonly cores: number;
  readonly workers: readonly WorkerLoad[];
  readonly rooms: readonly { readonly roomId: RoomId; readonly participants: number }[];
}

/** The nodes of a cluster, for those who operate it. */
export interface RegistryDirectory {
  /** Those whose lease lasts: heard of within 3 s. @throws AppError `unavailable`. */
  list(): Promise<readonly ListedNode[]>;
  /** @throws AppError `not_found`, `unavailable`. */
  drain(nodeId: NodeId): Promise<void>;
  /** @throws AppError `not_found`, `unavailable`. */
  undrain(nodeId: NodeId): Promise<void>;
}

export function createRegistryDirectory(options: {
  readonly registry: NodeRegistry;
  readonly inquiries: Inquiries;
  /** Of this replica. */
  readonly listRooms: () => readonly RoomPart[];
}): RegistryDirectory {
  const { registry, inquiries, listRooms } = options;
  inquiries.answer(ROOM_PARTS, async () => listRooms());
  return {
    async list() {
      const [nodes, elsewhere] = await Promise.all([
        registry.list(),
        inquiries.gather(ROOM_PARTS, null),
      ]);
      const parts = [...listRooms(), ...elsewhere.flat()];
      return nodes.map(({ peerId, info, workers, isDraining }) => ({
        nodeId: info.nodeId,
        region: info.region,
        labels: info.labels,
        addresses: info.addresses,
        isDraining,
        cores: info.capacity.cores,
        workers,
        rooms: sumRooms(parts.filter((part) => part.peerId === peerId)),
      }));
    },
    drain: (nodeId) => registry.drain(nodeId),
    undrain: (nodeId) => registry.undrain(nodeId),
  };
}

/** Several replicas may have people of one room on one node. */
function sumRooms(parts: readonly RoomPart[]): ListedNode['rooms'] {
  const sums = new Map<RoomId, number>();
  for (const { roomId, participants } of parts) {
    sums.set(roomId, (sums.get(roomId) ?? 0) + participants);
  }
  return [...sums].map(([roomId, participants]) => ({ roomId, participants }));
}
