import type { MediaKind } from '@balai/protocol';

/** What stands in a frame: whose it is, and which one. */
export type FrameMark = {
  /** Number of the publisher in the test. */
  readonly publisher: number;
  readonly kind: MediaKind;
  /** Counts with the clock of the publisher, through everything that happens to its connection. */
  readonly number: number;
};

/** Tells marked frames from packets that only probe the line. */
const MAGIC = 0xba1a_1bed;
const BYTES = 12;

/** At the end of the payload: what comes before is for whoever forwards it. */
export function writeMark(payload: Buffer, { publisher, kind, number }: FrameMark): void {
  const start = payload.length - BYTES;
  payload.writeUInt32BE(MAGIC, start);
  payload.writeUInt16BE(publisher, start + 4);
  payload.writeUInt16BE(kind === 'audio' ? 0 : 1, start + 6);
  payload.writeUInt32BE(number, start + 8);
}

/** Undefined for what is no marked frame. */
export function readMark(payload: Buffer): FrameMark | undefined {
  const start = payload.length - BYTES;
  if (start < 0 || payload.readUInt32BE(start) !== MAGIC) return undefined;
  return {
    publisher: payload.readUInt16BE(start + 4),
    kind: payload.readUInt16BE(start + 6) === 0 ? 'audio' : 'video',
    number: payload.readUInt32BE(start + 8),
  };
}
