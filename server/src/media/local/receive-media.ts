import type {
  RtpCapabilities,
  StreamState,
  Subscription,
  SubscriptionId,
  SubscriptionUpdate,
  TrackId,
} from '@balai/protocol';
import { errors, type types } from 'mediasoup';
import { AppError } from '../../kernel/app-error.ts';
import type { LineSample } from '../media-plane.ts';
import { BandwidthWatch } from './bandwidth-watch.ts';
import type { ClientTransport } from './client-transport.ts';
import { DeliveredStream } from './delivered-stream.ts';
import type { IncomingTracks, TrackHold } from './incoming-tracks.ts';
import { isLayered } from './layers/choose-layers.ts';
import { type Estimator, withEstimator } from './layers/estimators.ts';
import { mediaUnavailable, toAppError } from './media-errors.ts';
import type { PublishedTrack } from './published-track.ts';
import { RecentIds } from './recent-ids.ts';
import { capabilitiesFromWire } from './rtp.ts';

/** How many ended subscriptions of a participant are remembered. */
const REMEMBERED_SUBSCRIPTIONS = 256;
/** mediasoup's best. */
const PERFECT_SCORE = 10;

/** What a subscription's client is to believe of it. */
export interface SubscriptionState {
  readonly subscriptionId: SubscriptionId;
  readonly state: StreamState;
}

export interface ReceiveMediaOptions {
  readonly transport: ClientTransport;
  readonly rtpCapabilities: RtpCapabilities;
  /** What finds the bandwidth where there are layers to choose from. */
  readonly estimator: Estimator;
  /** Finds what is published in the room. */
  readonly findTrack: (trackId: TrackId) => PublishedTrack | undefined;
  /** What comes to the router of the transport from others. */
  readonly incoming: Pick<IncomingTracks, 'isHome' | 'hold'>;
  /** Hears of subscriptions that the server begins or ceases to withhold. */
  readonly tellStates: (states: readonly SubscriptionState[]) => void;
  /** Hears of a track in a codec that the participant does not know. */
  readonly tellUnreceivable: (track: PublishedTrack) => void;
  /** Hears that something arrives better or worse than before. */
  readonly tellScored: () => void;
  /** Hears what went wrong in the background. */
  readonly tellFault: (error: unknown) => void;
}

/** What a participant receives: a transport and the subscriptions on it. */
export class ReceiveMedia {
  readonly transport: ClientTransport;
  readonly #options: ReceiveMediaOptions;
  readonly #rtpCapabilities: types.RtpCapabilities;
  readonly #plain: types.RtpCapabilities;
  readonly #layered: types.RtpCapabilities;
  readonly #subscriptions = new Map<SubscriptionId, DeliveredStream>();
  readonly #ended = new RecentIds(REMEMBERED_SUBSCRIPTIONS);
  /** Tracks that are delivered, or, without a stream, are about to be: in the order of asking. */
  readonly #delivered = new Map<TrackId, DeliveredStream | undefined>();
  readonly #bandwidth: BandwidthWatch;
  /** Those that do not arrive as they should, with their scores. */
  readonly #troubled = new Map<DeliveredStream, number>();
  /** The one that was measured last. */
  #measured: DeliveredStream | undefined;
  #news = new Map<SubscriptionId, StreamState>();

