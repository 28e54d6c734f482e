import { LIMITS, type ParticipantId } from '@balai/protocol';

/** What a client sent on a data channel (SPEC 10.4). */
export interface SentFrame {
  /** What the clients among themselves make of it. */
  readonly type: number;
  /** Empty: everybody else. */
  readonly destinations: readonly ParticipantId[];
  /** Topic and payload, as they go on. */
  readonly rest: Buffer;
}

/** Bytes of a destination, with its length. A participant's id is a UUID. */
const MAX_ID_BYTES = 1 + 36;
/** Bytes of the largest frame that a client may send or receive. */
export const MAX_FRAME_BYTES =
  2 + LIMITS.dataDestinations * MAX_ID_BYTES + 1 + LIMITS.dataTopicBytes + LIMITS.dataPayloadBytes;

/** Undefined for what is no frame, or is beyond the limits. */
export function readSentFrame(frame: Buffer): SentFrame | undefined {
  const type = frame[0];
  const count = frame[1];
  if (type === undefined || count === undefined || count > LIMITS.dataDestinations) {
    return undefined;
  }
  const destinations: ParticipantId[] = [];
  let at = 2;
  for (let index = 0; index < count; index += 1) {
    const end = at + 1 + (frame[at] ?? 0);
    destinations.push(frame.toString('utf8', at + 1, end));
    at = end;
  }
  const rest = frame.subarray(at);
  const payloadBytes = rest.length - 1 - (rest[0] ?? 0);
  if (payloadBytes < 0 || payloadBytes > LIMITS.dataPayloadBytes) return undefined;
  return { type, destinations, rest };
}

/** What the receivers get (SPEC 10.5). */
export function stampFrame(sender: ParticipantId, { type, rest }: SentFrame): Buffer {
  const id = Buffer.from(sender);
  return Buffer.concat([Buffer.from([type, id.length]), id, rest]);
}

/** Data of no sender. */
export interface Announcement {
  readonly topic: string;
  readonly payload: Buffer;
  /** Empty: everybody. */
  readonly destinations: readonly ParticipantId[];
}

/** Its type is that of messages (SPEC 10.10). */
const MESSAGE = 0;

/** What the receivers get of it: a message whose sender has an empty id. */
export function announcementFrame({ topic, payload }: Announcement): Buffer {
  const name = Buffer.from(topic);
  return Buffer.concat([Buffer.from([MESSAGE, 0, name.length]), name, payload]);
}
