/** A header extension element: id 1 to 14 of RFC 8285's one-byte form, 1 to 16 bytes. */
export interface HeaderExtension {
  readonly id: number;
  readonly value: Buffer;
}

export interface RtpPacket {
  readonly payloadType: number;
  readonly sequenceNumber: number;
  /** In units of the codec's clock. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly isMarked: boolean;
  readonly extensions: readonly HeaderExtension[];
  readonly payload: Buffer;
}

/** Which RTCP message a buffer begins with (RFC 5761 tells RTCP from RTP), or undefined for RTP. */
function isRtcp(packet: Buffer): boolean {
  const type = packet[1] ?? 0;
  return type >= 192 && type <= 223;
}

/** RFC 3550, section 5.1. */
export function writeRtp(packet: RtpPacket): Buffer {
  const extension = writeExtensions(packet.extensions);
  const header = Buffer.alloc(12);
  header[0] = 0x80 | (extension.length > 0 ? 0x10 : 0);
  header[1] = (packet.isMarked ? 0x80 : 0) | packet.payloadType;
  header.writeUInt16BE(packet.sequenceNumber & 0xffff, 2);
  header.writeUInt32BE(packet.timestamp >>> 0, 4);
  header.writeUInt32BE(packet.ssrc, 8);
  return Buffer.concat([header, extension, packet.payload]);
}

function writeExtensions(extensions: readonly HeaderExtension[]): Buffer {
  if (extensions.length === 0) return Buffer.alloc(0);
  const elements = Buffer.concat(
    extensions.flatMap(({ id, value }) => [Buffer.from([(id << 4) | (value.length - 1)]), value]),
  );
  const padding = Buffer.alloc((4 - (elements.length % 4)) % 4);
  const header = Buffer.alloc(4);
  header.writeUInt16BE(0xbede, 0);
  header.writeUInt16BE((elements.length + padding.length) / 4, 2);
  return Buffer.concat([header, elements, padding]);
}

export interface ReceivedRtp {
  readonly payloadType: number;
  readonly ssrc: number;
  readonly payload: Buffer;
  readonly payloadBytes: number;
}

/** What the counters need to know of an RTP packet; undefined for RTCP and what is neither. */
export function readRtp(packet: Buffer): ReceivedRtp | undefined {
  if (packet.length < 12 || (packet[0] ?? 0) >> 6 !== 2 || isRtcp(packet)) return undefined;
  const first = packet[0] ?? 0;
  let headerBytes = 12 + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) headerBytes += 4 + 4 * packet.readUInt16BE(headerBytes + 2);
  const paddingBytes = (first & 0x20) === 0 ? 0 : (packet.at(-1) ?? 0);
  const payload = packet.subarray(headerBytes, packet.length - paddingBytes);
  return {
    payloadType: (packet[1] ?? 0) & 0x7f,
    ssrc: packet.readUInt32BE(8),
    payload,
    payloadBytes: payload.length,
  };
}

/** SSRCs for which a compound RTCP packet asks for a key frame: PLI (RFC 4585) or FIR (RFC 5104). */
export function readKeyFrameRequests(packet: Buffer): readonly number[] {
  const ssrcs: number[] = [];
  if (!isRtcp(packet)) return ssrcs;
  for (let start = 0; start + 12 <= packet.length; ) {
    const format = (packet[start] ?? 0) & 0x1f;
    const isPayloadFeedback = packet[start + 1] === 206;
    if (isPayloadFeedback && format === 1) ssrcs.push(packet.readUInt32BE(start + 8));
    if (isPayloadFeedback && format === 4 && start + 16 <= packet.length) {
      ssrcs.push(packet.readUInt32BE(start + 12));
    }
    start += 4 * (packet.readUInt16BE(start + 2) + 1);
  }
  return ssrcs;
}

/** Seconds from 1900, where NTP's time begins, to 1970. */
const NTP_OFFSET_SECONDS = 2_208_988_800;

/** A sender report without report blocks, RFC 3550, section 6.4.1. */
export function writeSenderReport(report: {
  readonly ssrc: number;
  readonly nowMs: number;
  readonly timestamp: number;
  readonly packets: number;
  readonly bytes: number;
}): Buffer {
  const buffer = Buffer.alloc(28);
  buffer[0] = 0x80;
  buffer[1] = 200;
  buffer.writeUInt16BE(6, 2);
  buffer.writeUInt32BE(report.ssrc, 4);
  buffer.writeUInt32BE(Math.floor(report.nowMs / 1_000) + NTP_OFFSET_SECONDS, 8);
  buffer.writeUInt32BE(Math.floor(((report.nowMs % 1_000) / 1_000) * 2 ** 32), 12);
  buffer.writeUInt32BE(report.timestamp >>> 0, 16);
  buffer.writeUInt32BE(report.packets >>> 0, 20);
  buffer.writeUInt32BE(report.bytes >>> 0, 24);
  return buffer;
}

/** A receiver report with one report block, RFC 3550, section 6.4.2. */
export function writeReceiverReport(report: {
  readonly ssrc: number;
  /** Of the last 256 packets. */
  readonly fractionLost: number;
  readonly totalLost: number;
  /** In ticks of the stream's clock. */
  readonly jitter: number;
}): Buffer {
  const buffer = Buffer.alloc(32);
  buffer[0] = 0x81;
  buffer[1] = 201;
  buffer.writeUInt16BE(7, 2);
  buffer.writeUInt32BE(1, 4);
  buffer.writeUInt32BE(report.ssrc, 8);
  buffer.writeUInt32BE(report.fractionLost * 2 ** 24 + report.totalLost, 12);
  buffer.writeUInt32BE(report.jitter, 20);
  return buffer;
}
