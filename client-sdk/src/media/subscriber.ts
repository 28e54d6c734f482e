import type {
  ServerMessage,
  StreamState,
  Subscription,
  SubscriptionId,
  TrackId,
} from '@balai/protocol';
import { BalaiError } from '../errors.ts';
import type { Wish } from '../layers/wish.ts';
import { WishSender } from '../layers/wish-sender.ts';
import type { SignalChannel } from '../signalling/signal-channel.ts';
import { firstMedia } from './first-media.ts';
import type { Late } from './late.ts';
import type { MediaReceiver, Receiving } from './media-engine.ts';

/** Who wants to know what arrives. */
export interface SubscriberHooks {
  /**
   * Tracks of one stream are played in step with one another (lip sync): a
   * participant's camera and microphone are one, the screen and its sound another.
   */
  readonly streamOf: (subscription: Subscription) => string;
  /** Whether a track is to be received at all. */
  readonly isDesired: (trackId: TrackId) => boolean;
  /** The track whose place this one takes, where that is shown still. */
  readonly formerOf: (trackId: TrackId) => TrackId | undefined;
  readonly onReceived: (trackId: TrackId, receiving: Receiving) => void;
  readonly onReceptionEnded: (trackId: TrackId) => void;
  readonly onReceptionFailed: (trackId: TrackId, error: BalaiError) => void;
  readonly onStreamState: (trackId: TrackId, state: StreamState) => void;
}

interface Entry {
  readonly subscription: Subscription;
  /** Whether it is negotiated, or about to be. */
  isAsked: boolean;
  /** Undefined until it is negotiated. */
  receiving: Receiving | undefined;
  /** Whether `onReceived` told of it. */
  isTold: boolean;
  /** Settles when it has taken the place of another one; undefined where there is none. */
  isShown: Promise<void> | undefined;
  state: StreamState;
}

/** Receives during one stay. */
export class Subscriber {
  #receiver: Late<MediaReceiver>;
  readonly #request: SignalChannel['request'];
  readonly #hooks: SubscriberHooks;
  readonly #entries = new Map<SubscriptionId, Entry>();
  readonly #wishes = new Map<TrackId, Wish>();
  readonly #wishSender: WishSender;

  /** @param receiver Not there while the stay may receive nothing. Closed by this subscriber. */
  constructor(
    receiver: Late<MediaReceiver>,
    request: SignalChannel['request'],
    hooks: SubscriberHooks,
  ) {
    this.#receiver = receiver;
    this.#request = request;
    this.#hooks = hooks;
    this.#wishSender = new WishSender(request);
  }

  /** Receives what `joined` brought: it flows by itself (SPEC 3.2). Never rejects. */
  async begin(subscriptions: readonly Subscription[]): Promise<void> {
    await this.#receive(this.#admit(subscriptions));
  }

  /** Receives what came later, and lets it flow in one request (SPEC 3.2). Never rejects. */
  async add(subscriptions: readonly Subscription[]): Promise<void> {
    await this.#start(await this.#receive(this.#admit(subscriptions)));
  }

