import type {
  DtlsParameters,
  RtpCapabilities,
  Subscription,
  TransportId,
  TransportInfo,
} from '@balai/protocol';
import { RtpInbox } from './rtp-inbox.ts';
import { readKeyFrameRequests, writeReceiverReport } from './rtp-packet.ts';
import { connectRtpPipe, type IceProtocol, type RtpPipe } from './rtp-pipe.ts';
import { TrackSender, type VideoOptions } from './track-sender.ts';

export interface RtcClientOptions {
  /** What the server gave on joining; a null one stays unused. */
  readonly sendTransport: TransportInfo | null;
  readonly receiveTransport: TransportInfo | null;
  readonly routerCapabilities: RtpCapabilities;
  /** Passes DTLS parameters to the server. */
  readonly connectTransport: (
    transportId: TransportId,
    dtlsParameters: DtlsParameters,
  ) => Promise<void>;
  /** Default `udp`. */
  readonly protocol?: IceProtocol | undefined;
}

/** Connects both transports over real ICE, DTLS and SRTP. The caller closes the client. */
export async function connectRtcClient(options: RtcClientOptions): Promise<RtcClient> {
  const client = new RtcClient(options);
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

/** A participant's media without a browser: sends made-up tracks and counts what it receives. */
export class RtcClient {
  /** What has arrived on the receive transport. */
  readonly inbox = new RtpInbox();
  readonly #options: RtcClientOptions;
  readonly #senders = new Set<TrackSender>();
  #sendPipe: RtpPipe | undefined;
  #receivePipe: RtpPipe | undefined;
  #nextMid = 0;

  constructor(options: RtcClientOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    const { sendTransport, receiveTransport } = this.#options;
    const results = await Promise.allSettled([
      this.#openPipe(sendTransport, (packet) => this.#answerRequests(packet)),
      this.#openPipe(receiveTransport, (packet) => this.inbox.add(packet)),
    ]);
    const [send, receive] = results.map((result) =>
      result.status === 'fulfilled' ? result.value : undefined,
    );
    this.#sendPipe = send;
    this.#receivePipe = receive;
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Loses the network. Only over TCP, where the server notices at once. */
  cutNetwork(): void {
    this.#sendPipe?.cut();
    this.#receivePipe?.cut();
  }

  /** A track to publish with its `rtpParameters`, and then to `start`. */
  createTrack(type: 'audio' | 'video' | 'simulcast', options: VideoOptions = {}): TrackSender {
    const mid = String(this.#nextMid);
    this.#nextMid += 1;
    const sender = TrackSender[type](this.#options.routerCapabilities, mid, options);
    this.#senders.add(sender);
    return sender;
  }

  /** Sends a track that was published. */
  start(sender: TrackSender): void {
    if (this.#sendPipe === undefined) throw new Error('this client has no send transport');
    sender.start(this.#sendPipe);
  }

  /** Waits for so many more packets of a subscription. */
  async waitForMedia(subscription: Subscription, packets = 5, timeoutMs?: number): Promise<void> {
    await this.inbox.waitForMore(ssrcOf(subscription), packets, timeoutMs);
  }

  /** Says how a subscription arrives, as a browser does once a second or so. */
  report(
    subscription: Subscription,
    block: { readonly fractionLost: number; readonly totalLost: number; readonly jitter: number },
  ): void {
    this.#receivePipe?.send(writeReceiverReport({ ssrc: ssrcOf(subscription), ...block }));
  }

  /** How many packets of a subscription have come. */
  countPackets(subscription: Subscription): number {
    return this.inbox.count(ssrcOf(subscription));
  }

  /** Idempotent. */
  close(): void {
    for (const sender of this.#senders) sender.stop();
    this.#senders.clear();
    this.#sendPipe?.close();
    this.#receivePipe?.close();
  }

  async #openPipe(
    transport: TransportInfo | null,
    onPacket: (packet: Buffer) => void,
  ): Promise<RtpPipe | undefined> {
    if (transport === null) return undefined;
    const { connectTransport, protocol } = this.#options;
    return connectRtpPipe({
      transport,
      protocol,
      onPacket,
      connectTransport: (dtlsParameters) => connectTransport(transport.transportId, dtlsParameters),
    });
  }

  #answerRequests(packet: Buffer): void {
    for (const ssrc of readKeyFrameRequests(packet)) {
      for (const sender of this.#senders) sender.handleKeyFrameRequest(ssrc);
    }
  }
}

/** The SSRC under which a subscription's media arrives. */
export function ssrcOf(subscription: Subscription): number {
  const ssrc = subscription.rtpParameters.encodings[0]?.ssrc;
  if (ssrc === undefined) throw new Error('a subscription has an SSRC');
  return ssrc;
}
