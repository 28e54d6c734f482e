import type { SubscriptionId, SubscriptionUpdate } from '@balai/protocol';
import { BalaiError } from '../errors.ts';
import { reportFault } from '../report-fault.ts';
import type { SignalChannel } from '../signalling/signal-channel.ts';
import type { Wish } from './wish.ts';

/** What changes with one drawing of the page is said in one request. */
const GATHER_MS = 20;
/** A window that is being resized, or a list that is scrolled, is told of no more often than this. */
const REST_MS = 250;
const RETRY_MS = 1_000;

/** How a subscription begins. */
const AT_FIRST: Wish = { isWanted: true, priority: 1 };

/** Tells the server what we want of our subscriptions: the latest of each, and only what is news. */
export class WishSender {
  readonly #request: SignalChannel['request'];
  readonly #wishes = new Map<SubscriptionId, Wish>();
  /** What the server knows; empty where that is not certain. */
  readonly #told = new Map<SubscriptionId, Wish>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #restsUntil = 0;

  constructor(request: SignalChannel['request']) {
    this.#request = request;
  }

  /** In a moment. A field that is left out stays as it was. */
  set(id: SubscriptionId, wish: Wish): void {
    this.#wishes.set(id, { ...this.#wishes.get(id), ...wish });
    this.#schedule(Math.max(GATHER_MS, this.#restsUntil - performance.now()));
  }

  /** The subscription is over. */
  forget(id: SubscriptionId): void {
    this.#wishes.delete(id);
    this.#told.delete(id);
  }

  close(): void {
    this.#wishes.clear();
    clearTimeout(this.#timer);
  }

  #schedule(delayMs: number): void {
    this.#timer ??= setTimeout(() => void this.#tell(), delayMs);
  }

  async #tell(): Promise<void> {
    this.#timer = undefined;
    const updates = [...this.#wishes]
      .map(([id, wish]) => newsOf(id, wish, this.#told.get(id) ?? AT_FIRST))
      .filter((update) => update !== undefined);
    if (updates.length === 0) return;
    this.#restsUntil = performance.now() + REST_MS;
    for (const [id, wish] of this.#wishes) this.#told.set(id, wish);
    try {
      await this.#request('subscriptions.update', { updates });
    } catch (error) {
      if (this.#wishes.size === 0) return;
      for (const { subscriptionId } of updates) this.#told.set(subscriptionId, {});
      // The server never took it, or we shall never know: it bears being said twice (SPEC 2.7).
      if (!(error instanceof BalaiError) || error.retryable) this.#schedule(RETRY_MS);
      else reportFault('wishes were refused', error);
    }
  }
}

function newsOf(
  subscriptionId: SubscriptionId,
  wish: Wish,
  told: Wish,
): SubscriptionUpdate | undefined {
  const isResized = wish.width !== told.width || wish.height !== told.height;
  const news = {
    ...(wish.isWanted !== told.isWanted && { isWanted: wish.isWanted }),
    ...(isResized && { width: wish.width, height: wish.height }),
    ...(wish.frameRate !== told.frameRate && { frameRate: wish.frameRate }),
    ...(wish.priority !== told.priority && { priority: wish.priority }),
  };
  return Object.values(news).some((value) => value !== undefined)
    ? { subscriptionId, ...news }
    : undefined;
}
