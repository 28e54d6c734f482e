/** A media node, as `GET /v1/admin/nodes` shows it. */
export interface MediaNode {
  readonly id: string;
  readonly region: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
  readonly isDraining: boolean;
  /** Workers that it is to have. */
  readonly cores: number;
  /** Share of its cores that is taken. */
  readonly load: number;
  readonly participants: number;
  readonly roomCount: number;
  /** The largest. */
  readonly rooms: readonly RoomOnNode[];
  /** Those that are alive. */
  readonly workers: readonly MediaWorker[];
}

/** A room, as far as it is on the node. */
export interface RoomOnNode {
  readonly id: string;
  readonly name: string | null;
  readonly participants: number;
}

/** One media process. */
export interface MediaWorker {
  readonly slot: number;
  readonly restarts: number;
  readonly load: number;
  readonly cpu: number;
  readonly isBusy: boolean;
  readonly memoryBytes: number;
  readonly routers: number;
  readonly consumers: number;
  readonly pipes: number;
  readonly incomingBps: number;
  readonly outgoingBps: number;
}
