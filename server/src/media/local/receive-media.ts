import type { RtpCapabilities, Subscription, SubscriptionId, TrackId } from '@balai/protocol';
import { errors, type types } from 'mediasoup';
import { AppError } from '../../kernel/app-error.ts';
import type { ClientTransport } from './client-transport.ts';
import { mediaUnavailable, toAppError } from './media-errors.ts';
import { RecentIds } from './recent-ids.ts';
import type { PublishedTrack } from './room-router.ts';
import { capabilitiesFromWire, parametersToWire } from './rtp.ts';

/** How many ended subscriptions of a participant are remembered. */
const REMEMBERED_SUBSCRIPTIONS = 256;

export interface ReceiveMediaOptions {
  readonly transport: ClientTransport;
  readonly router: types.Router;
  readonly rtpCapabilities: RtpCapabilities;
  /** Finds what is published in the room. */
  readonly findTrack: (trackId: TrackId) => PublishedTrack | undefined;
}

/** What a participant receives: a transport and the subscriptions on it. */
export class ReceiveMedia {
  readonly transport: ClientTransport;
  readonly #router: types.Router;
  readonly #rtpCapabilities: types.RtpCapabilities;
  readonly #findTrack: (trackId: TrackId) => PublishedTrack | undefined;
  readonly #subscriptions = new Map<SubscriptionId, types.Consumer>();
  readonly #ended = new RecentIds(REMEMBERED_SUBSCRIPTIONS);
  /** Tracks that are delivered, or are about to be. */
  readonly #delivered = new Set<TrackId>();

  constructor(options: ReceiveMediaOptions) {
    this.transport = options.transport;
    this.#router = options.router;
    this.#rtpCapabilities = capabilitiesFromWire(options.rtpCapabilities);
    this.#findTrack = options.findTrack;
  }

  /**
   * Makes subscriptions, in the order of the tracks. Left out are tracks that are
   * gone, delivered already, refused by the worker, or in a codec that the
   * participant does not know.
   *
   * @param isHeld Held back until `start`. Else they flow once the transport is
   * connected, each beginning with a key frame.
   * @throws AppError `media_unavailable`.
   */
  async subscribe(trackIds: readonly TrackId[], isHeld: boolean): Promise<readonly Subscription[]> {
    const subscriptions = await Promise.all(trackIds.map((id) => this.#subscribe(id, isHeld)));
    return subscriptions.filter((subscription) => subscription !== undefined);
  }

  /**
   * Lets held subscriptions flow. Passes over those that ended, and starts none
   * if one of them never was.
   *
   * @throws AppError `subscription_not_found`, `media_unavailable`.
   */
  async start(subscriptionIds: readonly SubscriptionId[]): Promise<void> {
    const living = subscriptionIds.filter((id) => !this.#ended.has(id));
    const consumers = living.map((id) => this.#getSubscription(id));
    await Promise.all(consumers.map((consumer) => this.#resume(consumer)));
  }

  /** Ends every subscription. Idempotent. */
  close(): void {
    this.#subscriptions.clear();
    this.#delivered.clear();
    this.transport.close();
  }

  async #subscribe(trackId: TrackId, isHeld: boolean): Promise<Subscription | undefined> {
    const track = this.#findTrack(trackId);
    if (track === undefined || this.#delivered.has(trackId)) return undefined;
    const rtpCapabilities = this.#rtpCapabilities;
    if (!this.#router.canConsume({ producerId: trackId, rtpCapabilities })) return undefined;
    this.#delivered.add(trackId);
    try {
      // The highest layers are what mediasoup prefers when it is told nothing.
      const consumer = await this.transport.transport.consume({
        producerId: trackId,
        rtpCapabilities,
        paused: isHeld,
        // Repairs audio too, where the client can ask for it.
        enableRtx: true,
      });
      this.#keep(consumer);
      return {
        subscriptionId: consumer.id,
        trackId,
        participantId: track.participantId,
        kind: consumer.kind,
        rtpParameters: parametersToWire(consumer.rtpParameters),
      };
    } catch (error) {
      this.#delivered.delete(trackId);
      if (this.transport.isClosed || error instanceof errors.WorkerClosedError) {
        throw toAppError(error, 'media_unavailable');
      }
      // Unpublished while it was being made, or refused by the worker, which logs
      // why: one publisher must not be able to keep people from all other tracks.
      return undefined;
    }
  }

  #keep(consumer: types.Consumer): void {
    if (this.transport.isClosed) {
      consumer.close();
      throw mediaUnavailable();
    }
    this.#subscriptions.set(consumer.id, consumer);
    consumer.on('producerclose', () => {
      this.#subscriptions.delete(consumer.id);
      this.#delivered.delete(consumer.producerId);
      this.#ended.add(consumer.id);
    });
  }

  #getSubscription(subscriptionId: SubscriptionId): types.Consumer {
    const consumer = this.#subscriptions.get(subscriptionId);
    if (consumer === undefined) throw new AppError('subscription_not_found');
    return consumer;
  }

  async #resume(consumer: types.Consumer): Promise<void> {
    try {
      await consumer.resume();
    } catch (error) {
      // The worker knows sooner than we that the track ended.
      if (error instanceof errors.NotFoundError) return;
      throw toAppError(error, 'media_unavailable');
    }
  }
}
