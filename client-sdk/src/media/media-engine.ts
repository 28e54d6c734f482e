import type {
  DataKind,
  DataReception,
  DtlsParameters,
  IceParameters,
  IceServer,
  RtpCapabilities,
  RtpParameters,
  Subscription,
  TransportInfo,
} from '@balai/protocol';
import type { SendPlan } from './send-plan.ts';

/** What a peer connection needs of its surroundings. */
export interface TransportHooks {
  /** Our side of the handshake is known: tell the server. Called once, before any media. */
  readonly onConnect: (dtlsParameters: DtlsParameters) => void;
  /** The media path is found, broken or given up. */
  readonly onState: (state: RTCPeerConnectionState) => void;
}

/** How peer connections are opened. */
export interface TransportOptions {
  readonly iceServers: readonly IceServer[];
  readonly rtcConfig: RTCConfiguration;
  readonly iceTransport: 'all' | 'udp' | 'tcp';
}

/** One track on its way out. */
export interface Sending {
  /** What the server has to know to receive it. */
  readonly rtpParameters: RtpParameters;
  /** For example `video/VP8`. */
  readonly mimeType: string;
  /** Sends another track of the same kind instead. */
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  /** As `sendLayersUpTo`. Never rejects. */
  sendLayersUpTo(top: number | null): Promise<void>;
  getStats(): Promise<RTCStatsReport>;
  /** Stops sending; the track itself goes on. Idempotent. */
  close(): void;
}

/** A data channel on its way out. */
export interface DataSending {
  /** Bytes that wait in the browser. */
  readonly bufferedAmount: number;
  send(message: Uint8Array<ArrayBuffer>): void;
  /** Idempotent. */
  close(): void;
}

/** The peer connection that sends. */
export interface MediaSender {
  /**
   * @param plans The first whose codec both sides have counts; else the last.
   * @throws BalaiError `unsupported_browser`, `track_ended`, or `cancelled` once closed.
   */
  send(track: MediaStreamTrack, plans: readonly SendPlan[]): Promise<Sending>;
  /**
   * Opens a data channel.
   *
   * @param announce Tells the server; nothing is sent before it knows.
   * @throws ConnectionError `cancelled` once closed, and what `announce` throws.
   */
  openData(kind: DataKind, announce: (streamId: number) => Promise<unknown>): Promise<DataSending>;
  /** Looks for another path to the server, which expects it with these. */
  restartIce(iceParameters: IceParameters): Promise<void>;
  /** Of everything that came over the path so far. */
  countReceivedBytes(): Promise<number>;
  close(): void;
}

/** One track on its way in. */
export interface Receiving {
  readonly mediaStreamTrack: MediaStreamTrack;
  getStats(): Promise<RTCStatsReport>;
  /** Idempotent. */
  close(): void;
}

/** The peer connection that receives. */
export interface MediaReceiver {
  /** Calls made in one go become one negotiation. */
  receive(subscription: Subscription, streamId: string): Promise<Receiving>;
  /** Receives data; what comes from then on is told in order. */
  receiveData(
    reception: DataReception,
    onMessage: (kind: DataKind, message: Uint8Array<ArrayBuffer>) => void,
  ): Promise<void>;
  /** As {@link MediaSender.restartIce}. */
  restartIce(iceParameters: IceParameters): Promise<void>;
  /** As {@link MediaSender.countReceivedBytes}. */
  countReceivedBytes(): Promise<number>;
  close(): void;
}

/** The browser's side of media, once it knows the server's codecs. */
export interface MediaEngine {
  /** What the browser and the server can both receive and send. */
  readonly receiveCapabilities: RtpCapabilities;
  openSender(info: TransportInfo, options: TransportOptions, hooks: TransportHooks): MediaSender;
  openReceiver(
    info: TransportInfo,
    options: TransportOptions,
    hooks: TransportHooks,
  ): MediaReceiver;
}

/** @throws BalaiError `unsupported_browser` without WebRTC. */
export type LoadMediaEngine = (routerCapabilities: RtpCapabilities) => Promise<MediaEngine>;
