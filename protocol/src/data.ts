import type { Identity, ParticipantId } from './ids.ts';
import type { Timestamp } from './models.ts';
import type { SctpStreamParameters } from './rtp.ts';

/** How data travels: in order and complete, or at once and perhaps not at all. */
export const DATA_KINDS = ['reliable', 'lossy'] as const;
/** How a message travels: in order and complete, or at once and perhaps not at all. */
export type DataKind = (typeof DATA_KINDS)[number];

/** The channels on which a client receives data. */
export type DataReception = { readonly [K in DataKind]: SctpStreamParameters };

/** Why data does not flow any more. */
export const DATA_CLOSE_REASONS = [
  /** The client may not send data any more. */
  'forbidden',
  /** The client sent more than it may without `data.flush`, or something that is no frame. */
  'protocol_violation',
  /** The client takes data more slowly than it comes, and some of it is lost. */
  'too_slow',
  /** The association was lost. */
  'failed',
] as const;
/** One of {@link DATA_CLOSE_REASONS}. */
export type DataCloseReason = (typeof DATA_CLOSE_REASONS)[number];

/** What the callee of a remote call answers. */
export type RpcOutcome =
  | { readonly payload: string }
  | {
      readonly error: {
        readonly code: number;
        readonly message: string;
        readonly data?: string | undefined;
      };
    };

/** Free names and values that go with a text or a stream. */
export type DataAttributes = Readonly<Record<string, string>>;

/** What a client can ask for that concerns data, texts and remote calls. */
export interface DataRequests {
  /** Takes what the client sends on a stream of its send transport. */
  'data.open': {
    params: { readonly kind: DataKind; readonly streamId: number };
    result: null;
  };
  /** Answered when so many reliable messages have been passed on. */
  'data.flush': { params: { readonly messages: number }; result: null };
  'data.subscribe': { params: Record<string, never>; result: DataReception };
  'text.send': {
    params: {
      /** Chosen by the client; receivers get a text of one sender with one id once. */
      readonly textId: string;
      readonly topic: string;
      readonly text: string;
      readonly attributes?: DataAttributes | undefined;
      /** Absent: everybody else. */
      readonly destinationIdentities?: readonly Identity[] | undefined;
    };
    result: null;
  };
  'rpc.call': {
    params: {
      /** Chosen by the client. */
      readonly callId: string;
      readonly destinationIdentity: Identity;
      readonly method: string;
      readonly payload: string;
      readonly responseTimeoutMs: number;
    };
    result: null;
  };
  /** The callee has the call, and works on it. */
  'rpc.accept': { params: { readonly callId: string }; result: null };
  'rpc.answer': {
    params: { readonly callId: string; readonly outcome: RpcOutcome };
    result: null;
  };
}

/** What the server tells unasked about data, texts and remote calls. */
export interface DataEvents {
  /** Data does not flow any more this way. What was to be sent or received last may be lost. */
  dataClosed: (message: {
    readonly direction: 'send' | 'receive';
    readonly reason: DataCloseReason;
  }) => void;
  textReceived: (message: {
    readonly participantId: ParticipantId;
    readonly identity: Identity;
    readonly textId: string;
    readonly topic: string;
    readonly text: string;
    readonly attributes: DataAttributes;
    readonly sentAt: Timestamp;
  }) => void;
  /** Somebody calls a method of ours. */
  rpcCalled: (message: {
    /** Made by the server: names the call in `rpc.accept` and `rpc.answer`. */
    readonly callId: string;
    /** Empty: the application's backend. */
    readonly callerIdentity: Identity;
    readonly method: string;
    readonly payload: string;
    readonly responseTimeoutMs: number;
  }) => void;
  /** What became of a call of ours. */
  rpcAnswered: (message: { readonly callId: string; readonly outcome: RpcOutcome }) => void;
}

/** Codes of failed calls. The names and numbers are livekit-client's. */
export const RPC_ERRORS = {
  UNSUPPORTED_METHOD: 1400,
  RECIPIENT_NOT_FOUND: 1401,
  REQUEST_PAYLOAD_TOO_LARGE: 1402,
  APPLICATION_ERROR: 1500,
  CONNECTION_TIMEOUT: 1501,
  RESPONSE_TIMEOUT: 1502,
  RECIPIENT_DISCONNECTED: 1503,
  RESPONSE_PAYLOAD_TOO_LARGE: 1504,
  SEND_FAILED: 1505,
} as const;
