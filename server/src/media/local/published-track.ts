import type { NeededLayer, ParticipantId, TrackId, VideoCodec } from '@balai/protocol';
import type { types } from 'mediasoup';
import { type LayerChoice, type LayerShape, shapeOf, topLayers } from './layers/choose-layers.ts';
import { LayerNeeds } from './layers/layer-needs.ts';
import { LESS_AFTER_MS, NeedPacer } from './layers/need-pacer.ts';
import type { ComingTrack } from './piped-track.ts';
import type { RouterPipes } from './router-pipes.ts';

/** Bits per second of each layer with all below it, the keys as `spatial.temporal`. */
export type LayerBitrates = ReadonlyMap<string, number>;

/** One subscription to a track. */
export interface TrackStream {
  /** The room decided about the track. */
  refresh(): Promise<void>;
  /** The track comes before others, or after them, where until now it did not. */
  moved(): void;
}

/** How long bit rates are believed: many subscribers ask for those of the same tracks at once. */
const BITRATES_KEPT_MS = 900;

/** Where a track can be had from. */
export interface TrackOrigin {
  /** Whether it is on this router by itself, under its own id. */
  readonly isAt: (router: RouterPipes) => boolean;
  /** Brings it to a router where it is not, under this id. Rejects with what mediasoup throws. */
  readonly bringTo: (router: RouterPipes, trackId: TrackId) => Promise<ComingTrack>;
}

export interface PublishedTrackOptions {
  readonly participantId: ParticipantId;
  /** Default: that of the producer. */
  readonly trackId?: TrackId;
  /** As which it is published, wherever that is. */
  readonly producer: types.Producer;
  readonly origin: TrackOrigin;
  /** Whether it comes from another node. Default false. */
  readonly isFromNode?: boolean;
  /** Of the picture, in pixels; 0 where unknown. */
  readonly width: number;
  readonly height: number;
  /** Hears what a video has to be sent in, as far as the publisher is to know. */
  readonly tellNeeded: (needed: NeededLayer) => void;
  /** Of a track from another node: hears in which codecs all viewers of the room here could receive it. */
  readonly tellUnreceivable?: (videoCodecs: readonly VideoCodec[]) => void;
  /** Hears, once, that it ended here. */
  readonly tellClosed?: () => void;
}

/** A track that is published in a room, by whom, and who receives what of it. */
export class PublishedTrack {
  readonly participantId: ParticipantId;
  readonly trackId: TrackId;
  readonly producer: types.Producer;
  readonly origin: TrackOrigin;
  readonly isFromNode: boolean;
  readonly tellUnreceivable: PublishedTrackOptions['tellUnreceivable'];
  readonly shape: LayerShape;
  readonly #tellClosed: (() => void) | undefined;
  readonly #streams = new Set<TrackStream>();
  readonly #needs = new LayerNeeds();
  readonly #pacer: NeedPacer;
  #isAllowed = true;
  #place = Number.POSITIVE_INFINITY;
  #isClosed = false;
  #bitrates: { readonly at: number; readonly value: Promise<LayerBitrates> } | undefined;

  constructor(options: PublishedTrackOptions) {
    const { participantId, producer, trackId = producer.id } = options;
    this.participantId = participantId;
    this.trackId = trackId;
    this.producer = producer;
    this.origin = options.origin;
    this.isFromNode = options.isFromNode ?? false;
    this.tellUnreceivable = options.tellUnreceivable;
    this.#tellClosed = options.tellClosed;
    this.shape = shapeOf(producer.rtpParameters.encodings ?? [], options);
    this.#pacer = new NeedPacer(
      topLayers(this.shape),
      (needed) =>
        options.tellNeeded(
          needed === null ? { trackId, spatialLayer: null } : { trackId, ...needed },
        ),
      // Where it comes from it is paced.
      this.isFromNode ? 0 : LESS_AFTER_MS,
    );
    this.#pace();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the room lets it be delivered. */
  get isAllowed(): boolean {
    return this.#isAllowed;
  }

  /** Costs one command for each subscriber whose subscription begins or ceases to flow. */
  async setAllowed(isAllowed: boolean): Promise<void> {
    if (isAllowed === this.#isAllowed) return;
    this.#isAllowed = isAllowed;
    await Promise.all([...this.#streams].map((stream) => stream.refresh()));
  }

  /** Where it stands among tracks of the same priority, from 0; Infinity for after all others. */
  get place(): number {
    return this.#place;
  }

  /** Costs nothing for subscribers who have all that they want. */
  setPlace(place = Number.POSITIVE_INFINITY): void {
    if (place === this.#place) return;
    this.#place = place;
    for (const stream of this.#streams) stream.moved();
  }

  add(stream: TrackStream): void {
    this.#streams.add(stream);
  }

  remove(stream: TrackStream): void {
    this.#streams.delete(stream);
  }

  /** A subscriber gets something else of it; null for nothing. Costs the same for few and for many. */
  moveNeed(before: LayerChoice | null, after: LayerChoice | null): void {
    this.#needs.move(before, after);
    this.#pace();
  }

  /** Nothing is needed of it any more, and nobody told. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#pacer.close();
    this.#tellClosed?.();
  }

  /** What its layers cost at present. Layers that are not sent are missing. */
  measure(): Promise<LayerBitrates> {
    const now = performance.now();
    if (this.#bitrates === undefined || now - this.#bitrates.at > BITRATES_KEPT_MS) {
      this.#bitrates = { at: now, value: this.#readBitrates() };
    }
    return this.#bitrates.value;
  }

  async #readBitrates(): Promise<LayerBitrates> {
    const { encodings = [] } = this.producer.rtpParameters;
    const bitrates = new Map<string, number>();
    if (this.producer.closed) return bitrates;
    for (const { rid, ssrc, bitrate, bitrateByLayer } of await this.producer.getStats()) {
      const index = encodings.findIndex((one) =>
        one.rid === undefined ? one.ssrc === ssrc : one.rid === rid,
      );
      const spatialLayer = Math.max(0, index);
      if (bitrate > 0) bitrates.set(`${spatialLayer}.${this.shape.temporalLayers - 1}`, bitrate);
      for (const [layer, ofLayer] of Object.entries(bitrateByLayer)) {
        // Simulcast counts the sizes by stream, each of which has one.
        const key = encodings.length > 1 ? `${spatialLayer}.${layer.split('.')[1] ?? 0}` : layer;
        if (ofLayer > 0) bitrates.set(key, ofLayer);
      }
    }
    return bitrates;
  }

  /** Audio is sent whether anybody receives it or not: who speaks is heard in it. */
  #pace(): void {
    if (this.producer.kind === 'video') this.#pacer.set(this.#needs.most);
  }
}
