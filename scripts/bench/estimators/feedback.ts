/** What browsers tell a sender about the line, as they write it in RTCP. */

const FEEDBACK_MAGIC = 'REMB';
/** Of transport-cc: arrival times are told in quarters of a millisecond, the reference in 64 ms. */
const TICK_US = 250;
const REFERENCE_US = 64_000;

/** The sequence number that transport-cc numbers all packets of a line with; undefined without it. */
export function readTransportSequence(packet: Buffer, extensionId: number): number | undefined {
  const first = packet[0] ?? 0;
  if ((first & 0x10) === 0) return undefined;
  const start = 12 + 4 * (first & 0x0f);
  if (packet.readUInt16BE(start) !== 0xbede) return undefined;
  const end = start + 4 + 4 * packet.readUInt16BE(start + 2);
  for (let at = start + 4; at < end; ) {
    const element = packet[at] ?? 0;
    if (element === 0) {
      at += 1;
      continue;
    }
    if (element >> 4 === extensionId) return packet.readUInt16BE(at + 1);
    at += 2 + (element & 0x0f);
  }
  return undefined;
}

/** Collects arrivals, and writes the report of draft-holmer-rmcat-transport-wide-cc-extensions-01. */
export class TransportFeedback {
  readonly #senderSsrc: number;
  readonly #mediaSsrc: number;
  readonly #arrivals = new Map<number, number>();
  #next: number | undefined;
  #count = 0;

  constructor(senderSsrc: number, mediaSsrc: number) {
    this.#senderSsrc = senderSsrc;
    this.#mediaSsrc = mediaSsrc;
  }

  add(sequence: number, arrivedAtUs: number): void {
    this.#arrivals.set(sequence, arrivedAtUs);
    this.#next ??= sequence;
  }

  /** On all packets since the last report; undefined where none came. */
  write(): Buffer | undefined {
    if (this.#next === undefined || this.#arrivals.size === 0) return undefined;
    const base = this.#next;
    const distance = (sequence: number) => (sequence - base) & 0xffff;
    // What came so late that it was reported as lost already is past correction.
    const ahead = [...this.#arrivals].filter(([sequence]) => distance(sequence) < 0x8000);
    this.#arrivals.clear();
    if (ahead.length === 0) return undefined;
    const statuses = Math.max(...ahead.map(([sequence]) => distance(sequence))) + 1;
    const arrivedAt = new Map(ahead.map(([sequence, at]) => [distance(sequence), at]));
    const reference = Math.floor(Math.min(...arrivedAt.values()) / REFERENCE_US);
    let lastUs = reference * REFERENCE_US;
    const symbols: number[] = [];
    const deltas: number[] = [];
    for (let index = 0; index < statuses; index += 1) {
      const at = arrivedAt.get(index);
      if (at === undefined) {
        symbols.push(0);
        continue;
      }
      const ticks = Math.round((at - lastUs) / TICK_US);
      lastUs += ticks * TICK_US;
      const isSmall = ticks >= 0 && ticks <= 0xff;
      symbols.push(isSmall ? 1 : 2);
      if (isSmall) deltas.push(ticks);
      else deltas.push((ticks >> 8) & 0xff, ticks & 0xff);
    }
    this.#next = (base + statuses) & 0xffff;
    return this.#assemble(base, reference, symbols, deltas);
  }

  #assemble(base: number, reference: number, symbols: number[], deltas: number[]): Buffer {
    const chunks: number[] = [];
    for (let start = 0; start < symbols.length; start += 7) {
      // A status vector of seven two-bit symbols.
      const bits = symbols
        .slice(start, start + 7)
        .reduce((chunk, symbol, index) => chunk | (symbol << (12 - 2 * index)), 0xc000);
      chunks.push(bits >> 8, bits & 0xff);
    }
    const bytes = 20 + chunks.length + deltas.length;
    const padding = (4 - (bytes % 4)) % 4;
    const report = Buffer.alloc(bytes + padding);
    report[0] = 0x80 | (padding > 0 ? 0x20 : 0) | 15;
    report[1] = 205;
    report.writeUInt16BE(report.length / 4 - 1, 2);
    report.writeUInt32BE(this.#senderSsrc, 4);
    report.writeUInt32BE(this.#mediaSsrc, 8);
    report.writeUInt16BE(base, 12);
    report.writeUInt16BE(symbols.length, 14);
    report.writeUIntBE(reference & 0xffffff, 16, 3);
    report[19] = this.#count & 0xff;
    this.#count += 1;
    report.set([...chunks, ...deltas], 20);
    if (padding > 0) report[report.length - 1] = padding;
    return report;
  }
}

/** Receiver estimated maximum bit rate, draft-alvestrand-rmcat-remb-03. */
export function writeRemb(senderSsrc: number, ssrcs: readonly number[], bitrate: number): Buffer {
  const report = Buffer.alloc(20 + 4 * ssrcs.length);
  report[0] = 0x80 | 15;
  report[1] = 206;
  report.writeUInt16BE(report.length / 4 - 1, 2);
  report.writeUInt32BE(senderSsrc, 4);
  report.write(FEEDBACK_MAGIC, 12, 'latin1');
  const exponent = Math.max(0, Math.ceil(Math.log2((bitrate + 1) / 0x40000)));
  const mantissa = Math.floor(bitrate / 2 ** exponent);
  report.writeUInt32BE(((ssrcs.length << 24) | (exponent << 18) | mantissa) >>> 0, 16);
  for (const [index, ssrc] of ssrcs.entries()) report.writeUInt32BE(ssrc, 20 + 4 * index);
  return report;
}
