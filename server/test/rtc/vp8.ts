/** Writes frames that look like VP8 to whoever forwards them, as RFC 7741 packs them. No decoder could show them. */
export class Vp8Frames {
  readonly #bytes: number;
  #pictureId = 0;
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
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    const frame = Buffer.alloc(this.#bytes);
    // X and S, then I, L and T: a two-byte picture id, TL0PICIDX, and temporal layer 0.
    frame[0] = 0x90;
    frame[1] = 0xe0;
    frame.writeUInt16BE(0x8000 | this.#pictureId, 2);
    frame[4] = this.#pictureId & 0xff;
    frame[5] = 0x20;
    // The lowest bit of the frame header: 0 for a key frame.
    frame[6] = this.#isKeyFrameWanted ? 0x10 : 0x11;
    this.#isKeyFrameWanted = false;
    return frame;
  }
}
