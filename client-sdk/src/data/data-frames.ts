import type { ParticipantId } from '@balai/protocol';

/** What a frame is (SPEC 10.4). */
export const FRAME = { message: 0, begin: 1, chunk: 2, end: 3, abort: 4 } as const;
/** One of {@link FRAME}. */
export type FrameType = number;

/** A frame as the server passes it on. */
export interface ReceivedFrame {
  readonly type: FrameType;
  readonly sender: ParticipantId;
  readonly topic: string;
  readonly payload: Uint8Array<ArrayBuffer>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Of a text, in UTF-8. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Puts parts one after the other. */
export function concat(
  parts: readonly (Uint8Array | readonly number[])[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** @param destinations Empty: everybody else. */
export function writeFrame(
  type: FrameType,
  destinations: readonly ParticipantId[],
  topic: string,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const texts = [...destinations, topic].map(encode);
  return concat([
    [type, destinations.length],
    ...texts.flatMap((text) => [[text.length], text]),
    payload,
  ]);
}

export function readFrame(bytes: Uint8Array<ArrayBuffer>): ReceivedFrame {
  const senderEnd = 2 + (bytes[1] ?? 0);
  const topicEnd = senderEnd + 1 + (bytes[senderEnd] ?? 0);
  return {
    type: bytes[0] ?? -1,
    sender: decode(bytes.subarray(2, senderEnd)),
    topic: decode(bytes.subarray(senderEnd + 1, topicEnd)),
    payload: bytes.slice(topicEnd),
  };
}
