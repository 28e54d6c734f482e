import type { Subscription, SubscriptionId, TrackId } from '@balai/protocol';
import { BalaiError } from '../errors.ts';
import type { SignalChannel } from '../signalling/signal-channel.ts';
import type { MediaReceiver, Receiving } from './media-engine.ts';

/** Who wants to know what arrives. */
export interface SubscriberHooks {
  /**
   * Tracks of one stream are played in step with one another (lip sync): a
   * participant's camera and microphone are one, the screen and its sound another.
   */
  readonly streamOf: (subscription: Subscription) => string;
  readonly onReceived: (trackId: TrackId, receiving: Receiving) => void;
  readonly onReceptionEnded: (trackId: TrackId) => void;
  readonly onReceptionFailed: (trackId: TrackId, error: Error) => void;
}

interface Entry {
  readonly subscription: Subscription;
  /** Undefined while it is being negotiated. */
  receiving: Receiving | undefined;
}

/** Receives during one stay. */
export class Subscriber {
  readonly #receiver: MediaReceiver | undefined;
  readonly #request: SignalChannel['request'];
  readonly #hooks: SubscriberHooks;
  readonly #entries = new Map<SubscriptionId, Entry>();

  /** @param receiver Undefined where the stay may receive nothing. Closed by this subscriber. */
  constructor(
    receiver: MediaReceiver | undefined,
    request: SignalChannel['request'],
    hooks: SubscriberHooks,
  ) {
    this.#receiver = receiver;
    this.#request = request;
    this.#hooks = hooks;
  }

  /** Receives what `joined` brought: it flows by itself (SPEC 3.2). Never rejects. */
  async begin(subscriptions: readonly Subscription[]): Promise<void> {
    await this.#receive(subscriptions);
  }

  /** Receives what came later, and lets it flow in one request (SPEC 3.2). Never rejects. */
  async add(subscriptions: readonly Subscription[]): Promise<void> {
    await this.#start(await this.#receive(subscriptions));
  }

  /** Ends one subscription; `onReceptionEnded` follows if it had media. */
  end(subscriptionId: SubscriptionId): void {
    const entry = this.#entries.get(subscriptionId);
    if (!entry) return;
    this.#entries.delete(subscriptionId);
    if (!entry.receiving) return;
    entry.receiving.close();
    this.#hooks.onReceptionEnded(entry.subscription.trackId);
  }

  /** Ends what there is of a track, which its publisher took back (SPEC 3.4). */
  endTrack(trackId: TrackId): void {
    for (const [id, { subscription }] of this.#entries) {
      if (subscription.trackId === trackId) this.end(id);
    }
  }

  /** Ends everything, quietly: the room is gone. */
  close(): void {
    this.#entries.clear();
    this.#receiver?.close();
  }

  /** @returns the ids of those that are still wanted and have media. */
  async #receive(subscriptions: readonly Subscription[]): Promise<SubscriptionId[]> {
    const received = await Promise.all(subscriptions.map((one) => this.#receiveOne(one)));
    return received.filter((id) => id !== undefined);
  }

  async #receiveOne(subscription: Subscription): Promise<SubscriptionId | undefined> {
    const { subscriptionId, trackId } = subscription;
    const receiver = this.#receiver;
    if (!receiver || this.#entries.has(subscriptionId)) return undefined;
    const entry: Entry = { subscription, receiving: undefined };
    this.#entries.set(subscriptionId, entry);
    try {
      const receiving = await receiver.receive(subscription, this.#hooks.streamOf(subscription));
      if (this.#entries.get(subscriptionId) !== entry) {
        receiving.close();
        return undefined;
      }
      entry.receiving = receiving;
      this.#hooks.onReceived(trackId, receiving);
      return subscriptionId;
    } catch (error) {
      this.#fail(subscriptionId, toError(error));
      return undefined;
    }
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

  #fail(subscriptionId: SubscriptionId, error: Error): void {
    const entry = this.#entries.get(subscriptionId);
    if (!entry) return;
    this.end(subscriptionId);
    this.#hooks.onReceptionFailed(entry.subscription.trackId, error);
  }
}

function isGone(error: Error): boolean {
  return error instanceof BalaiError && error.code === 'subscription_not_found';
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
