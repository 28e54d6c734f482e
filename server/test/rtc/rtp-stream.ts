import { type HeaderExtension, writeRtp, writeSenderReport } from './rtp-packet.ts';

export interface RtpStreamOptions {
  readonly ssrc: number;
  readonly payloadType: number;
  /** In Hz. */
  readonly clockRate: number;
  /** Go with every packet. */
  readonly extensions: readonly HeaderExtension[];
}

/** One SSRC: numbers its packets and reports on them. */
export class RtpStream {
  readonly ssrc: number;
  readonly #options: RtpStreamOptions;
  readonly #startedAtMs = performance.now();
  #sequenceNumber = 0;
  #packets = 0;
  #bytes = 0;

  constructor(options: RtpStreamOptions) {
    this.ssrc = options.ssrc;
    this.#options = options;
  }

  /** One frame in one packet. */
  writePacket(payload: Buffer): Buffer {
    const { payloadType, ssrc, extensions } = this.#options;
    this.#sequenceNumber += 1;
    this.#packets += 1;
    this.#bytes += payload.length;
    return writeRtp({
      payloadType,
      sequenceNumber: this.#sequenceNumber,
      timestamp: this.#timestamp(),
      ssrc,
      isMarked: true,
      extensions,
      payload,
    });
  }

  /** Lets the receiver relate this stream's clock to others'. */
  writeReport(): Buffer {
    return writeSenderReport({
      ssrc: this.ssrc,
      nowMs: Date.now(),
      timestamp: this.#timestamp(),
      packets: this.#packets,
      bytes: this.#bytes,
    });
  }

  #timestamp(): number {
    const elapsedMs = performance.now() - this.#startedAtMs;
    return Math.floor((elapsedMs * this.#options.clockRate) / 1_000);
  }
}
