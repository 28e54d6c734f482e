/** What a policy may look at. As in livekit-client. */
export interface ReconnectContext {
  /** Since the connection was lost. */
  readonly elapsedMs: number;
  /** Tries that failed so far. */
  readonly retryCount: number;
  /** Why the last try failed; undefined before the first. */
  readonly retryReason?: Error;
  /** Of the server that was lost. */
  readonly serverUrl?: string;
}

/** Decides when a lost connection is tried again. As in livekit-client. */
export interface ReconnectPolicy {
  /** @returns milliseconds until the next try; null to give up. */
  nextRetryDelayInMs(context: ReconnectContext): number | null;
}

const STEP_MS = 300;
const LONGEST_MS = 7_000;
const GIVE_UP_AFTER_MS = 120_000;

/**
 * Tries at once, then after 0.3, 1.2, 2.7, 4.8 and 7 s, for two minutes. Each delay
 * but the first is stretched or shortened by up to half, so that those who were
 * lost together do not come back together.
 */
export class DefaultReconnectPolicy implements ReconnectPolicy {
  readonly #delays: readonly number[] | undefined;

  /** @param retryDelays In milliseconds, one for each try, instead of those above; after the last it gives up. */
  constructor(retryDelays?: readonly number[]) {
    this.#delays = retryDelays && [...retryDelays];
  }

  nextRetryDelayInMs({ elapsedMs, retryCount }: ReconnectContext): number | null {
    if (this.#delays) {
      const delay = this.#delays[retryCount];
      return delay === undefined ? null : delay * (0.5 + Math.random());
    }
    if (elapsedMs > GIVE_UP_AFTER_MS) return null;
    return Math.min(STEP_MS * retryCount ** 2, LONGEST_MS) * (0.5 + Math.random());
  }
}
