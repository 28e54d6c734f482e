import type { TrackId } from '@balai/protocol';
import type { types } from 'mediasoup';
import { AppError } from '../../kernel/app-error.ts';
import type { LineSample, PublishedMedia, PublishMediaParams } from '../media-plane.ts';
import type { ClientTransport } from './client-transport.ts';
import { forwardDependencies } from './codecs.ts';
import { mediaUnavailable, toAppError } from './media-errors.ts';
import { RecentIds } from './recent-ids.ts';
import { parametersFromWire } from './rtp.ts';
import { toSample } from './stream-sample.ts';

/** How many ended tracks of a participant are remembered. */
const REMEMBERED_TRACKS = 256;

/**
 * Between two key frames that a publisher is asked for: each is many times as large as
 * another frame, for everybody who receives the track. One that is wanted in between comes
 * after the rest of it; the first comes at once.
 */
const KEY_FRAME_INTERVAL_MS = 500;

const NOTHING_COMES: LineSample = { score: 0, loss: null, jitterMs: null, roundTripMs: null };

/** In pixels; 0 where unknown. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Hears which tracks there are for others to subscribe to. */
export interface TrackListing {
  readonly add: (producer: types.Producer, size: PictureSize) => void;
  readonly remove: (trackId: TrackId) => void;
  /** A track arrives better or worse than before. */
  readonly scored: () => void;
}

/** What a participant publishes: a transport and the tracks on it. */
export class SendMedia {
  readonly transport: ClientTransport;
  readonly #listing: TrackListing;
  readonly #tracks = new Map<TrackId, types.Producer>();
  readonly #ended = new RecentIds(REMEMBERED_TRACKS);
  /** What had come of the track that was measured last. */
  #counted: { readonly producer: types.Producer; readonly packets: number } | undefined;

  constructor(transport: ClientTransport, listing: TrackListing) {
    this.transport = transport;
    this.#listing = listing;
  }

  get trackIds(): readonly TrackId[] {
    return [...this.#tracks.keys()];
  }

  /** @throws AppError `unsupported_media`, `media_unavailable`. */
  async publish(params: PublishMediaParams): Promise<PublishedMedia> {
    const { kind, rtpParameters, isMuted } = params;
    if (
      rtpParameters.codecs.some(({ mimeType }) => !mimeType.toLowerCase().startsWith(`${kind}/`))
    ) {
      throw new AppError('unsupported_media', `A track of kind ${kind} has ${kind} codecs only`);
    }
    let producer: types.Producer;
    try {
      producer = await this.transport.transport.produce({
        kind,
        rtpParameters: parametersFromWire(rtpParameters),
        paused: isMuted,
        keyFrameRequestDelay: KEY_FRAME_INTERVAL_MS,
      });
    } catch (error) {
      throw toAppError(error, 'unsupported_media');
    }
    if (this.transport.isClosed) {
      producer.close();
      throw mediaUnavailable();
    }
    if (hasRepeatedCodec(producer)) {
      producer.close();
      throw new AppError('unsupported_media', 'Two of the codecs are one to the media server');
    }
    forwardDependencies(producer);
    producer.on('score', () => this.#listing.scored());
    this.#tracks.set(producer.id, producer);
    this.#listing.add(producer, { width: params.width ?? 0, height: params.height ?? 0 });
    return { trackId: producer.id, mimeType: producer.rtpParameters.codecs[0]?.mimeType ?? '' };
  }

  /**
   * Passes over a track that ended already.
   *
   * @throws AppError `track_not_found`.
   */
  unpublish(trackId: TrackId): void {
    if (this.#ended.has(trackId)) return;
    const producer = this.#getTrack(trackId);
    this.#forget(trackId);
    producer.close();
  }

  /** @throws AppError `track_not_found`, `media_unavailable`. */
  async setMuted(trackId: TrackId, isMuted: boolean): Promise<void> {
    const producer = this.#getTrack(trackId);
    try {
      await (isMuted ? producer.pause() : producer.resume());
    } catch (error) {
      if (this.#ended.has(trackId)) throw new AppError('track_not_found');
      throw toAppError(error, 'media_unavailable');
    }
  }

  /** How what is sent arrives; null while nothing is. Costs one command. */
  async measure(): Promise<LineSample | null> {
    const sent = [...this.#tracks.values()].flatMap((producer) => {
      const score = Math.max(0, ...producer.score.map((one) => one.score));
      return score > 0 && !producer.paused ? [{ producer, score }] : [];
    });
    // Of equals, sound tells more than pictures.
    const [worst] = sent.sort(
      (one, other) => one.score - other.score || (one.producer.kind === 'audio' ? -1 : 1),
    );
    const former = this.#counted;
    this.#counted = undefined;
    if (worst === undefined) return null;
    const { producer, score } = worst;
    const stats = await producer.getStats();
    const packets = stats.reduce((total, { packetCount }) => total + packetCount, 0);
    this.#counted = { producer, packets };
    // A microphone that is on is never quite silent; nobody may want a picture just now.
    const isSilent = former?.producer === producer && former.packets === packets;
    if (isSilent && producer.kind === 'audio') return NOTHING_COMES;
    return toSample(score, stats, producer.rtpParameters.codecs[0]?.clockRate ?? 1);
  }

  /** Ends every track. Idempotent. */
  close(): void {
    for (const trackId of [...this.#tracks.keys()]) this.#forget(trackId);
    this.transport.close();
  }

  #getTrack(trackId: TrackId): types.Producer {
    const producer = this.#tracks.get(trackId);
    if (producer === undefined) throw new AppError('track_not_found');
    return producer;
  }

  #forget(trackId: TrackId): void {
    this.#tracks.delete(trackId);
    this.#ended.add(trackId);
    this.#listing.remove(trackId);
  }
}

/**
 * Whether two codecs of a track became the same one of the router's. mediasoup
 * takes such a track, and then refuses it to everybody who is to receive it.
 */
function hasRepeatedCodec({ consumableRtpParameters }: types.Producer): boolean {
  const payloadTypes = consumableRtpParameters.codecs.map((codec) => codec.payloadType);
  return new Set(payloadTypes).size < payloadTypes.length;
}
