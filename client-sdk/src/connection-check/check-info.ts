import type { BalaiErrorCode } from '../errors.ts';

/** How far a check is. */
export type CheckStatus = 'idle' | 'running' | 'skipped' | 'success' | 'failed';

/** Why a check failed, or was skipped. Codes are stable. */
export type CheckReasonCode =
  | BalaiErrorCode
  /** The server offers no TURN server. */
  | 'turn_not_offered'
  /** The server was not reached, so there was nothing to check. */
  | 'server_not_reached'
  /** No media path came about, so nothing could be sent over one. */
  | 'no_media_path'
  /** There is a path, and nothing went out over it. */
  | 'media_not_sent'
  /** What was sent did not come back. */
  | 'media_not_received'
  /** What comes through is too little for any video. */
  | 'bandwidth_too_low';

/** Why a check failed, or was skipped. */
export interface CheckReason {
  /** For programs. */
  readonly code: CheckReasonCode;
  /** For people, in English. May change. */
  readonly message: string;
}

/** One line of what a check did. */
export interface CheckLog {
  /** How much it matters. */
  readonly level: 'info' | 'warning' | 'error';
  /** For people, in English. May change. */
  readonly message: string;
}

/** How the server was reached. */
export interface SignallingData {
  /** One request over HTTP, in milliseconds. */
  readonly requestMs: number;
  /** From opening the WebSocket to being in the room, in milliseconds. */
  readonly joinMs: number;
}

/** A path that media took. */
export interface PathData {
  /** From joining to the first packet, in milliseconds. */
  readonly connectMs: number;
  /** As the browser reports the path that it selected. */
  readonly protocol: 'udp' | 'tcp';
  /** What kind of address of ours it starts from. */
  readonly candidateType: RTCIceCandidateType;
  /** How the TURN server is reached, where one is in between. */
  readonly relayProtocol?: 'udp' | 'tcp' | 'tls';
  /** Address and port of the server; undefined where the browser hides it. */
  readonly serverAddress?: string;
  /** In milliseconds; undefined where it was not measured yet. */
  readonly roundTripMs?: number;
}

/** One track that flows. */
export interface FlowData {
  /** For example `video/VP8`. */
  readonly mimeType?: string;
  /** In bits per second. */
  readonly bitrateBps: number;
  /** Of a picture, in pixels. */
  readonly width?: number;
  /** Of a picture, in pixels. */
  readonly height?: number;
  /** Of a picture. */
  readonly framesPerSecond?: number;
}

/** What went out. */
export interface PublishData {
  /** The picture. */
  readonly video: FlowData;
  /** Undefined where the browser makes no sound before the person touched the page. */
  readonly audio?: FlowData;
}

/** What came back. */
export interface ReceiveData extends PublishData {
  /** From publishing to the first picture at the receiver, in milliseconds. */
  readonly firstFrameMs: number;
}

/** One direction under load. */
export interface DirectionData {
  /** Of the video that came through, in bits per second. */
  readonly bitrateBps: number;
  /** What the browser believes it could send, in bits per second; of the way up only. */
  readonly availableBitrateBps?: number;
  /** Share of the packets, 0 to 1. */
  readonly lossRatio: number;
  /** In milliseconds. */
  readonly jitterMs: number;
  /** In milliseconds; undefined where it was not measured. */
  readonly roundTripMs?: number;
}

/** Both directions under load. */
export interface BandwidthData {
  /** From here to the server. */
  readonly upstream: DirectionData;
  /** Of what was sent up: it is never more than that. */
  readonly downstream: DirectionData;
}

/** What each check finds out. */
export interface CheckData {
  /** Is the server reached? */
  signalling: SignallingData;
  /** Does media go over UDP? */
  udp: PathData;
  /** Does media go over TCP? */
  tcp: PathData;
  /** Does media go over the TURN server? */
  turn: PathData;
  /** Does media go out? */
  publish: PublishData;
  /** Does media come back? */
  receive: ReceiveData;
  /** How much comes through? */
  bandwidth: BandwidthData;
}

/** The checks, by name. */
export type CheckName = keyof CheckData;

/** One check, as it stands. A new object at each change. */
export type CheckInfo<Name extends CheckName = CheckName> = Name extends CheckName
  ? {
      /** Which check. */
      readonly name: Name;
      /** How far it is. */
      readonly status: CheckStatus;
      /** What it did so far. */
      readonly logs: readonly CheckLog[];
      /** Of a success; and of `bandwidth` also where it was too little. */
      readonly data?: CheckData[Name];
      /** Of a check that failed or was skipped. */
      readonly reason?: CheckReason;
    }
  : never;

/** Ends a check without success. */
export class CheckEnd extends Error {
  readonly status: 'failed' | 'skipped';
  readonly code: CheckReasonCode;

  constructor(status: 'failed' | 'skipped', code: CheckReasonCode, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
