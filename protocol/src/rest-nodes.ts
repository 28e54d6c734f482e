import type { RoomId } from './ids.ts';

/*
 * The REST API over media nodes, for administrators.
 *
 * | request                      | token | body                | answer               |
 * |------------------------------|-------|---------------------|----------------------|
 * | GET /v1/admin/nodes          | admin |                     | 200 AdminNode[]      |
 * | PATCH /v1/admin/nodes/:nodeId | admin | SetNodeStateRequest | 200 AdminNode        |
 */

/** A process with media workers, as administrators see it. */
export interface AdminNode {
  readonly id: string;
  /** Null where it was given none. */
  readonly region: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Where clients send their media, as far as it is known. */
  readonly addresses: readonly string[];
  /** Whether nobody new comes to it, and who is there goes elsewhere where that is possible. */
  readonly isDraining: boolean;
  /** Workers that it is to have, each for one core. */
  readonly cores: number;
  /** Share of its cores that is taken, as placement sees it. A worker that is not there counts as full. */
  readonly load: number;
  readonly participants: number;
  readonly roomCount: number;
  /** Those with the most people, at most 20. */
  readonly rooms: readonly AdminNodeRoom[];
  /** Those that are alive. */
  readonly workers: readonly AdminWorker[];
}

/** A room, as far as it is on one node. */
export interface AdminNodeRoom {
  readonly id: RoomId;
  /** Null for a room that is in no table, or that is not known any more. */
  readonly name: string | null;
  /** On this node. */
  readonly participants: number;
}

/** A media worker: one process on one core. */
export interface AdminWorker {
  /** Its place on the node, from 0: another one takes it when it dies. */
  readonly slot: number;
  /** How many died in this place before it. */
  readonly restarts: number;
  /** Share of a core that is taken, as placement sees it. */
  readonly load: number;
  /** Share of a core that it took in the last second. */
  readonly cpu: number;
  /** Whether newcomers go elsewhere where they can. */
  readonly isBusy: boolean;
  readonly memoryBytes: number;
  /** Rooms, or parts of them. */
  readonly routers: number;
  /** Connections to clients. */
  readonly transports: number;
  /** Tracks on their way to clients. */
  readonly consumers: number;
  /** Tracks that come from other workers. */
  readonly pipes: number;
  /** Media from and to clients, in bits per second. */
  readonly incomingBps: number;
  readonly outgoingBps: number;
}

/** What is to become of a node. */
export interface SetNodeStateRequest {
  /** Whether nobody new is to come to it. */
  readonly isDraining: boolean;
}
