/** The header extension that numbers packets over all streams of a transport. */
export const TRANSPORT_CC_URI =
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';

/** Units of arrival times in the feedback. */
const DELTA_US = 250;
const REFERENCE_US = 64_000;
const MAX_DELTA = 255;
const MAX_RUN = 0x1fff;

type Arrival = { readonly sequenceNumber: number; readonly atUs: number };

/**
 * Collects when packets arrived and writes the feedback that a browser would
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1), in its
 * shortest form: run lengths and small deltas. A packet that came more than 64 ms
 * after the one before, or out of order, is told as not received.
 */
export class TransportFeedback {
  readonly #extensionId: number;
  readonly #now: () => number;
  #arrivals: Arrival[] = [];
  #highest: number | undefined;
  #count = 0;

  /**
   * @param extensionId Under which the packets carry their numbers.
   * @param now The clock, in milliseconds.
   */
  constructor(extensionId: number, now = () => performance.now()) {
    this.#extensionId = extensionId;
    this.#now = now;
  }

  /** Notes an RTP packet. */
  add(packet: Buffer): void {
    const number = readExtension(packet, this.#extensionId);
    if (number === undefined) return;
    const highest = this.#highest;
    // The number has 16 bits: the nearest one that ends so.
    const sequenceNumber =
      highest === undefined ? number : highest + (((number - highest + 0x8000) & 0xffff) - 0x8000);
    if (highest !== undefined && sequenceNumber <= highest) return;
    this.#highest = sequenceNumber;
    this.#arrivals.push({ sequenceNumber, atUs: Math.round(this.#now() * 1_000) });
  }

  /** RTCP for what came since the last call; undefined for nothing. */
  write(): Buffer | undefined {
    const [first] = this.#arrivals;
    const last = this.#arrivals.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const reference = Math.floor(first.atUs / REFERENCE_US);
    const symbols: boolean[] = [];
    const deltas: number[] = [];
    let beforeUs = reference * REFERENCE_US;
    for (const { sequenceNumber, atUs } of this.#arrivals) {
      while (first.sequenceNumber + symbols.length < sequenceNumber) symbols.push(false);
      // Rounded down, so that the first one always fits behind the reference.
      const delta = Math.floor((atUs - beforeUs) / DELTA_US);
      symbols.push(delta <= MAX_DELTA);
      if (delta > MAX_DELTA) continue;
      deltas.push(delta);
      beforeUs += delta * DELTA_US;
    }
    this.#arrivals = [];
    this.#count = (this.#count + 1) & 0xff;
    return this.#packet(first.sequenceNumber, reference, symbols, deltas);
  }

  #packet(base: number, reference: number, symbols: boolean[], deltas: number[]): Buffer {
    const chunks: number[] = [];
    for (let start = 0; start < symbols.length; ) {
      const symbol = symbols[start] === true;
      let end = start;
      while (end < symbols.length && symbols[end] === symbol && end - start < MAX_RUN) end += 1;
      chunks.push((symbol ? 1 << 13 : 0) | (end - start));
      start = end;
    }
    const bytes = 20 + 2 * chunks.length + deltas.length;
    const packet = Buffer.alloc(Math.ceil(bytes / 4) * 4);
    packet[0] = 0x80 | 15;
    packet[1] = 205;
    packet.writeUInt16BE(packet.length / 4 - 1, 2);
    packet.writeUInt32BE(1, 4);
    packet.writeUInt32BE(0, 8);
    packet.writeUInt16BE(base & 0xffff, 12);
    packet.writeUInt16BE(symbols.length, 14);
    packet.writeUIntBE(reference & 0xffffff, 16, 3);
    packet[19] = this.#count;
    for (const [index, chunk] of chunks.entries()) packet.writeUInt16BE(chunk, 20 + 2 * index);
    for (const [index, delta] of deltas.entries()) packet[20 + 2 * chunks.length + index] = delta;
    return packet;
  }
}

/** A two-byte element of RFC 8285's one-byte form. */
function readExtension(packet: Buffer, id: number): number | undefined {
  const first = packet[0] ?? 0;
  if ((first & 0x10) === 0) return undefined;
  const start = 12 + 4 * (first & 0x0f);
  if (packet.readUInt16BE(start) !== 0xbede) return undefined;
  const end = start + 4 + 4 * packet.readUInt16BE(start + 2);
  for (let at = start + 4; at < end; ) {
    const head = packet[at] ?? 0;
    if (head === 0) {
      at += 1;
      continue;
    }
    if (head >> 4 === id) return packet.readUInt16BE(at + 1);
    at += 2 + (head & 0x0f);
  }
  return undefined;
}
