/** NAL units of parameter sets, and of pictures that need others and that need none (ITU-T H.264, 7.4.1). */
const [SPS, PPS, IDR, NON_IDR] = [0x67, 0x68, 0x65, 0x41];
/** Several NAL units in one packet (RFC 6184, 5.7.1). */
const STAP_A = 0x78;

/** Writes frames that look like H264 to whoever forwards them, as RFC 6184 packs them. No decoder could show them. */
export class H264Frames {
  readonly #bytes: number;
  #isKeyFrameWanted = true;

  /** @param bytes Size of each frame. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** The next frame is a key frame. */
  requestKeyFrame(): void {
    this.#isKeyFrameWanted = true;
  }

  writeFrame(): Buffer {
    const frame = Buffer.alloc(this.#bytes);
    if (!this.#isKeyFrameWanted) {
      frame[0] = NON_IDR;
      return frame;
    }
    this.#isKeyFrameWanted = false;
    frame[0] = STAP_A;
    let offset = 1;
    for (const [header, size] of [
      [SPS, 8],
      [PPS, 4],
      [IDR, this.#bytes - 1 - 3 * 2 - 8 - 4],
    ] as const) {
      frame.writeUInt16BE(size, offset);
      frame[offset + 2] = header;
      offset += 2 + size;
    }
    return frame;
  }
}
