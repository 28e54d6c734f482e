import type { NeededLayer, TrackId, TrackSource } from '@balai/protocol';
import { ConnectionError, ServerError } from '../../src/errors.ts';
import type { Offer, Published, Publisher } from '../../src/media/publisher.ts';

/** What the fake server knows of a track. */
export interface KnownTrack {
  readonly source: TrackSource;
  isMuted: boolean;
  mediaStreamTrack: MediaStreamTrack;
}

/**
 * A server that answers late and keeps the rules: one track of each source
 * (SPEC 3.5), and nothing after the stay.
 */
export class FakePublisher implements Publisher {
  readonly tracks = new Map<TrackId, KnownTrack>();
  readonly offers: Offer[] = [];
  /** Every request in the order in which it arrived. */
  readonly log: string[] = [];
  isClosed = false;
  readonly videoCodecs = [];
  readonly needed: NeededLayer[] = [];
  /** Thrown by the next request. */
  nextFailure: Error | undefined;
  #count = 0;

  async publish(offer: Offer): Promise<Published> {
    this.offers.push(offer);
    this.log.push(`publish ${offer.source}`);
    await this.#answerLate();
    if (this.bySource(offer.source)) {
      throw new ServerError({ code: 'conflict', message: 'a second one', retryable: false });
    }
    this.#count += 1;
    const trackId = `track-${this.#count}`;
    const { source, isMuted, mediaStreamTrack } = offer;
    const known: KnownTrack = { source, isMuted, mediaStreamTrack };
    this.tracks.set(trackId, known);
    return {
      trackId,
      mimeType: 'video/VP8',
      setMuted: async (wish) => {
        this.log.push(`${wish ? 'mute' : 'unmute'} ${source}`);
        await this.#answerLate();
        known.isMuted = wish;
      },
      replaceTrack: async (track) => {
        await this.#answerLate();
        known.mediaStreamTrack = track;
      },
      getStats: async () => new Map(),
      unpublish: async () => {
        this.log.push(`unpublish ${source}`);
        await this.#answerLate();
        this.tracks.delete(trackId);
      },
    };
  }

  need(layers: readonly NeededLayer[]): void {
    this.needed.push(...layers);
  }

  bySource(source: TrackSource): KnownTrack | undefined {
    return [...this.tracks.values()].find((track) => track.source === source);
  }

  /** Answers take one, two or three turns of the event loop: what is not put in order, mixes. */
  async #answerLate(): Promise<void> {
    const failure = this.nextFailure;
    this.nextFailure = undefined;
    const turns = 1 + (this.log.length % 3);
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
    if (this.isClosed) throw new ConnectionError('cancelled');
    if (failure) throw failure;
  }
}
