import type { AdminNode, AdminNodeRoom, AdminWorker, RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { WorkerLoad } from '../../media/media-plane.ts';
import { loadOf, type NodeDirectory, type NodeStatus, type RoomOnNode } from './node-directory.ts';

/** Of each node: more would have to be looked up by name every time. */
const MAX_ROOMS = 20;

/** What administrators see of media nodes, and do with them. */
export interface NodeAdministration {
  /** All of them, by their ids. @throws AppError `unavailable`. */
  list(): Promise<readonly AdminNode[]>;

  /** Has nobody new come to a node, or people again. @throws AppError `not_found`, `unavailable`. */
  setDraining(nodeId: string, isDraining: boolean): Promise<AdminNode>;
}

export interface NodeAdministrationDependencies {
  readonly directory: NodeDirectory;
  /** Throws AppError `room_not_found` for a room that is in no table. */
  readonly getRoom: (roomId: RoomId) => Promise<{ readonly name: string }>;
}

export function createNodeAdministration(
  dependencies: NodeAdministrationDependencies,
): NodeAdministration {
  const { directory, getRoom } = dependencies;

  const describe = async (node: NodeStatus): Promise<AdminNode> => {
    const { nodeId: id, region, labels, addresses, isDraining, cores, rooms } = node;
    const largest = rooms.toSorted((a, b) => b.participants - a.participants).slice(0, MAX_ROOMS);
    return {
      id,
      region,
      labels,
      addresses,
      isDraining,
      cores,
      load: loadOf(node),
      participants: rooms.reduce((sum, { participants }) => sum + participants, 0),
      roomCount: rooms.length,
      rooms: await Promise.all(largest.map(describeRoom)),
      workers: node.workers.map(describeWorker).sort((a, b) => a.slot - b.slot),
    };
  };

  const describeRoom = async ({ roomId: id, participants }: RoomOnNode): Promise<AdminNodeRoom> => {
    try {
      return { id, name: (await getRoom(id)).name, participants };
    } catch (error) {
      if (error instanceof AppError && error.code === 'room_not_found') {
        return { id, name: null, participants };
      }
      throw error;
    }
  };

  return {
    async list() {
      const nodes = await Promise.all((await directory.list()).map(describe));
      return nodes.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
    },
    async setDraining(nodeId, isDraining) {
      await (isDraining ? directory.drain(nodeId) : directory.undrain(nodeId));
      const node = (await directory.list()).find((one) => one.nodeId === nodeId);
      if (node === undefined) {
        throw new AppError('not_found', 'There is no such media node');
      }
      return await describe(node);
    },
  };
}

/** Which process it is concerns nobody elsewhere. */
function describeWorker({ pid: _, cpuShare, share, ...load }: WorkerLoad): AdminWorker {
  return { ...load, cpu: cpuShare, load: share };
}
