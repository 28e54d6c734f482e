import type { ParticipantId, RoomId, WireError } from '@balai/protocol';
import type { WorkerLoad } from '../media/media-plane.ts';
import type { NodeMedia, NodeMediaEvents } from '../media/node-media.ts';

/*
 * What control replicas and media nodes say to each other. A node opens a socket to every
 * replica; from then on replicas command and nodes answer and tell facts.
 */

/** Version of what is said here. Replicas take nodes of their own version only. */
export const NODE_PROTOCOL_VERSION = 1;

/** Path of the Socket.IO endpoint, beside that of clients. */
export const NODES_PATH = '/nodes/';
/** Namespace on that endpoint. */
export const NODES_NAMESPACE = '/nodes';

/** How often a node tells each replica its load, which also says that it is there. */
export const REPORT_INTERVAL_MS = 1_000;
/**
 * Who was not heard for so long is taken for gone: a node by a replica, all replicas by a node. What
 * follows from it has to be told within 3 s of the failure.
 */
export const LEASE_MS = 2_800;
/**
 * For how long a node keeps the people of a replica that is away: as long as they may go on with
 * another one.
 */
export const STATE_KEPT_MS = 25_000;
/** Longest wait for the answer to a command. The node itself gives its workers 10 s. */
export const COMMAND_TIMEOUT_MS = 12_000;

/** Id of a media node, chosen by its operator; two nodes never have the same at once. */
export type NodeId = string;
/** Id of one run of a node's process. */
export type BootId = string;
/** Id of one run of a control process. */
export type ReplicaId = string;

export type { NodeMedia } from '../media/node-media.ts';
/** What nodes tell replicas. */
export type NodeFacts = NodeMediaEvents;
/** Name of a fact. */
export type NodeFact = keyof NodeFacts;

/** A method of {@link NodeMedia} that travels: it takes and answers JSON and buffers. */
export type NodeCommand = Exclude<keyof NodeMedia, 'events' | 'getRouterCapabilities' | 'close'>;

/** Every command with the number of its arguments. One that is missing does not compile. */
export const NODE_COMMANDS: {
  readonly [Command in NodeCommand]: Parameters<NodeMedia[Command]>['length'];
} = {
  join: 1,
  leave: 1,
  openTransport: 2,
  connectTransport: 3,
  restartIce: 2,
  publish: 1,
  unpublish: 2,
  setMuted: 3,
  forwardTrack: 3,
  unforwardTrack: 2,
  subscribe: 2,
  unsubscribe: 2,
  startSubscriptions: 2,
  updateSubscriptions: 2,
  allowTracks: 3,
  preferTracks: 2,
  openDataSender: 3,
  flushData: 2,
  limitData: 2,
  closeDataSender: 1,
  receiveData: 1,
  stopData: 1,
  sendData: 1,
  describe: 1,
  openLink: 2,
  connectLink: 3,
  closeLink: 2,
  bringTracks: 3,
  keepRoom: 1,
  releaseRoom: 1,
  getLoad: 0,
};

/** Who a node is. */
export interface NodeInfo {
  readonly nodeId: NodeId;
  readonly bootId: BootId;
  /** Null: everywhere is near. */
  readonly region: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Where clients send their media, as far as it is known. For people to read. */
  readonly addresses: readonly string[];
  readonly capacity: {
    /** Cores that it gives to media: one for each worker. */
    readonly cores: number;
  };
  /** Workers that are alive. */
  readonly workers: number;
}

/** What a node says as its socket opens. */
export interface NodeHello extends NodeInfo {
  readonly protocol: number;
  readonly nodeKey: string;
  /** Of what its routers can take, which has to be the same everywhere: see `fingerprintOf`. */
  readonly routerFingerprint: string;
  /** Replicas with which the node has another socket. One that is among them is not needed twice. */
  readonly linkedTo: readonly ReplicaId[];
}

/** Why a node was not let in. */
export interface NodeRefusal extends WireError {
  /** Who refuses. A node that is connected there already by another address has come twice. */
  readonly replicaId: ReplicaId;
}

/** Somebody and where they are. */
export interface PersonInRoom {
  readonly participantId: ParticipantId;
  readonly roomId: RoomId;
}

/** First word of a replica on each socket: what it holds of the node. */
export interface ResumeOrder {
  readonly replicaId: ReplicaId;
  /** The same for as long as the replica did not take the node for lost; another one is a new beginning. */
  readonly conversationId: string;
  /** People of this replica on the node. Of whom else the node had from it, it lets go. */
  readonly participantIds: readonly ParticipantId[];
  /** Number of the last fact that arrived; 0 for none. */
  readonly received: number;
}

export interface ResumeAnswer {
  /** Of those whom the replica named: who is not on the node any more. */
  readonly missing: readonly ParticipantId[];
  /** The facts that follow have numbers above this one. */
  readonly told: number;
}

/** A method call. */
export interface CommandMessage {
  /** Counts up from 1 in each conversation. Sent again with the same id, it is not done again. */
  readonly id: number;
  /** The answers to commands up to this id are not needed any more. */
  readonly settled: number;
  readonly command: NodeCommand;
  readonly args: readonly unknown[];
}

export type CommandAnswer = { readonly id: number } & (
  | { readonly result: unknown }
  | { readonly error: WireError }
);

/** A fact on its way. */
export interface FactMessage<Fact extends NodeFact = NodeFact> {
  /** Counts up from 1 in each conversation. */
  readonly number: number;
  readonly name: Fact;
  readonly fact: NodeFacts[Fact];
}

/** How a node does, each second. */
export interface NodeReport {
  readonly load: readonly WorkerLoad[];
  /** Whether it wants nobody new, and those who are there to go. */
  readonly isDraining: boolean;
  /** Whether that is what an administrator wants, as far as the node was told. */
  readonly isDrained: boolean;
}

export interface ReportAnswer {
  /** Number of the last fact that arrived. */
  readonly received: number;
  /** Whether an administrator has drained the node; null where the replica does not know yet. */
  readonly isDrained: boolean | null;
}

export interface AdoptAnswer {
  /** Who of those who were asked for is on the node, and belongs to the replica now. */
  readonly adopted: readonly ParticipantId[];
}

/** What replicas send. The answers are unchecked where they arrive, so they are `unknown`. */
export interface ReplicaMessages {
  resume(order: ResumeOrder, answer: (answer: ResumeAnswer) => void): void;
  command(message: CommandMessage, answer: (answer: CommandAnswer) => void): void;
  /** People whose replica is gone come under this one. */
  adopt(people: readonly PersonInRoom[], answer: (answer: AdoptAnswer) => void): void;
}

/** What nodes send. */
export interface NodeMessages {
  fact(message: FactMessage): void;
  report(report: NodeReport, answer: (answer: ReportAnswer) => void): void;
  /** The node ends now, and its people's media with it. */
  goodbye(): void;
}
