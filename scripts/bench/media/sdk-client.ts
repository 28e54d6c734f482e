import type { DtlsParameters, Subscription, TransportInfo } from '@balai/protocol';
import type {
  MediaEngine,
  MediaReceiver,
  MediaSender,
  TransportHooks,
} from '../../../client-sdk/src/media/media-engine.ts';
import { Room } from '../../../client-sdk/src/room.ts';
import { browserParts } from '../../../client-sdk/src/room-parts.ts';
import { readRtp } from '../../../server/test/rtc/rtp-packet.ts';
import { connectRtpPipe, type RtpPipe } from '../../../server/test/rtc/rtp-pipe.ts';
import type { Entry, JoinTimes } from './wire.ts';

/**
 * Somebody who joins with the SDK itself and receives over real ICE, DTLS and
 * SRTP. Only the browser's peer connection is another one, which decodes nothing.
 */
export class SdkClient {
  readonly #room: Room;
  readonly #entry: Entry;
  readonly #firstPacket = Promise.withResolvers<number>();

  constructor(entry: Entry) {
    this.#entry = entry;
    const engine = createEngine(entry, () => this.#firstPacket.resolve(performance.now()));
    this.#room = new Room({}, { ...browserParts, loadEngine: async () => engine });
  }

  /** From the call of `connect`. Somebody has to publish already. */
  async enter(): Promise<JoinTimes> {
    const { url, token, routerCapabilities } = this.#entry;
    const startedAt = performance.now();
    await this.#room.connect(url, token, { joinInfo: { url, iceServers: [], routerCapabilities } });
    const joinedMs = performance.now() - startedAt;
    return { joinedMs, firstRtpMs: (await this.#firstPacket.promise) - startedAt };
  }

  async close(): Promise<void> {
    await this.#room.disconnect();
  }
}

function createEngine(entry: Entry, onFirstPacket: () => void): MediaEngine {
  return {
    receiveCapabilities: entry.routerCapabilities,
    openSender: () => new SilentSender(),
    openReceiver: (info, _options, hooks) => new PipeReceiver(info, hooks, onFirstPacket),
  };
}

/** Who only listens opens nothing to send over, as in a browser. */
class SilentSender implements MediaSender {
  send(): never {
    throw new TypeError('this client only receives');
  }
  openData(): never {
    throw new TypeError('this client only receives');
  }
  restartIce(): Promise<void> {
    return Promise.resolve();
  }

  async countReceivedBytes(): Promise<number> {
    return 0;
  }
  close(): void {
    // There is nothing to close.
  }
}

/** Connects with the first subscription, as a browser does. */
class PipeReceiver implements MediaReceiver {
  readonly #info: TransportInfo;
  readonly #hooks: TransportHooks;
  readonly #onFirstPacket: () => void;
  /** Of what is subscribed to: packets that only probe the line have others. */
  readonly #ssrcs = new Set<number>();
  #opening: Promise<void> | undefined;
  #pipe: RtpPipe | undefined;
  #bytes = 0;
  #isClosed = false;

  constructor(info: TransportInfo, hooks: TransportHooks, onFirstPacket: () => void) {
    this.#info = info;
    this.#hooks = hooks;
    this.#onFirstPacket = onFirstPacket;
  }

  async receive(subscription: Subscription) {
    for (const { ssrc } of subscription.rtpParameters.encodings) {
      if (ssrc !== undefined) this.#ssrcs.add(ssrc);
    }
    this.#opening ??= this.#open();
    return {
      mediaStreamTrack: inertTrack(subscription),
      getStats: async () => new Map() as RTCStatsReport,
      close: () => undefined,
    };
  }

  receiveData(): Promise<void> {
    return Promise.resolve();
  }

  restartIce(): Promise<void> {
    return Promise.resolve();
  }

  async countReceivedBytes(): Promise<number> {
    return this.#bytes;
  }

  close(): void {
    this.#isClosed = true;
    this.#pipe?.close();
  }

  async #open(): Promise<void> {
    this.#hooks.onState('connecting');
    try {
      this.#pipe = await connectRtpPipe({
        transport: this.#info,
        connectTransport: async (dtlsParameters: DtlsParameters) =>
          this.#hooks.onConnect(dtlsParameters),
        onPacket: (packet) => this.#count(packet),
      });
      if (this.#isClosed) this.#pipe.close();
      else this.#hooks.onState('connected');
    } catch {
      // As a browser says it; the room then tries again, and the time it took is in the figures.
      this.#hooks.onState('failed');
    }
  }

  #count(packet: Buffer): void {
    this.#bytes += packet.length;
    if (this.#ssrcs.has(readRtp(packet)?.ssrc ?? Number.NaN)) this.#onFirstPacket();
  }
}

/** As much of a track as the SDK looks at when nobody attaches it. */
function inertTrack({ kind, subscriptionId }: Subscription): MediaStreamTrack {
  const track = Object.assign(new EventTarget(), {
    kind,
    id: subscriptionId,
    readyState: 'live',
    enabled: true,
    muted: false,
    stop: () => undefined,
  });
  return track as unknown as MediaStreamTrack;
}
