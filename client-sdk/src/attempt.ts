import { ConnectionError } from './errors.ts';

/** Something that is being made, and can be given up. */
export interface Attempt<T> {
  readonly result: Promise<T>;
  /** Makes `result` fail with `cancelled`, at once. */
  cancel(): void;
}

/**
 * Begins to make something, and gives it up by itself after a time.
 *
 * @param timeoutMs Undefined: it takes what it takes.
 * @param make Has to undo what it did when the signal is aborted; nobody waits for that. `hold`
 * says that it takes what it takes from now on.
 */
export function beginAttempt<T>(
  timeoutMs: number | undefined,
  make: (signal: AbortSignal, hold: () => void) => Promise<T>,
): Attempt<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  const expire = () => controller.abort(new ConnectionError('request_timeout'));
  const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
  const hold = () => clearTimeout(timer);
  return {
    result: Promise.race([make(signal, hold), aborted]).finally(hold),
    cancel: () => controller.abort(new ConnectionError('cancelled')),
  };
}
