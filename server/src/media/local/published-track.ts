import type { NeededLayer, ParticipantId, TrackId } from '@balai/protocol';
import type { types } from 'mediasoup';
import { type LayerChoice, type LayerShape, shapeOf, topLayers } from './layers/choose-layers.ts';
import { LayerNeeds } from './layers/layer-needs.ts';
import { NeedPacer } from './layers/need-pacer.ts';

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

export interface PublishedTrackOptions {
  readonly participantId: ParticipantId;
  readonly producer: types.Producer;
  /** Of the picture, in pixels; 0 where unknown. */
  readonly width: number;
  readonly height: number;
  /** Hears what a video has to be sent in, as far as the publisher is to know. */
  readonly tellNeeded: (needed: NeededLayer) => void;
}

/** A track that is published in a room, by whom, and who receives what of it. */
export class PublishedTrack {
  readonly participantId: ParticipantId;
  readonly producer: types.Producer;
  readonly shape: LayerShape;
  readonly #streams = new Set<TrackStream>();
  readonly #needs = new LayerNeeds();
  readonly #pacer: NeedPacer;
  #isAllowed = true;
  #place = Number.POSITIVE_INFINITY;
  #bitrates: { readonly at: number; readonly value: Promise<LayerBitrates> } | undefined;

  constructor(options: PublishedTrackOptions) {
    const { participantId, producer } = options;
    this.participantId = participantId;
    this.producer = producer;
    this.shape = shapeOf(producer.rtpParameters.encodings ?? [], options);
    const { trackId } = this;
    this.#pacer = new NeedPacer(topLayers(this.shape), (needed) =>
      options.tellNeeded(
        needed === null ? { trackId, spatialLayer: null } : { trackId, ...needed },
      ),
    );
    this.#pace();
  }

  get trackId(): TrackId {
    return this.producer.id;
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
    this.#pacer.close();
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
