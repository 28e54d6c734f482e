import type { NeededLayer, TrackId, TrackSource, VideoCodec } from '@balai/protocol';
import { ServerError } from '../errors.ts';
import { newId } from '../new-id.ts';
import type { SignalChannel } from '../signalling/signal-channel.ts';
import type { Late } from './late.ts';
import type { MediaSender, Sending } from './media-engine.ts';
import type { SendPlan } from './send-plan.ts';

/** What is to be published. */
export interface Offer {
  readonly mediaStreamTrack: MediaStreamTrack;
  readonly source: TrackSource;
  readonly name: string;
  readonly isMuted: boolean;
  /** In pixels, 0 where unknown. */
  readonly width: number;
  readonly height: number;
  /** As `planSend` made them. */
  readonly plans: readonly SendPlan[];
  /** The track of ours whose place it takes, while our media moves. */
  readonly replaces?: TrackId | undefined;
}

/** One track that the others can see. */
export interface Published {
  readonly trackId: TrackId;
  /** For example `video/VP8`. */
  readonly mimeType: string;
  setMuted(isMuted: boolean): Promise<void>;
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  getStats(): Promise<RTCStatsReport>;
  /** Takes the track back. Never fails: what cannot be told to the server ends with the stay. */
  unpublish(): Promise<void>;
}

/** Publishes during one stay. */
export interface Publisher {
  /** The stay is over: nothing is published any more. */
  readonly isClosed: boolean;
  /** What the room would have its video sent in, the best first. */
  readonly videoCodecs: readonly VideoCodec[];
  /** Encodes no more of our tracks than somebody receives (dynacast). */
  need(layers: readonly NeededLayer[]): void;
  /**
   * @throws ServerError as the server refuses, for example `forbidden` or `conflict`.
   * @throws BalaiError `track_ended`, `unsupported_browser`, or `cancelled` when the stay ends.
   */
  publish(offer: Offer): Promise<Published>;
}

/** Publishes through one peer connection and one signalling channel. */
export class TransportPublisher implements Publisher {
  readonly #sender: Late<MediaSender>;
  readonly #request: SignalChannel['request'];
  readonly videoCodecs: readonly VideoCodec[];
  readonly #sendings = new Map<TrackId, Sending>();
  /** The server may need a track before its answer to `track.publish` was read. */
  readonly #needed = new Map<TrackId, number | null>();
  #isClosed = false;

  /** @param sender Closed by this publisher. */
  constructor(
    sender: Late<MediaSender>,
    request: SignalChannel['request'],
    videoCodecs: readonly VideoCodec[] = [],
  ) {
    this.#sender = sender;
    this.#request = request;
    this.videoCodecs = videoCodecs;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async publish(offer: Offer): Promise<Published> {
    const sender = this.#sender.current ?? (await this.#sender.get());
    const sending = await sender.send(offer.mediaStreamTrack, offer.plans);
    try {
      const { trackId } = await this.#request('track.publish', {
        clientTrackId: newId(),
        source: offer.source,
        name: offer.name,
        isMuted: offer.isMuted,
        width: offer.width,
        height: offer.height,
        rtpParameters: sending.rtpParameters,
        ...(offer.replaces !== undefined && { replaces: offer.replaces }),
      });
      return this.#published(trackId, sending);
    } catch (error) {
      sending.close();
      throw error;
    }
  }

  need(layers: readonly NeededLayer[]): void {
    for (const { trackId, spatialLayer } of layers) {
      this.#needed.set(trackId, spatialLayer);
      void this.#sendings.get(trackId)?.sendLayersUpTo(spatialLayer);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#sender.current?.close();
  }

  #published(trackId: TrackId, sending: Sending): Published {
    this.#sendings.set(trackId, sending);
    const needed = this.#needed.get(trackId);
    if (needed !== undefined) void sending.sendLayersUpTo(needed);
    return {
      trackId,
      mimeType: sending.mimeType,
      setMuted: async (isMuted) => {
        await this.#request('track.setMuted', { trackId, isMuted });
      },
      replaceTrack: (track) => sending.replaceTrack(track),
      getStats: () => sending.getStats(),
      unpublish: async () => {
        // Asked before the sender closes: its place in the session may be used again at once.
        const asked = this.#request('track.unpublish', { trackId });
        sending.close();
        this.#sendings.delete(trackId);
        this.#needed.delete(trackId);
        await asked.catch((error: unknown) => {
          // The server may have taken it off before.
          const isOff = error instanceof ServerError && error.code === 'track_not_found';
          if (!this.#isClosed && !isOff) throw error;
        });
      },
    };
  }
}
