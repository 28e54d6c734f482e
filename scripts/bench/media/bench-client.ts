import {
  type Joined,
  PROTOCOL_VERSION,
  type Reply,
  SIGNALLING_PATH,
  type Subscription,
  type TransportInfo,
} from '@balai/protocol';
import { io, type Socket } from 'socket.io-client';
import { readKeyFrameRequests, readRtp } from '../../../server/test/rtc/rtp-packet.ts';
import { connectRtpPipe, type RtpPipe } from '../../../server/test/rtc/rtp-pipe.ts';
import { LoadSender } from './load-sender.ts';
import { TRANSPORT_CC_URI, TransportFeedback } from './transport-feedback.ts';
import type { Entry, JoinTimes, Publishing } from './wire.ts';

const FEEDBACK_INTERVAL_MS = 100;
const JOIN_TIMEOUT_MS = 60_000;

/** The first and the highest sequence number of a stream, the latter without its wraps. */
type StreamCount = { first: number | undefined; highest: number; received: number };

/**
 * A client with real ICE, DTLS and SRTP and without a codec: it speaks the
 * protocol as `@balai/client` does, counts what it receives, and gives transport-cc
 * feedback where the server negotiated it.
 */
export class BenchClient {
  received = 0;
  bytes = 0;
  readonly #entry: Entry;
  readonly #socket: Socket;
  readonly #startedAt = performance.now();
  readonly #firstPacket = Promise.withResolvers<number>();
  readonly #senders: LoadSender[] = [];
  /** By SSRC of what is subscribed to, for what was lost. Probes and repairs have others. */
  readonly #streams = new Map<number, StreamCount>();
  #feedback: TransportFeedback | undefined;
  #feedbackTimer: NodeJS.Timeout | undefined;
  #pipes: RtpPipe[] = [];

  constructor(entry: Entry) {
    this.#entry = entry;
    this.#socket = io(entry.url, {
      path: SIGNALLING_PATH,
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: {
        protocol: PROTOCOL_VERSION,
        token: entry.token,
        rtpCapabilities: entry.routerCapabilities,
        sdk: { name: 'balai-bench', version: '1' },
      },
    });
  }

  /** Packets that should have come between the first and the last of each stream, and did not. */
  get lost(): number {
    let lost = 0;
    for (const { first, highest, received } of this.#streams.values()) {
      if (first !== undefined) lost += Math.max(0, highest - first + 1 - received);
    }
    return lost;
  }

  /** Joins and connects. `firstRtpMs` is NaN where nobody publishes yet. */
  async enter(publishing: Publishing | null): Promise<JoinTimes> {
    const joined = await this.#join();
    const joinedMs = performance.now() - this.#startedAt;
    this.#socket.on('subscribed', ({ subscriptions }: { subscriptions: Subscription[] }) => {
      this.#expect(subscriptions);
      const subscriptionIds = subscriptions.map(({ subscriptionId }) => subscriptionId);
      void this.#request('subscriptions.start', { subscriptionIds });
    });
    this.#expect(joined.subscriptions);
    const [send] = await Promise.all([
      publishing === null ? undefined : this.#open(joined.sendTransport, this.#answer),
      this.#open(joined.receiveTransport, this.#count),
    ]);
    if (publishing !== null && send !== undefined) await this.#publish(send, publishing);
    const firstRtpMs =
      joined.subscriptions.length === 0 ? Number.NaN : await this.#firstPacket.promise;
    return { joinedMs, firstRtpMs };
  }

  close(): void {
    clearInterval(this.#feedbackTimer);
    for (const sender of this.#senders) sender.stop();
    this.#socket.disconnect();
    for (const pipe of this.#pipes) pipe.close();
  }

  #join(): Promise<Joined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('not let in in time')), JOIN_TIMEOUT_MS);
      this.#socket.once('joined', (joined: Joined) => {
        clearTimeout(timer);
        resolve(joined);
      });
      this.#socket.once('refused', (error) => reject(new Error(JSON.stringify(error))));
      this.#socket.once('connect_error', reject);
    });
  }

  async #request(method: string, params: unknown): Promise<unknown> {
    const reply = (await this.#socket.emitWithAck(method, params)) as Reply<'track.publish'>;
    if (!reply.ok) throw new Error(`${method}: ${JSON.stringify(reply.error)}`);
    return reply.result;
  }

  async #open(
    transport: TransportInfo | null,
    onPacket: (packet: Buffer) => void,
  ): Promise<RtpPipe> {
    if (transport === null) throw new Error('no transport was given');
    const { transportId } = transport;
    const pipe = await connectRtpPipe({
      transport,
      onPacket,
      connectTransport: async (dtlsParameters) => {
        await this.#request('transport.connect', { transportId, dtlsParameters });
      },
    });
    this.#pipes.push(pipe);
    if (onPacket === this.#count) {
      this.#feedbackTimer = setInterval(() => {
        const feedback = this.#feedback?.write();
        if (feedback !== undefined) pipe.send(feedback);
      }, FEEDBACK_INTERVAL_MS);
    }
    return pipe;
  }

  async #publish(pipe: RtpPipe, publishing: Publishing): Promise<void> {
    const { routerCapabilities } = this.#entry;
    for (const kind of ['audio', 'video'] as const) {
      const { packetsPerSecond, payloadBytes } = publishing[kind];
      if (packetsPerSecond === 0) continue;
      const sender = new LoadSender({ kind, packetsPerSecond, payloadBytes, routerCapabilities });
      this.#senders.push(sender);
      await this.#request('track.publish', {
        clientTrackId: kind,
        source: kind === 'audio' ? 'microphone' : 'camera',
        name: '',
        isMuted: false,
        width: kind === 'audio' ? 0 : 640,
        height: kind === 'audio' ? 0 : 360,
        rtpParameters: sender.rtpParameters,
      });
      sender.start((packet) => pipe.send(packet));
    }
  }

  /** Learns what comes: whether it is numbered for transport-cc. */
  #expect(subscriptions: readonly Subscription[]): void {
    for (const { rtpParameters } of subscriptions) {
      for (const { ssrc } of rtpParameters.encodings) {
        if (ssrc !== undefined)
          this.#streams.set(ssrc, { first: undefined, highest: 0, received: 0 });
      }
      const extension = rtpParameters.headerExtensions.find(({ uri }) => uri === TRANSPORT_CC_URI);
      const isAsked = rtpParameters.codecs.some(({ rtcpFeedback }) =>
        rtcpFeedback?.some(({ type }) => type === 'transport-cc'),
      );
      if (extension !== undefined && isAsked) {
        this.#feedback ??= new TransportFeedback(extension.id);
      }
    }
  }

  readonly #count = (packet: Buffer): void => {
    const rtp = readRtp(packet);
    if (rtp === undefined) return;
    if (this.received === 0) this.#firstPacket.resolve(performance.now() - this.#startedAt);
    this.received += 1;
    this.bytes += packet.length;
    this.#feedback?.add(packet);
    const stream = this.#streams.get(rtp.ssrc);
    if (stream === undefined) return;
    const number = packet.readUInt16BE(2);
    if (stream.first === undefined) {
      stream.first = number;
      stream.highest = number;
    }
    stream.received += 1;
    const ahead = ((number - stream.highest + 0x8000) & 0xffff) - 0x8000;
    if (ahead > 0) stream.highest += ahead;
  };

  readonly #answer = (packet: Buffer): void => {
    for (const ssrc of readKeyFrameRequests(packet)) {
      for (const sender of this.#senders) if (sender.ssrc === ssrc) sender.requestKeyFrame();
    }
  };
}
