import type { TrackId } from '@balai/protocol';
import type { Subscriber } from '../media/subscriber.ts';
import type { RoomOptions } from '../options.ts';
import type { AdaptiveStreamSettings } from './watch-elements.ts';
import type { Wish } from './wish.ts';

/** The way on which publications say what they want to receive. */
export class Reception {
  /** Undefined where elements are not watched: the room does not want it, or there is no browser. */
  readonly adaptiveStream: AdaptiveStreamSettings | undefined;
  /** Whether tracks are received without being asked for. */
  isAutomatic = true;
  readonly #findSubscriber: () => Subscriber | undefined;

  /** @param findSubscriber Undefined between stays. */
  constructor(
    { adaptiveStream = true }: Pick<RoomOptions, 'adaptiveStream'>,
    findSubscriber: () => Subscriber | undefined,
  ) {
    const canWatch = 'ResizeObserver' in globalThis && 'IntersectionObserver' in globalThis;
    const settings = adaptiveStream === true ? {} : adaptiveStream;
    this.adaptiveStream = canWatch && settings ? settings : undefined;
    this.#findSubscriber = findSubscriber;
  }

  /** A publication's `isDesired` is another one. */
  reconsider(trackId: TrackId): void {
    void this.#findSubscriber()?.reconsider(trackId);
  }

  wish(trackId: TrackId, wish: Wish): void {
    this.#findSubscriber()?.wish(trackId, wish);
  }
}
