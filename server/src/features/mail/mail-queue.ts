import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../kernel/logger.ts';
import type { Mail, Mailer } from './mailer.ts';

/** Pauses between the attempts at one mail. */
const RETRY_DELAYS_MS = [2_000, 10_000, 60_000, 300_000] as const;
/** Beyond it mails are dropped: a mail server that is away must not fill the memory. */
const MAX_WAITING = 1_000;

/** Sends mails behind the back of whoever asked for them. */
export interface MailQueue {
  /**
   * Sends a mail, in several attempts where the mail server is away. Never fails:
   * what goes wrong is logged, and the mail can be asked for again.
   *
   * @param compose Makes the mail; undefined where there is none to send.
   */
  send(compose: () => Promise<Mail | undefined>): void;
  /** Waits for the attempts under way; mails that wait for their next attempt are dropped. */
  close(): Promise<void>;
}

/** @param delaysMs Tests make them short. */
export function createMailQueue(
  mailer: Mailer,
  logger: Logger,
  delaysMs: readonly number[] = RETRY_DELAYS_MS,
): MailQueue {
  const closing = new AbortController();
  const waiting = new Set<Promise<void>>();

  const deliver = async (compose: () => Promise<Mail | undefined>): Promise<void> => {
    const mail = await compose();
    if (mail === undefined) {
      return;
    }
    for (const delayMs of [...delaysMs, undefined]) {
      try {
        await mailer.send(mail);
        return;
      } catch (error) {
        if (delayMs === undefined || closing.signal.aborted) {
          throw error;
        }
        // Not the error itself: some servers quote the mail.
        logger.warn({ reason: reasonOf(error), delayMs }, 'a mail was not taken; trying again');
      }
      await sleep(delayMs, undefined, { signal: closing.signal, ref: false });
    }
  };

  return {
    send(compose) {
      if (waiting.size >= MAX_WAITING || closing.signal.aborted) {
        logger.error('a mail was dropped: too many wait');
        return;
      }
      const delivery = deliver(compose)
        .catch((error: unknown) => logger.error({ reason: reasonOf(error) }, 'a mail was not sent'))
        .finally(() => waiting.delete(delivery));
      waiting.add(delivery);
    },
    async close() {
      closing.abort();
      await Promise.all(waiting);
      mailer.close();
    },
  };
}

/** What is known of a failure without quoting anybody. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return 'unknown';
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const status = 'responseCode' in error ? ` ${String(error.responseCode)}` : '';
  return `${code ?? error.name}${status}`;
}