  /**
   * Receives the same in another place. Each track is shown as it comes from there as soon as
   * something of it has come. Settles when all are, or are not to be waited for.
   *
   * @param receiver Closed by this subscriber; the former one by the caller.
   */
  async move(receiver: Late<MediaReceiver>, subscriptions: readonly Subscription[]): Promise<void> {
    const former = [...this.#entries.values()];
    this.#receiver = receiver;
    const entries = this.#admit(subscriptions);
    await this.#receive(entries);
    await Promise.all(entries.map(({ isShown }) => isShown));
    // What is left ended meanwhile, or is not delivered any more.
    for (const { subscription } of former) this.end(subscription.subscriptionId);
  }

  /** These are all that there are now: receives what is new, and ends what is gone. */
  restore(subscriptions: readonly Subscription[]): void {
    const present = new Set(subscriptions.map(({ subscriptionId }) => subscriptionId));
    for (const subscriptionId of [...this.#entries.keys()]) {
      if (!present.has(subscriptionId)) this.end(subscriptionId);
    }
    void this.add(subscriptions);
  }

  /** What is asked of a track from now on, whether it has come already or not. */
  wish(trackId: TrackId, wish: Wish): void {
    this.#wishes.set(trackId, wish);
    for (const entry of this.#of(trackId)) this.#sendWish(entry);
  }

  /** Looks anew whether a track is desired. Its way through the network stays open. Never rejects. */
  async reconsider(trackId: TrackId): Promise<void> {
    const entries = this.#of(trackId);
    for (const entry of entries) {
      this.#sendWish(entry);
      this.#tell(entry);
    }
    await this.#start(await this.#receive(entries));
  }

  /** What the server withholds, and what flows again. */
  setStates({ states }: ServerMessage<'streamStates'>): void {
    for (const { subscriptionId, state } of states) {
      const entry = this.#entries.get(subscriptionId);
      if (!entry) continue;
      entry.state = state;
      if (entry.isTold) this.#hooks.onStreamState(entry.subscription.trackId, state);
    }
  }

  /** Ends one subscription; `onReceptionEnded` follows if it had media. */
  end(subscriptionId: SubscriptionId): void {
    const entry = this.#entries.get(subscriptionId);
    if (!entry) return;
    this.#entries.delete(subscriptionId);
    this.#wishSender.forget(subscriptionId);
    entry.receiving?.close();
    if (entry.isTold) this.#hooks.onReceptionEnded(entry.subscription.trackId);
  }

  /** Ends what there is of a track, which its publisher took back (SPEC 3.4). */
  endTrack(trackId: TrackId): void {
    for (const { subscription } of this.#of(trackId)) this.end(subscription.subscriptionId);
    this.#wishes.delete(trackId);
  }

  /** Ends everything, quietly: the room is gone. */
  close(): void {
    this.#entries.clear();
    this.#wishSender.close();
    this.#receiver.current?.close();
  }

  #of(trackId: TrackId): Entry[] {
    return [...this.#entries.values()].filter((one) => one.subscription.trackId === trackId);
  }

  #sendWish({ subscription: { subscriptionId, trackId } }: Entry): void {
    const wish = this.#wishes.get(trackId);
    const isWanted = this.#hooks.isDesired(trackId) && wish?.isWanted !== false;
    this.#wishSender.set(subscriptionId, { ...wish, isWanted });
  }

  /** Tells of media that is here, if it is desired, and that it is gone, if it is not. */
  #tell(entry: Entry): void {
    const { receiving, state, subscription } = entry;
    const { trackId } = subscription;
    const isDesired = this.#hooks.isDesired(trackId);
    if (!receiving || entry.isTold === isDesired) return;
    entry.isTold = isDesired;
    if (isDesired) this.#hooks.onReceived(trackId, receiving);
    else this.#hooks.onReceptionEnded(trackId);
    if (isDesired && state === 'paused') this.#hooks.onStreamState(trackId, state);
  }

  #admit(subscriptions: readonly Subscription[]): Entry[] {
    const entries = subscriptions
      .filter(({ subscriptionId }) => !this.#entries.has(subscriptionId))
      .map(
        (subscription): Entry => ({
          subscription,
          isAsked: false,
          receiving: undefined,
          isTold: false,
          isShown: undefined,
          state: 'active',
        }),
      );
    for (const entry of entries) {
      this.#entries.set(entry.subscription.subscriptionId, entry);
      this.#sendWish(entry);
    }
    return entries;
  }

  /** @returns the ids of those that are still wanted and have media. */
  async #receive(entries: readonly Entry[]): Promise<SubscriptionId[]> {
    const received = await Promise.all(entries.map((one) => this.#receiveOne(one)));
    return received.filter((id) => id !== undefined);
  }

  async #receiveOne(entry: Entry): Promise<SubscriptionId | undefined> {
    const { subscription, isAsked } = entry;
    const { subscriptionId, trackId } = subscription;
    if (isAsked || !this.#hooks.isDesired(trackId)) return undefined;
    entry.isAsked = true;
    try {
      // What comes right after the answer about the transport may be here before it.
      const receiver = this.#receiver.current ?? (await this.#receiver.get());
      const receiving = await receiver.receive(subscription, this.#hooks.streamOf(subscription));
      if (this.#entries.get(subscriptionId) !== entry) {
        receiving.close();
        return undefined;
      }
      entry.receiving = receiving;
      if (this.#formerOf(entry).length === 0) this.#tell(entry);
      else entry.isShown = this.#takeOver(entry, receiving);
      return subscriptionId;
    } catch (error) {
      this.#fail(subscriptionId, toError(error));
      return undefined;
    }
  }

  /** Those that are shown now and that this one takes the place of. */
  #formerOf(entry: Entry): Entry[] {
    const { trackId } = entry.subscription;
    const former = this.#hooks.formerOf(trackId);
    return [...this.#entries.values()].filter(
      (one) =>
        one !== entry &&
        one.isTold &&
        (one.subscription.trackId === trackId || one.subscription.trackId === former),
    );
  }

  /** Never rejects. */
  async #takeOver(entry: Entry, receiving: Receiving): Promise<void> {
    await firstMedia(receiving, this.#formerOf(entry)[0]?.receiving);
    const { subscriptionId } = entry.subscription;
    if (this.#entries.get(subscriptionId) !== entry) return;
    const former = this.#formerOf(entry);
    for (const { subscription } of former) {
      this.#entries.delete(subscription.subscriptionId);
      this.#wishSender.forget(subscription.subscriptionId);
    }
    this.#tell(entry);
    for (const one of former) one.receiving?.close();
  }

  async #start(subscriptionIds: readonly SubscriptionId[]): Promise<void> {
    if (subscriptionIds.length === 0) return;
    try {
      await this.#request('subscriptions.start', { subscriptionIds });
    } catch (cause) {
      const error = toError(cause);
      if (!isGone(error)) for (const id of subscriptionIds) this.#fail(id, error);
      // One of them ended on its way; the others still have to start. The one
      // itself ends here when the server's word of it arrives.
      else if (subscriptionIds.length > 1) {
        const wanted = subscriptionIds.filter((id) => this.#entries.has(id));
        await Promise.all(wanted.map((id) => this.#start([id])));
      }
    }
  }

  #fail(subscriptionId: SubscriptionId, error: BalaiError): void {
    const entry = this.#entries.get(subscriptionId);
    if (!entry) return;
    this.end(subscriptionId);
    this.#hooks.onReceptionFailed(entry.subscription.trackId, error);
  }
}

function isGone({ code }: BalaiError): boolean {
  return code === 'subscription_not_found';
}

/** What is no word of the server's comes from the browser, which cannot take the media. */
function toError(cause: unknown): BalaiError {
  return cause instanceof BalaiError
    ? cause
    : new BalaiError('unsupported_browser', undefined, { cause });
}