  constructor(options: ReceiveMediaOptions) {
    this.transport = options.transport;
    this.#options = options;
    this.#rtpCapabilities = capabilitiesFromWire(options.rtpCapabilities);
    const silent = withEstimator(this.#rtpCapabilities, 'audio', 'none');
    this.#plain = withEstimator(silent, 'video', 'none');
    this.#layered = withEstimator(silent, 'video', options.estimator);
    this.#bandwidth = new BandwidthWatch({
      transport: options.transport.transport,
      streams: () => [...this.#delivered.values()].filter((stream) => stream !== undefined),
      tellFault: options.tellFault,
    });
    this.transport.transport.on('dtlsstatechange', () => {
      if (!this.#isConnected) return;
      for (const stream of this.#subscriptions.values()) stream.connect();
      this.#tellNews();
    });
  }

  /** What is delivered. */
  get subscriptions(): readonly Subscription[] {
    return [...this.#subscriptions.values()].map((stream) => stream.toSubscription());
  }

  /** Whether it can receive video in this codec, given as `video/VP8`. */
  canReceive(mimeType: string): boolean {
    const wanted = mimeType.toLowerCase();
    return (
      this.#rtpCapabilities.codecs?.some((one) => one.mimeType.toLowerCase() === wanted) ?? false
    );
  }

  /**
   * Whether others change what they send so that it can receive it. Every browser knows VP8
   * (RFC 7742), so that there is a codec in which all of these see everything: nobody can have
   * a room publish anew again and again, or in something that few can encode.
   */
  get isOrdinary(): boolean {
    return this.canReceive('video/VP8');
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
    const streams = living.map((id) => this.#getSubscription(id));
    await Promise.all(streams.map((stream) => stream.start()));
  }

  /** Ends the subscriptions to these tracks. Passes over what is not delivered. */
  unsubscribe(trackIds: readonly TrackId[] | 'all'): readonly SubscriptionId[] {
    const unwanted = trackIds === 'all' ? undefined : new Set(trackIds);
    const streams = [...this.#subscriptions.values()].filter(
      ({ track }) => unwanted?.has(track.trackId) ?? true,
    );
    for (const stream of streams) {
      this.#forget(stream);
      stream.close();
    }
    return streams.map(({ id }) => id);
  }

  /**
   * Takes what the client wants of its subscriptions. Passes over those that
   * ended, and does nothing if one of them never was. Costs what it changes.
   *
   * @throws AppError `subscription_not_found`, `media_unavailable`.
   */
  async update(updates: readonly SubscriptionUpdate[]): Promise<void> {
    const living = updates.filter(({ subscriptionId }) => !this.#ended.has(subscriptionId));
    const streams = living.map(({ subscriptionId }) => this.#getSubscription(subscriptionId));
    await Promise.all(living.map((update, index) => streams[index]?.update(update)));
  }

  /** How what is sent to it arrives; null while nothing is. Costs one command. */
  async measure(): Promise<LineSample | null> {
    const troubled = [...this.#troubled.keys()].filter(({ isFlowing }) => isFlowing);
    const [worst] = troubled.sort((one, other) => one.score - other.score);
    const stream = worst ?? (this.#measured?.isFlowing ? this.#measured : this.#findFlowing());
    this.#measured = stream;
    return stream ? await stream.measure() : null;
  }

  /** Ends every subscription. Idempotent. */
  close(): void {
    this.#bandwidth.close();
    this.#subscriptions.clear();
    this.#delivered.clear();
    this.transport.close();
  }

  async #subscribe(trackId: TrackId, isHeld: boolean): Promise<Subscription | undefined> {
    const { findTrack, incoming, tellUnreceivable } = this.#options;
    const track = findTrack(trackId);
    if (track === undefined || this.#delivered.has(trackId)) return undefined;
    const rtpCapabilities = isLayered(track.shape) ? this.#layered : this.#plain;
    this.#delivered.set(trackId, undefined);
    let hold: TrackHold | undefined;
    try {
      if (!incoming.isHome(track)) {
        hold = await incoming.hold(track);
        if (hold === undefined) {
          this.#delivered.delete(trackId);
          return undefined;
        }
      }
      // The highest layers are what mediasoup prefers when it is told nothing.
      const consumer = await this.transport.transport.consume({
        producerId: trackId,
        rtpCapabilities,
        paused: isHeld || !track.isAllowed,
        // Repairs audio too, where the client can ask for it.
        enableRtx: true,
      });
      const stream = await this.#keep(consumer, { track, hold }, !isHeld);
      return stream.toSubscription();
    } catch (error) {
      hold?.release();
      this.#delivered.delete(trackId);
      if (this.transport.isClosed || error instanceof errors.WorkerClosedError) {
        throw toAppError(error, 'media_unavailable');
      }
      // To ask the router first costs as much as this, for every track of every newcomer.
      if (error instanceof errors.UnsupportedError && this.isOrdinary) tellUnreceivable(track);
      // Otherwise unpublished while it was being made, or refused by the worker, which logs
      // why: one publisher must not be able to keep people from all other tracks.
      return undefined;
    }
  }

  async #keep(
    consumer: types.Consumer,
    source: { readonly track: PublishedTrack; readonly hold: TrackHold | undefined },
    isStarted: boolean,
  ): Promise<DeliveredStream> {
    if (this.transport.isClosed) {
      consumer.close();
      throw mediaUnavailable();
    }
    const stream = new DeliveredStream({
      ...source,
      consumer,
      isStarted,
      isConnected: this.#isConnected,
      tellState: (id, state) => this.#tellState(id, state),
      tellLayers: (one) => {
        this.#bandwidth.note(one);
        this.#noteScore(one);
      },
      tellMoved: (one) => this.#bandwidth.reconsider(one),
    });
    this.#subscriptions.set(consumer.id, stream);
    this.#delivered.set(source.track.trackId, stream);
    consumer.on('producerclose', () => this.#forget(stream));
    // The room may have decided about the track while the worker made this.
    await stream.refresh();
    return stream;
  }

  get #isConnected(): boolean {
    return this.transport.transport.dtlsState === 'connected';
  }

  #forget(stream: DeliveredStream): void {
    this.#subscriptions.delete(stream.id);
    this.#delivered.delete(stream.track.trackId);
    this.#troubled.delete(stream);
    this.#ended.add(stream.id);
  }

  #noteScore(stream: DeliveredStream): void {
    const { score } = stream;
    if (score === (this.#troubled.get(stream) ?? PERFECT_SCORE)) return;
    if (score < PERFECT_SCORE) this.#troubled.set(stream, score);
    else this.#troubled.delete(stream);
    this.#options.tellScored();
  }

  /** Sound tells more than pictures. */
  #findFlowing(): DeliveredStream | undefined {
    const flowing = [...this.#subscriptions.values()].filter(({ isFlowing }) => isFlowing);
    return flowing.find(({ kind }) => kind === 'audio') ?? flowing[0];
  }

  #getSubscription(subscriptionId: SubscriptionId): DeliveredStream {
    const stream = this.#subscriptions.get(subscriptionId);
    if (stream === undefined) throw new AppError('subscription_not_found');
    return stream;
  }

  /** What comes at one time is told in one go. */
  #tellState(subscriptionId: SubscriptionId, state: StreamState): void {
    if (this.#news.size === 0) setImmediate(() => this.#tellNews());
    this.#news.set(subscriptionId, state);
  }

  /** Who has not connected may not know of its subscriptions yet. */
  #tellNews(): void {
    if (!this.#isConnected) return;
    const states = [...this.#news].flatMap(([subscriptionId, state]) =>
      this.#subscriptions.has(subscriptionId) ? [{ subscriptionId, state }] : [],
    );
    this.#news = new Map();
    if (states.length > 0) this.#options.tellStates(states);
  }
}
