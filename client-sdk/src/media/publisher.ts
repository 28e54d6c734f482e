import type { TrackId, TrackSource } from '@balai/protocol';
import { BalaiError } from '../errors.ts';
import { newId } from '../new-id.ts';
import type { SignalChannel } from '../signalling/signal-channel.ts';
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
  readonly plan: SendPlan;
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
  /**
   * @throws ServerError as the server refuses, for example `forbidden` or `conflict`.
   * @throws BalaiError `track_ended`, `unsupported_browser`, or `cancelled` when the stay ends.
   */
  publish(offer: Offer): Promise<Published>;
}

/** Publishes through one peer connection and one signalling channel. */
export class TransportPublisher implements Publisher {
  readonly #sender: MediaSender | undefined;
  readonly #request: SignalChannel['request'];
  #isClosed = false;

  /** @param sender Undefined where the stay may publish nothing. Closed by this publisher. */
  constructor(sender: MediaSender | undefined, request: SignalChannel['request']) {
    this.#sender = sender;
    this.#request = request;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async publish(offer: Offer): Promise<Published> {
    if (!this.#sender) throw new BalaiError('forbidden');
    const sending = await this.#sender.send(offer.mediaStreamTrack, offer.plan);
    try {
      const { trackId } = await this.#request('track.publish', {
        clientTrackId: newId(),
        source: offer.source,
        name: offer.name,
        isMuted: offer.isMuted,
        width: offer.width,
        height: offer.height,
        rtpParameters: sending.rtpParameters,
      });
      return this.#published(trackId, sending);
    } catch (error) {
      sending.close();
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#sender?.close();
  }

  #published(trackId: TrackId, sending: Sending): Published {
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
        await asked.catch((error: unknown) => {
          if (!this.#isClosed) throw error;
        });
      },
    };
  }
}
