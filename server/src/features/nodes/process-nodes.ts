import type { RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import type { Inquiries, Topic } from '../../store/redis/inquiries.ts';
import type { NodeDirectory, NodeStatus, RoomOnNode } from './node-directory.ts';

/** What all processes say when they are asked for their nodes. */
const NODES: Topic<null, NodeStatus> = { name: 'nodes' };
/** Answered by the process that the node is. */
const DRAIN_NODE: Topic<NodeOrder, true> = { name: 'drain_node' };

/** What is to become of which node. */
export interface NodeOrder {
  readonly nodeId: string;
  readonly isDraining: boolean;
}

/** This process, as a node. */
export interface OwnNode extends Pick<NodeStatus, 'region' | 'labels' | 'addresses' | 'cores'> {
  /** Asked only once the server takes requests. */
  readonly nodeId: () => string;
  readonly isDraining: () => boolean;
  /** Whether an administrator wants it so. */
  readonly isDrained: () => boolean;
  /** What is set holds until the process ends. */
  readonly setDraining: (isDraining: boolean) => void;
}

export interface ProcessNodesOptions {
  readonly own: OwnNode;
  readonly media: Pick<MediaPlane, 'getLoad'>;
  /** Where each of the people of this process is. */
  readonly present: () => readonly { readonly roomId: RoomId }[];
  readonly inquiries: Inquiries;
}

/**
 * The nodes of an installation whose processes carry the media of their own people: each
 * process is one. They ask each other, and each drains itself.
 */
export function createProcessNodes(options: ProcessNodesOptions): NodeDirectory {
  const { own, media, present, inquiries } = options;

  const status = async (): Promise<NodeStatus> => ({
    nodeId: own.nodeId(),
    region: own.region,
    labels: own.labels,
    addresses: own.addresses,
    isDraining: own.isDraining(),
    cores: own.cores,
    workers: await media.getLoad(),
    rooms: countRooms(present()),
  });
  const obey = ({ nodeId, isDraining }: NodeOrder): true | undefined => {
    if (nodeId !== own.nodeId()) {
      return undefined;
    }
    own.setDraining(isDraining);
    return true;
  };
  inquiries.answer(NODES, status);
  inquiries.answer(DRAIN_NODE, async (order) => obey(order));

  const order = async (wanted: NodeOrder): Promise<void> => {
    const isDone = obey(wanted) ?? (await inquiries.find(DRAIN_NODE, wanted));
    if (isDone !== true) {
      throw new AppError('not_found', 'There is no such media node');
    }
  };
  return {
    list: async () => [await status(), ...(await inquiries.gather(NODES, null))],
    drain: (nodeId) => order({ nodeId, isDraining: true }),
    undrain: (nodeId) => order({ nodeId, isDraining: false }),
  };
}

function countRooms(people: readonly { readonly roomId: RoomId }[]): RoomOnNode[] {
  const counts = new Map<RoomId, number>();
  for (const { roomId } of people) {
    counts.set(roomId, (counts.get(roomId) ?? 0) + 1);
  }
  return [...counts].map(([roomId, participants]) => ({ roomId, participants }));
}
