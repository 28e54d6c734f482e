import { withDeadline } from '../kernel/deadline.ts';
import type { Logger } from '../kernel/logger.ts';

/** Longest wait for one part. Together they stay below 10 s. */
const CLOSE_TIMEOUT_MS = 2_000;

/** A server that takes requests. */
export interface RunningServer {
  /** Where people, or those who watch it, open it. */
  readonly url: string;
  /** Has people go elsewhere before it stops. Settles when they have, or its time is up. Absent: they are told goodbye. */
  drain?(): Promise<void>;
  /** Settles when there is nothing more to do for it, and it may be closed. Absent: never. */
  readonly done?: Promise<void>;
  /** Stops gracefully. Every step has a deadline; in all it takes less than 10 s. Idempotent. */
  close(): Promise<void>;
}

/** The name of a part, for the log, and what closes it. */
export type Closer = readonly [string, () => Promise<void>];

/**
 * Starts parts in the order in which they need each other, and stops them in reverse.
 *
 * @param start Adds what it opens, and answers the URL.
 * @throws Error of `start`. What had been opened by then is closed again.
 */
export async function startInOrder(
  logger: Logger,
  start: (opened: Closer[]) => Promise<string>,
): Promise<RunningServer> {
  const opened: Closer[] = [];
  const closeAll = async (): Promise<void> => {
    for (const [part, close] of opened.splice(0).reverse()) {
      try {
        await withDeadline(close(), CLOSE_TIMEOUT_MS, part);
      } catch (error) {
        // The parts after it must be closed all the same.
        logger.error({ err: error, part }, 'a part of the server did not close');
      }
    }
  };
  try {
    const url = await start(opened);
    let closing: Promise<void> | undefined;
    return {
      url,
      close() {
        closing ??= closeAll();
        return closing;
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** A server on every address is reached on this one. */
export function toUrlHost(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') {
    return 'localhost';
  }
  return host.includes(':') ? `[${host}]` : host;
}
