import type { ChildProcess } from 'node:child_process';

/** The end of a child process: how to hear of it, and how to bring it about. */
export type ChildEnd = {
  /** Settles when it has ended, or could not be started; with how, for a message. */
  ended: Promise<string>;
  /** Ends it in order, by SIGKILL when that takes too long. Idempotent. */
  stop(): Promise<void>;
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
  const stop = async (): Promise<void> => {
    if (hasEnded) return;
    child.kill(stopSignal);
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    await ended;
    clearTimeout(timer);
  };
  let stopping: Promise<void> | undefined;
  return {
    ended,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
