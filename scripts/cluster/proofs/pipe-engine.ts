import type {
  DtlsParameters,
  MediaKind,
  RtpCapabilities,
  Subscription,
  TransportInfo,
} from '@balai/protocol';
import type {
  MediaEngine,
  MediaReceiver,
  MediaSender,
  Receiving,
  Sending,
  TransportHooks,
} from '../../../client-sdk/src/media/media-engine.ts';
import { readKeyFrameRequests, readRtp } from '../../../server/test/rtc/rtp-packet.ts';
import { connectRtpPipe, type RtpPipe } from '../../../server/test/rtc/rtp-pipe.ts';
import { LoadSender } from '../../bench/media/load-sender.ts';
import { type FrameMark, readMark, writeMark } from './frame-marks.ts';

/** What is published, each kind in one packet a frame. */
const RATES = {
  audio: { packetsPerSecond: 50, payloadBytes: 80 },
  video: { packetsPerSecond: 30, payloadBytes: 300 },
} as const;

/** Who sends and receives with an engine. */
export type PipeOwner = {
  /** Number of the publisher in the test. */
  readonly number: number;
  /** From when on frames are counted, by `performance.now()`. */
  readonly bornAt: number;
  readonly onFrame: (mark: FrameMark) => void;
};

/**
 * Media of the SDK without a browser: real ICE, DTLS and SRTP, and frames which say whose they are
 * and which. Nothing is encoded or decoded.
 */
export function createPipeEngine(capabilities: RtpCapabilities, owner: PipeOwner): MediaEngine {
  return {
    receiveCapabilities: capabilities,
    openSender: (info, _options, hooks) => new PipeSender(info, hooks, capabilities, owner),
    openReceiver: (info, _options, hooks) => new PipeReceiver(info, hooks, owner),
  };
}

/** Connects with its first use, as a browser does, and tells how that goes. */
class LazyPipe {
  readonly #info: TransportInfo;
  readonly #hooks: TransportHooks;
  readonly #onPacket: (packet: Buffer) => void;
  #opening: Promise<RtpPipe | undefined> | undefined;
  #bytes = 0;
  #isClosed = false;

  constructor(info: TransportInfo, hooks: TransportHooks, onPacket: (packet: Buffer) => void) {
    this.#info = info;
    this.#hooks = hooks;
    this.#onPacket = onPacket;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Undefined where it could not be opened, or is closed. */
  open(): Promise<RtpPipe | undefined> {
    this.#opening ??= this.#connect();
    return this.#opening;
  }

  close(): void {
    this.#isClosed = true;
    void this.#opening?.then((pipe) => pipe?.close());
  }

  async #connect(): Promise<RtpPipe | undefined> {
    this.#hooks.onState('connecting');
    try {
      const pipe = await connectRtpPipe({
        transport: this.#info,
        connectTransport: async (dtls: DtlsParameters) => this.#hooks.onConnect(dtls),
        onPacket: (packet) => {
          this.#bytes += packet.length;
          this.#onPacket(packet);
        },
      });
      if (this.#isClosed) pipe.close();
      else this.#hooks.onState('connected');
      return this.#isClosed ? undefined : pipe;
    } catch {
      // As a browser says it. The SDK looks for another path, or joins anew.
      if (!this.#isClosed) this.#hooks.onState('failed');
      return undefined;
    }
  }
}

/** A pipe has one path; where it breaks the SDK joins anew in the end. */
async function noOtherPath(): Promise<never> {
  throw new Error('this client has no other path');
}

class PipeSender implements MediaSender {
  readonly #capabilities: RtpCapabilities;
  readonly #owner: PipeOwner;
  readonly #pipe: LazyPipe;
  readonly #senders = new Set<LoadSender>();

  constructor(
    info: TransportInfo,
    hooks: TransportHooks,
    capabilities: RtpCapabilities,
    owner: PipeOwner,
  ) {
    this.#capabilities = capabilities;
    this.#owner = owner;
    this.#pipe = new LazyPipe(info, hooks, (packet) => this.#answer(packet));
  }

  async send(track: MediaStreamTrack): Promise<Sending> {
    const kind = track.kind as MediaKind;
    const { number: publisher, bornAt } = this.#owner;
    const rate = RATES[kind];
    let number = -1;
    const sender = new LoadSender({
      kind,
      ...rate,
      routerCapabilities: this.#capabilities,
      mark(payload) {
        const now = ((performance.now() - bornAt) * rate.packetsPerSecond) / 1_000;
        number = number < 0 ? Math.floor(now) : number + 1;
        writeMark(payload, { publisher, kind, number });
      },
    });
    this.#senders.add(sender);
    void this.#pipe.open().then((pipe) => {
      if (pipe !== undefined && this.#senders.has(sender)) {
        sender.start((packet) => pipe.send(packet));
      }
    });
    const [codec] = sender.rtpParameters.codecs;
    return {
      rtpParameters: sender.rtpParameters,
      mimeType: codec?.mimeType ?? '',
      replaceTrack: async () => undefined,
      sendLayersUpTo: async () => undefined,
      getStats: async () => new Map() as RTCStatsReport,
      close: () => {
        this.#senders.delete(sender);
        sender.stop();
      },
    };
  }

  openData(): never {
    throw new TypeError('this client sends no data');
  }

  restartIce(): Promise<void> {
    return noOtherPath();
  }

  async countReceivedBytes(): Promise<number> {
    return this.#pipe.bytes;
  }

  close(): void {
    for (const sender of this.#senders) sender.stop();
    this.#senders.clear();
    this.#pipe.close();
  }

  #answer(packet: Buffer): void {
    for (const ssrc of readKeyFrameRequests(packet)) {
      for (const sender of this.#senders) if (sender.ssrc === ssrc) sender.requestKeyFrame();
    }
  }
}

class PipeReceiver implements MediaReceiver {
  readonly #pipe: LazyPipe;

  constructor(info: TransportInfo, hooks: TransportHooks, owner: PipeOwner) {
    this.#pipe = new LazyPipe(info, hooks, (packet) => {
      const payload = readRtp(packet)?.payload;
      const mark = payload === undefined ? undefined : readMark(payload);
      if (mark !== undefined) owner.onFrame(mark);
    });
  }

  async receive({ kind, subscriptionId }: Subscription): Promise<Receiving> {
    void this.#pipe.open();
    return {
      mediaStreamTrack: inertTrack(kind, subscriptionId),
      getStats: async () => new Map() as RTCStatsReport,
      close: () => undefined,
    };
  }

  receiveData(): Promise<void> {
    return Promise.resolve();
  }

  restartIce(): Promise<void> {
    return noOtherPath();
  }

  async countReceivedBytes(): Promise<number> {
    return this.#pipe.bytes;
  }

  close(): void {
    this.#pipe.close();
  }
}

/** As much of a track as the SDK looks at when nobody attaches it. */
export function inertTrack(kind: MediaKind, id: string): MediaStreamTrack {
  const track = Object.assign(new EventTarget(), {
    kind,
    id,
    readyState: 'live',
    enabled: true,
    muted: false,
    contentHint: '',
    getSettings: () => ({}),
    stop: () => undefined,
  });
  return track as unknown as MediaStreamTrack;
}
