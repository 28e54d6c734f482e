import type {
  DtlsParameters,
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
  /** The media path could not be opened, or is lost for good. */
  readonly onFailed: () => void;
}

/** How peer connections are opened. */
export interface TransportOptions {
  readonly iceServers: readonly IceServer[];
  readonly rtcConfig: RTCConfiguration;
  readonly iceTransport: 'all' | 'tcp';
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

/** The peer connection that sends. */
export interface MediaSender {
  /**
   * @param plans The first whose codec both sides have counts; else the last.
   * @throws BalaiError `unsupported_browser`, `track_ended`, or `cancelled` once closed.
   */
  send(track: MediaStreamTrack, plans: readonly SendPlan[]): Promise<Sending>;
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
