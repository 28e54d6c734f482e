import type { ChildProcess } from 'node:child_process';

/** The end of a child process: how to hear of it, and how to bring it about. */
export type ChildEnd = {
  /** Settles when it has ended, or could not be started; with how, for a message. */
  ended: Promise<string>;
  /** Ends it in order, by SIGKILL when that takes too long. Idempotent. */
  stop(order?: StopOrder): Promise<void>;
};

/** What is different about one stop. */
export type StopOrder = {
  readonly signal: NodeJS.Signals;
  /** It may take so much longer. */
  readonly graceMs: number;
};

/**
 * Watches a child from its start: call it in one go with spawn.
 *
 * @param stopSignal The signal that makes it end in order.
 * @param deadlineMs How long it may take before it is ended by SIGKILL.
 */
export function endOf(
  child: ChildProcess,
  stopSignal: NodeJS.Signals,
  deadlineMs: number,
): ChildEnd {
  let hasEnded = false;
  const ended = new Promise<string>((resolve) => {
    const end = (how: string): void => {
      hasEnded = true;
      resolve(how);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (status, signal) =>
      end(signal ? `ended by ${signal}` : `exit status ${status}`),
    );
  });
  const stop = async ({ signal, graceMs }: StopOrder): Promise<void> => {
    if (hasEnded) return;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs + graceMs);
    await ended;
    clearTimeout(timer);
  };
  let stopping: Promise<void> | undefined;
  return {
    ended,
    stop(order = { signal: stopSignal, graceMs: 0 }) {
      stopping ??= stop(order);
      return stopping;
    },
  };
}
