import { ConnectionError, ServerError } from '../errors.ts';
import type { ReconnectPolicy } from './reconnect-policy.ts';

/** How something is tried again. */
export interface RetryOptions {
  readonly policy: ReconnectPolicy;
  readonly serverUrl: string;
  /** Gives up, with its reason. */
  readonly signal: AbortSignal;
  /** Ends a delay early: waits for the moment from which it makes sense to try again. */
  readonly sooner: () => Promise<void>;
  /** Whether a failure is the last word. */
  readonly isFinal: (error: unknown) => boolean;
}

const FIRST_TRY_MS = 2_000;
const LONGEST_TRY_MS = 10_000;

/**
 * Tries until it works. A try that hangs, as on a network that swallows
 * everything, is given up for the next one: the first ones soon, later ones late,
 * for networks that are slow.
 *
 * @param work Gets the moment at which it is given up, the deadline of the try alone, and a way to lift that.
 * @throws the last error where the policy gives up, or the error is final.
 */
export async function retry<T>(
  work: (signal: AbortSignal, deadline: AbortSignal, hold: () => void) => Promise<T>,
  { policy, serverUrl, signal, sooner, isFinal }: RetryOptions,
): Promise<T> {
  const startedAt = performance.now();
  let failure: { readonly error: unknown } | undefined;
  for (let retryCount = 0; ; retryCount += 1) {
    const elapsedMs = performance.now() - startedAt;
    const error = failure?.error;
    const delay = policy.nextRetryDelayInMs({
      elapsedMs,
      retryCount,
      serverUrl,
      ...(error instanceof Error && { retryReason: error }),
    });
    if (failure && delay === null) throw error;
    const asked = error instanceof ServerError ? (error.retryAfterMs ?? 0) : 0;
    await pause(Math.max(delay ?? 0, asked), signal, sooner);
    signal.throwIfAborted();
    const tryMs = Math.min(FIRST_TRY_MS * 2 ** retryCount, LONGEST_TRY_MS);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new ConnectionError('request_timeout')), tryMs);
    const hold = () => clearTimeout(timer);
    try {
      return await work(AbortSignal.any([signal, deadline.signal]), deadline.signal, hold);
    } catch (error) {
      signal.throwIfAborted();
      if (isFinal(error)) throw error;
      failure = { error };
    } finally {
      hold();
    }
  }
}

async function pause(ms: number, signal: AbortSignal, sooner: () => Promise<void>): Promise<void> {
  if (ms <= 0) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([over, sooner()]);
  clearTimeout(timer);
}
