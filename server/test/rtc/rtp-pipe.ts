import type { DtlsParameters, IceCandidate, TransportInfo } from '@balai/protocol';
import { PeerConnection, type Track, Video } from 'node-datachannel';
import { answerOf, fingerprintOf } from './sdp.ts';
import { openTcpRelay, type TcpRelay } from './tcp-relay.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** How packets reach the server. */
export type IceProtocol = 'udp' | 'tcp';

export interface RtpPipeOptions {
  readonly transport: TransportInfo;
  /** Default `udp`. */
  readonly protocol?: IceProtocol | undefined;
  /** Tells the server which certificate is to come. */
  readonly connectTransport: (dtlsParameters: DtlsParameters) => Promise<void>;
  /** Hears RTP and RTCP packets, decrypted. */
  readonly onPacket: (packet: Buffer) => void;
}

/**
 * Opens ICE and DTLS-SRTP to a server's transport, and passes RTP and RTCP
 * packets through as they are: nothing is encoded, decoded or renegotiated.
 * Settles when packets can flow.
 */
export async function connectRtpPipe(options: RtpPipeOptions): Promise<RtpPipe> {
  const pipe = new RtpPipe(options);
  try {
    await pipe.connect();
    return pipe;
  } catch (error) {
    pipe.close();
    throw error;
  }
}

/** See {@link connectRtpPipe}. */
export class RtpPipe {
  readonly #options: RtpPipeOptions;
  readonly #connection: PeerConnection;
  readonly #track: Track;
  #relay: TcpRelay | undefined;

  constructor(options: RtpPipeOptions) {
    this.#options = options;
    this.#connection = new PeerConnection('', {
      iceServers: [],
      disableAutoNegotiation: true,
      forceMediaTransport: true,
    });
    const media = new Video('0', 'SendRecv');
    media.addVP8Codec(96);
    this.#track = this.#connection.addTrack(media);
    this.#track.onMessage((packet) => options.onPacket(packet));
  }

  async connect(): Promise<void> {
    const { transport, protocol, connectTransport } = this.#options;
    const candidates = await this.#findCandidates();
    const opened = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => opened.reject(new Error(`no ${protocol ?? 'udp'} connection to the media server`)),
      CONNECT_TIMEOUT_MS,
    );
    this.#track.onOpen(opened.resolve);
    this.#connection.onStateChange((state) => {
      if (state === 'failed' || state === 'closed') {
        opened.reject(new Error(`the connection to the media server is ${state}`));
      }
    });
    try {
      this.#connection.setLocalDescription('offer');
      const sdp = this.#connection.localDescription()?.sdp ?? '';
      await connectTransport({ role: 'client', fingerprints: [fingerprintOf(sdp)] });
      this.#connection.setRemoteDescription(answerOf(transport, candidates), 'answer');
      await opened.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends one RTP or RTCP packet. What cannot be sent is lost, as on any network. */
  send(packet: Buffer): void {
    if (this.#track.isOpen()) this.#track.sendMessageBinary(packet);
  }

  /** Closes a TCP connection without a word of DTLS, as a lost network does. */
  cut(): void {
    if (this.#relay === undefined) throw new Error('only a pipe over TCP can be cut');
    this.#relay.close();
  }

  /** Ends it; the server may or may not hear of that. Idempotent. */
  close(): void {
    this.#connection.close();
    this.#relay?.close();
  }

  async #findCandidates(): Promise<readonly IceCandidate[]> {
    const { transport, protocol = 'udp' } = this.#options;
    const candidates = transport.iceCandidates.filter((one) => one.protocol === protocol);
    const [first] = candidates;
    if (first === undefined) throw new Error(`the media server offers no ${protocol}`);
    if (protocol === 'udp') return candidates;
    this.#relay = await openTcpRelay(first);
    return [this.#relay.candidate];
  }
}
