import { randomInt } from 'node:crypto';
import type { MediaKind, RtpCapabilities, RtpParameters } from '@balai/protocol';
import { RtpStream } from '../../../server/test/rtc/rtp-stream.ts';
import { Vp8Frames } from '../../../server/test/rtc/vp8.ts';

const REPORT_INTERVAL_MS = 500;
/** Packets go out in bursts of this length: timers of one millisecond would cost more than the packets. */
const TICK_MS = 10;

export type LoadSenderOptions = {
  readonly kind: MediaKind;
  readonly packetsPerSecond: number;
  readonly payloadBytes: number;
  readonly routerCapabilities: RtpCapabilities;
  /** Writes into the payload of each packet before it goes out. Default: leaves it as it is. */
  readonly mark?: (payload: Buffer) => void;
};

/** A made-up Opus or VP8 stream at an even rate. */
export class LoadSender {
  readonly kind: MediaKind;
  readonly rtpParameters: RtpParameters;
  readonly #stream: RtpStream;
  readonly #frames: Vp8Frames | undefined;
  readonly #payload: Buffer;
  readonly #packetsPerSecond: number;
  readonly #mark: (payload: Buffer) => void;
  #timers: readonly NodeJS.Timeout[] = [];

  constructor(options: LoadSenderOptions) {
    const { kind, packetsPerSecond, payloadBytes, routerCapabilities } = options;
    const ssrc = randomInt(1, 0xffff_ffff);
    const mimeType = kind === 'audio' ? 'audio/opus' : 'video/VP8';
    const codec = routerCapabilities.codecs.find((known) => known.mimeType === mimeType);
    if (codec === undefined) throw new Error(`the server does not take ${mimeType}`);
    const { clockRate, channels, parameters, preferredPayloadType: payloadType } = codec;
    this.kind = kind;
    this.#packetsPerSecond = packetsPerSecond;
    this.#mark = options.mark ?? (() => undefined);
    this.#payload = Buffer.alloc(payloadBytes, 0xfc);
    this.#frames = kind === 'video' ? new Vp8Frames(payloadBytes) : undefined;
    this.#stream = new RtpStream({ ssrc, payloadType, clockRate, extensions: [] });
    this.rtpParameters = {
      mid: kind,
      codecs: [
        {
          mimeType,
          payloadType,
          clockRate,
          ...(channels === undefined ? {} : { channels }),
          ...(parameters === undefined ? {} : { parameters }),
          rtcpFeedback: kind === 'video' ? [{ type: 'nack', parameter: 'pli' }] : [],
        },
      ],
      headerExtensions: [],
      encodings: [{ ssrc }],
      rtcp: { cname: 'load', reducedSize: true },
    };
  }

  get ssrc(): number {
    return this.#stream.ssrc;
  }

  requestKeyFrame(): void {
    this.#frames?.requestKeyFrame();
  }

  /** Sends until `stop`, the packets that are due since the start, so that late timers lose none. */
  start(send: (packet: Buffer) => void): void {
    const startedAt = performance.now();
    let sent = 0;
    const sendDue = () => {
      const due = ((performance.now() - startedAt) * this.#packetsPerSecond) / 1_000;
      for (; sent <= due; sent += 1) {
        const payload = this.#frames?.writeFrame() ?? this.#payload;
        this.#mark(payload);
        send(this.#stream.writePacket(payload));
      }
    };
    sendDue();
    this.#timers = [
      setInterval(sendDue, TICK_MS),
      setInterval(() => send(this.#stream.writeReport()), REPORT_INTERVAL_MS),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}
