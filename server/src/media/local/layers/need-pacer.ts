import type { LayerChoice } from './choose-layers.ts';

/**
 * How long less is needed before the publisher sends less. Somebody who scrolls, or
 * a picture that moves on the page, does not make encoders start and stop.
 */
export const LESS_AFTER_MS = 3_000;

/** Tells a publisher what its track is to be sent in: more at once, less after a while. */
export class NeedPacer {
  readonly #tell: (needed: LayerChoice | null) => void;
  readonly #lessAfterMs: number;
  #told: LayerChoice | null;
  #needed: LayerChoice | null;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * @param sent What the publisher sends as long as it is told nothing.
   * @param lessAfterMs Default {@link LESS_AFTER_MS}. 0 tells at once, for who has a pacer of its own.
   */
  constructor(
    sent: LayerChoice,
    tell: (needed: LayerChoice | null) => void,
    lessAfterMs = LESS_AFTER_MS,
  ) {
    this.#told = sent;
    this.#needed = sent;
    this.#tell = tell;
    this.#lessAfterMs = lessAfterMs;
  }

  /** @param needed Null: nothing. */
  set(needed: LayerChoice | null): void {
    if (this.#isClosed) return;
    this.#needed = needed;
    if (isMore(needed, this.#told)) {
      this.#settle();
    } else if (isMore(this.#told, needed)) {
      if (this.#lessAfterMs === 0) this.#settle();
      else this.#timer ??= setTimeout(() => this.#settle(), this.#lessAfterMs);
    } else {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  /** Tells nothing any more. Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told = this.#needed;
    this.#tell(this.#needed);
  }
}

/** Whether one has anything that the other has not. */
function isMore(one: LayerChoice | null, other: LayerChoice | null): boolean {
  if (one === null || other === null) return one !== null;
  return one.spatialLayer > other.spatialLayer || one.temporalLayer > other.temporalLayer;
}
