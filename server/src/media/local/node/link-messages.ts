import type { ParticipantId, TrackId, VideoCodec } from '@balai/protocol';
import { z } from 'zod';
import type { AudioLevel } from '../../media-plane.ts';
import type { LinkedTrack } from '../../node-media.ts';
import type { LayerChoice } from '../layers/choose-layers.ts';

/** What the two ends of a link tell each other besides data. Each is in order with all others. */
export type LinkMessage =
  /** Have it come. Answered with `track`. */
  | { readonly type: 'bring'; readonly trackId: TrackId }
  /** Null: it is not to be had. */
  | { readonly type: 'track'; readonly trackId: TrackId; readonly track: LinkedTrack | null }
  /** Nobody receives it any more. */
  | { readonly type: 'drop'; readonly trackId: TrackId }
  | { readonly type: 'flow'; readonly trackId: TrackId; readonly isFlowing: boolean }
  /** What its receivers need of it; null for nothing. */
  | { readonly type: 'need'; readonly trackId: TrackId; readonly layers: LayerChoice | null }
  /** Somebody cannot receive it; in these all viewers there could. */
  | {
      readonly type: 'unreceivable';
      readonly trackId: TrackId;
      readonly videoCodecs: readonly VideoCodec[];
    }
  /** Who is heard of those that are published at this end, the loudest first. */
  | { readonly type: 'levels'; readonly levels: readonly AudioLevel[] }
  | { readonly type: 'muted'; readonly trackId: TrackId; readonly isMuted: boolean }
  | { readonly type: 'ended'; readonly trackId: TrackId }
  /** Answered with `caughtUp` once receivers have what was sent before. */
  | { readonly type: 'catchUp'; readonly id: number }
  | { readonly type: 'caughtUp'; readonly id: number }
  | { readonly type: 'alive' }
  | { readonly type: 'bye' };

/** Data of the room on its way to another node. */
export interface LinkedData {
  /** As receivers get it. */
  readonly frame: Buffer;
  /** Empty: everybody. */
  readonly destinations: readonly ParticipantId[];
}

const MESSAGE = 0;
const DATA = 1;

export function messageToWire(message: LinkMessage): Buffer {
  return Buffer.concat([Buffer.from([MESSAGE]), Buffer.from(JSON.stringify(message))]);
}

export function dataToWire({ frame, destinations }: LinkedData): Buffer {
  const to = Buffer.from(JSON.stringify(destinations));
  const head = Buffer.alloc(5);
  head[0] = DATA;
  head.writeUInt32BE(to.length, 1);
  return Buffer.concat([head, to, frame]);
}

const envelope = z.looseObject({ type: z.string() });

/** The other end has the keys, and is of our version: it is taken at its word. */
export function readLinkMessage(wire: Buffer): { message: LinkMessage } | { data: LinkedData } {
  if (wire[0] === DATA) {
    const end = 5 + wire.readUInt32BE(1);
    const destinations = z.array(z.string()).parse(JSON.parse(wire.toString('utf8', 5, end)));
    return { data: { destinations, frame: wire.subarray(end) } };
  }
  const message: unknown = envelope.parse(JSON.parse(wire.toString('utf8', 1)));
  return { message: message as LinkMessage };
}
