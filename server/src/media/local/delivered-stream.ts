import type {
  MediaKind,
  StreamState,
  Subscription,
  SubscriptionId,
  SubscriptionUpdate,
} from '@balai/protocol';
import { errors, type types } from 'mediasoup';
import type { LineSample } from '../media-plane.ts';
import type { TrackHold } from './incoming-tracks.ts';
import { chooseLayers, isLayered, type LayerChoice, topLayers } from './layers/choose-layers.ts';
import { type FlowConditions, isFlowing, streamStateOf, workerPriority } from './layers/flow.ts';
import type { Claim } from './layers/share-bandwidth.ts';
import { toAppError } from './media-errors.ts';
import type { PublishedTrack } from './published-track.ts';
import { parametersToWire } from './rtp.ts';
import { toSample } from './stream-sample.ts';

const DEFAULT_PRIORITY = 1;
/** Of a track that is just beginning: what browsers send of the smallest picture. */
const ASSUMED_BITRATE = 150_000;

export interface DeliveredStreamOptions {
  readonly track: PublishedTrack;
  /** Of the track, where it comes from another router. */
  readonly hold?: TrackHold | undefined;
  readonly consumer: types.Consumer;
  /** Whether the client can receive it yet. */
  readonly isStarted: boolean;
  /** Whether its transport carries anything yet. */
  readonly isConnected: boolean;
  /** Hears what the client is to believe, each time that it is something else. */
  readonly tellState: (id: SubscriptionId, state: StreamState) => void;
  /** Hears that it may get less, or more, of what it wants. */
  readonly tellLayers: (stream: DeliveredStream) => void;
  /** Hears that others come before it now, or no longer do. */
  readonly tellMoved: (stream: DeliveredStream) => void;
}

/**
 * One subscription: what its client wants, what the room and the line allow, and
 * what the worker was told of it. A change costs as many commands as it changes
 * things, and none where it changes nothing.
 */
export class DeliveredStream {
  readonly track: PublishedTrack;
  readonly #hold: TrackHold | undefined;
  readonly #consumer: types.Consumer;
  readonly #tellState: DeliveredStreamOptions['tellState'];
  readonly #tellLayers: DeliveredStreamOptions['tellLayers'];
  readonly #tellMoved: DeliveredStreamOptions['tellMoved'];
  #wish: Omit<SubscriptionUpdate, 'subscriptionId'> = {};
  #isStarted: boolean;
  #isConnected: boolean;
  #isWithheld = false;
  /** What the worker knows. */
  readonly #told: { isFlowing: boolean; layers: LayerChoice; priority: number };
  #toldState: StreamState = 'active';
  /** What the publisher is to send for it; null for nothing. */
  #need: LayerChoice | null = null;

