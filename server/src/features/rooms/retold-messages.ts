/** After so long whoever was cut off from Redis with us listens again: see the pauses of a channel. */
const SETTLE_MS = 3_000;
/** Of those that are to be told again, and of those that are known: the latest count. */
const MAX_RETOLD = 1_000;
const MAX_KNOWN = 5_000;

/** What messages that may not have arrived need of their channel. */
export interface RetoldMessagesOptions {
  /** @throws AppError `unavailable`. */
  readonly publish: (text: string) => Promise<unknown>;
  /** Milliseconds. Default 3,000. */
  readonly settleMs?: number;
}

/**
 * Messages that are told while Redis is away, or while some process does not listen again yet, are
 * told once more when all do. Whoever hears them tells by their ids which are new.
 */
export class RetoldMessages {
  readonly #options: RetoldMessagesOptions;
  readonly #pending = new Map<string, string>();
  readonly #known = new Set<string>();
  #isShaky = false;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: RetoldMessagesOptions) {
    this.#options = options;
  }

  /** Something was told. @param hasArrived Whether everybody listened, as far as is known. */
  told(id: string, text: string, hasArrived: boolean): void {
    if (hasArrived && !this.#isShaky) return;
    this.#pending.set(id, text);
    trim(this.#pending, MAX_RETOLD);
    if (this.#timer === undefined) this.#tellAgainLater();
  }

  /** This process listens again. The others may not yet. */
  restored(): void {
    this.#tellAgainLater();
  }

  /** Whether something that is heard was not heard before. */
  isNew(id: string): boolean {
    if (this.#known.has(id)) return false;
    this.#known.add(id);
    trim(this.#known, MAX_KNOWN);
    return true;
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #tellAgainLater(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#isShaky = true;
    const settleMs = this.#options.settleMs ?? SETTLE_MS;
    this.#timer = setTimeout(() => void this.#tellAgain(), settleMs).unref();
  }

  async #tellAgain(): Promise<void> {
    this.#timer = undefined;
    this.#isShaky = false;
    const all = [...this.#pending];
    this.#pending.clear();
    for (const [index, [, text]] of all.entries()) {
      try {
        await this.#options.publish(text);
      } catch {
        // Redis is away again, or still: all that is left waits with what comes meanwhile.
        const later = [...this.#pending];
        this.#pending.clear();
        for (const [id, kept] of [...all.slice(index), ...later]) this.#pending.set(id, kept);
        this.#tellAgainLater();
        return;
      }
    }
  }
}

/** The oldest go first. */
function trim(
  ids: Pick<Map<string, unknown>, 'size' | 'keys'> & { delete(id: string): boolean },
  most: number,
): void {
  for (const id of ids.keys()) {
    if (ids.size <= most) return;
    ids.delete(id);
  }
}
