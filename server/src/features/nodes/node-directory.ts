import type { RoomId } from '@balai/protocol';
import type { WorkerLoad } from '../../media/media-plane.ts';

/** A room, as far as it is on one node. */
export interface RoomOnNode {
  readonly roomId: RoomId;
  /** Of the room's people, those on the node. At least 1. */
  readonly participants: number;
}

/** A process with media workers, and how it does. Survives JSON. */
export interface NodeStatus {
  readonly nodeId: string;
  /** Null where it was given none. */
  readonly region: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Where clients send their media, as far as it is known. For people to read. */
  readonly addresses: readonly string[];
  readonly isDraining: boolean;
  /** Workers that it is to have, each for one core. */
  readonly cores: number;
  /** Those that are alive. */
  readonly workers: readonly WorkerLoad[];
  readonly rooms: readonly RoomOnNode[];
}

/** The media nodes of this installation. */
export interface NodeDirectory {
  /**
   * All of them, in any order.
   *
   * @throws AppError `unavailable` where not all can be found out about.
   */
  list(): Promise<readonly NodeStatus[]>;

  /**
   * Has nobody new come to a node, and who is there move to others where media can. Repeating it is
   * harmless.
   *
   * @throws AppError `not_found` for a node that is not known; `unavailable`.
   */
  drain(nodeId: string): Promise<void>;

  /** Takes `drain` back. @throws AppError as `drain`. */
  undrain(nodeId: string): Promise<void>;
}

/** Share of a node's cores that is taken. A worker that is not there takes nobody. */
export function loadOf({ workers, cores }: Pick<NodeStatus, 'workers' | 'cores'>): number {
  const missing = Math.max(0, cores - workers.length);
  const taken = workers.reduce((sum, { share }) => sum + share, missing);
  return taken / Math.max(1, cores, workers.length);
}