  /** The consumer must be paused, or flow because nothing speaks against it. */
  constructor(options: DeliveredStreamOptions) {
    const { track, consumer } = options;
    this.track = track;
    this.#hold = options.hold;
    this.#consumer = consumer;
    this.#isStarted = options.isStarted;
    this.#isConnected = options.isConnected;
    this.#tellState = options.tellState;
    this.#tellLayers = options.tellLayers;
    this.#tellMoved = options.tellMoved;
    this.#told = {
      isFlowing: !consumer.paused,
      layers: topLayers(track.shape),
      priority: DEFAULT_PRIORITY,
    };
    this.#useHold();
    track.add(this);
    consumer.on('layerschange', () => this.#tellLayers(this));
    consumer.on('score', () => this.#tellLayers(this));
    consumer.on('producerpause', () => this.#tellLayers(this));
    consumer.on('producerresume', () => this.#tellLayers(this));
    consumer.observer.once('close', () => this.#end());
    this.#account();
  }

  get id(): SubscriptionId {
    return this.#consumer.id;
  }

  get kind(): MediaKind {
    return this.#consumer.kind;
  }

  /** As its client is told of it. */
  toSubscription(): Subscription {
    const { id, kind, rtpParameters } = this.#consumer;
    const { trackId, participantId } = this.track;
    return {
      subscriptionId: id,
      trackId,
      participantId,
      kind,
      rtpParameters: parametersToWire(rtpParameters),
    };
  }

  /** Whether media is on its way. */
  get isFlowing(): boolean {
    const { closed, paused, producerPaused } = this.#consumer;
    return !closed && !paused && !producerPaused;
  }

  /** How it arrives, from 0 to 10; 10 as long as its client reports nothing. */
  get score(): number {
    return this.#consumer.score.score;
  }

  get isWithheld(): boolean {
    return this.#isWithheld;
  }

  get priority(): number {
    return this.#wish.priority ?? DEFAULT_PRIORITY;
  }

  /** Whether it would flow if the line carried it, and there is something to send. */
  get isClaiming(): boolean {
    const { kind, closed, producerPaused } = this.#consumer;
    const wouldFlow = isFlowing({ ...this.#conditions, isWithheld: false });
    return kind === 'video' && !closed && !producerPaused && wouldFlow;
  }

  /** Whether the worker sends less of it than is wanted, though its publisher sends more. */
  get isShort(): boolean {
    const { producerScores } = this.#consumer.score;
    if (!this.isClaiming || this.#isWithheld || !isLayered(this.track.shape)) return false;
    const current = this.#consumer.currentLayers?.spatialLayer ?? -1;
    // Simulcast has a score for each size, of which 0 says that it is not sent; SVC has one.
    const isOneStream = producerScores.length <= 1;
    if (isOneStream && (producerScores[0] ?? 0) === 0) return false;
    const { spatialLayer } = this.#layers;
    const best = isOneStream
      ? spatialLayer
      : producerScores.findLastIndex((score, index) => score > 0 && index <= spatialLayer);
    return current < best;
  }

  /** Nothing of it is delivered any more. Idempotent. */
  close(): void {
    this.#consumer.close();
  }

  /** Its transport carries media from now on. */
  connect(): void {
    this.#isConnected = true;
    this.#useHold();
  }

  /** The client can receive it from now on. */
  start(): Promise<void> {
    this.#isStarted = true;
    return this.refresh();
  }

  /** The client wants something else. What the update leaves out stays. */
  update({ subscriptionId: _, ...wish }: SubscriptionUpdate): Promise<void> {
    const news = Object.entries(wish).filter(([, value]) => value !== undefined);
    this.#wish = { ...this.#wish, ...Object.fromEntries(news) };
    return this.refresh();
  }

  /** Others come first on the line, or no longer. */
  setWithheld(isWithheld: boolean): Promise<void> {
    if (isWithheld === this.#isWithheld) return Promise.resolve();
    this.#isWithheld = isWithheld;
    return this.refresh();
  }

  moved(): void {
    this.#tellMoved(this);
  }

  /**
   * Lets the worker choose layers as if for the first time. It does not raise
   * what it once had to lower for ten seconds, although there is room now.
   */
  async renew(): Promise<void> {
    if (!this.#told.isFlowing) return;
    await this.#command([this.#consumer.pause(), this.#consumer.resume()]);
  }

  /** How it arrives, as its client reports. Costs one command. */
  async measure(): Promise<LineSample> {
    const stats = await this.#consumer.getStats();
    const own = stats.filter(({ type }) => type === 'outbound-rtp');
    return toSample(this.score, own, this.#consumer.rtpParameters.codecs[0]?.clockRate ?? 1);
  }

  /** What it needs of the line. */
  async claim(): Promise<Claim<DeliveredStream>> {
    const bitrates = await this.track.measure();
    const { spatialLayer, temporalLayer } = this.#layers;
    const inUse = [...bitrates].flatMap(([layer, bitrate]) => {
      const [spatial = 0, temporal = 0] = layer.split('.').map(Number);
      return spatial <= spatialLayer && temporal <= temporalLayer ? [bitrate] : [];
    });
    const least = Math.min(...(inUse.length > 0 ? inUse : bitrates.values()));
    const isKnown = Number.isFinite(least);
    const all = isLayered(this.track.shape) ? Math.max(least, ...inUse) : least;
    return {
      id: this,
      priority: this.priority,
      place: this.track.place,
      least: isKnown ? least : ASSUMED_BITRATE,
      all: isKnown ? all : ASSUMED_BITRATE,
      isWithheld: this.#isWithheld,
    };
  }

  /** Brings worker, publisher and client in line with what holds now. @throws AppError `media_unavailable`. */
  async refresh(): Promise<void> {
    const consumer = this.#consumer;
    if (consumer.closed) return;
    this.#account();
    const state = streamStateOf(this.#conditions);
    if (state !== undefined && state !== this.#toldState) {
      this.#toldState = state;
      this.#tellState(this.id, state);
    }
    // The worker does one after the other, so that nothing flows that is not to.
    const commands: Promise<void>[] = [];
    const layers = this.#layers;
    if (!isSame(layers, this.#told.layers)) {
      this.#told.layers = layers;
      commands.push(consumer.setPreferredLayers(layers));
    }
    const priority = workerPriority(this.priority);
    if (priority !== this.#told.priority) {
      this.#told.priority = priority;
      commands.push(consumer.setPriority(priority));
    }
    const flows = isFlowing(this.#conditions);
    if (flows !== this.#told.isFlowing) {
      this.#told.isFlowing = flows;
      this.#useHold();
      // Resumed video begins with a key frame, for which the worker asks.
      commands.push(flows ? consumer.resume() : consumer.pause());
    }
    this.#tellLayers(this);
    await this.#command(commands);
  }

  get #conditions(): FlowConditions {
    return {
      isStarted: this.#isStarted,
      isWanted: this.#wish.isWanted ?? true,
      isAllowed: this.track.isAllowed || this.#isPinned,
      isWithheld: this.#isWithheld,
    };
  }

  /** A video that comes before others for its subscriber is never one of those too many. */
  get #isPinned(): boolean {
    return this.#consumer.kind === 'video' && this.priority > DEFAULT_PRIORITY;
  }

  get #layers(): LayerChoice {
    return chooseLayers(this.track.shape, this.#wish);
  }

  /** Counts it among those for whom the publisher sends. */
  #account(): void {
    const wouldFlow = isFlowing({ ...this.#conditions, isWithheld: false });
    // Of what waits for the line the least is sent on, so that it is known what it takes.
    const layers = this.#isWithheld ? { spatialLayer: 0, temporalLayer: 0 } : this.#layers;
    this.#moveNeed(wouldFlow && !this.#consumer.closed ? layers : null);
  }

  #moveNeed(need: LayerChoice | null): void {
    const before = this.#need;
    this.#need = need;
    if (before !== need && !(before && need && isSame(before, need))) {
      this.track.moveNeed(before, need);
    }
  }

  /** What begins to come before it can be sent on has the publisher make a key frame for nothing. */
  #useHold(): void {
    this.#hold?.setFlowing(this.#told.isFlowing && this.#isConnected);
  }

  #end(): void {
    this.#hold?.release();
    this.track.remove(this);
    this.#moveNeed(null);
    this.#tellLayers(this);
  }

  async #command(commands: readonly Promise<void>[]): Promise<void> {
    try {
      await Promise.all(commands);
    } catch (error) {
      // The worker knows sooner than we that the track ended.
      if (this.#consumer.closed || error instanceof errors.NotFoundError) return;
      throw toAppError(error, 'media_unavailable');
    }
  }
}

function isSame(one: LayerChoice, other: LayerChoice): boolean {
  return one.spatialLayer === other.spatialLayer && one.temporalLayer === other.temporalLayer;
}
