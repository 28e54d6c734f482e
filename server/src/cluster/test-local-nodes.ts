import { pino } from 'pino';
import { Emitter } from '../kernel/emitter.ts';
import {
  createLocalMediaPlane,
  type LocalMediaPlaneOptions,
} from '../media/local/local-media-plane.ts';
import { TEST_WORKERS } from '../media/local/test-workers.ts';
import type { MediaPlane } from '../media/media-plane.ts';
import { createClusterMediaPlane } from './cluster-media-plane.ts';
import type { ClusterNode, ClusterNodes } from './cluster-nodes.ts';
import type { PlaceOnNode } from './place-on-node.ts';
import { MemoryRoomPlaces } from './test-room-places.ts';

const silent = pino({ level: 'silent' });

/** A node with one worker of its own. Whoever starts it closes it. */
export async function startLocalNode(
  peerId: string,
  options: Partial<LocalMediaPlaneOptions> = {},
): Promise<ClusterNode> {
  const media = await createLocalMediaPlane({ ...TEST_WORKERS, ...options });
  return { peerId, media };
}

/** A list of nodes that changes when it is told so. */
export class TestNodes implements ClusterNodes {
  readonly events: ClusterNodes['events'] = new Emitter((error) => {
    throw error;
  });
  readonly #nodes = new Map<string, ClusterNode>();

  constructor(nodes: readonly ClusterNode[]) {
    for (const node of nodes) this.#nodes.set(node.peerId, node);
  }

  list(): readonly ClusterNode[] {
    return [...this.#nodes.values()];
  }

  find(peerId: string): ClusterNode | undefined {
    return this.#nodes.get(peerId);
  }

  /** As when its lease ended. */
  lose(peerId: string): void {
    const node = this.#nodes.get(peerId);
    if (node === undefined) return;
    this.#nodes.delete(peerId);
    this.events.emit('lost', node);
  }
}

/** Each newcomer of a room to the node that has the fewest of it. */
function placeApart(nodes: ClusterNodes): PlaceOnNode {
  let turn = 0;
  return async ({ roomNodes }) => {
    turn += 1;
    const all = nodes.list().map(({ peerId }) => peerId);
    const turned = [...all.slice(turn % all.length), ...all.slice(0, turn % all.length)];
    const people = (peerId: string) => roomNodes.get(peerId) ?? 0;
    const [least = ''] = turned.sort((one, other) => people(one) - people(other));
    return least;
  };
}

/** A replica over these nodes. */
export function clusterPlane(
  nodes: ClusterNodes,
  places = new MemoryRoomPlaces().of('replica'),
  place = placeApart(nodes),
): MediaPlane {
  const [first] = nodes.list();
  if (first === undefined) throw new Error('a cluster has a node');
  return createClusterMediaPlane({
    nodes,
    places,
    place,
    routerCapabilities: first.media.getRouterCapabilities(),
    logger: silent,
  });
}

/** The plane, with which what it runs on is closed. */
export function closingWith(plane: MediaPlane, closeOthers: () => Promise<void>): MediaPlane {
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await plane.close();
    await closeOthers();
  };
  return new Proxy(plane, {
    get(target, name) {
      if (name === 'close') {
        return () => {
          closing ??= close();
          return closing;
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
