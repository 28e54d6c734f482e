import { randomUUID } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { LostSecret, type Secrets } from '../../store/files/secrets.ts';
import type { Database } from '../../store/postgres/database.ts';
import { mailContentPlace } from '../../store/secret-columns.ts';
import { isRefusal, type Mail, type Mailer, reasonOf } from './mailer.ts';

/** Pauses after the first attempts at a mail; the last one comes again until the mail is useless. */
const RETRY_DELAYS_MS = [2_000, 10_000, 60_000, 300_000, 900_000] as const;
/** How often a process looks for mails that others put down, or whose pause is over. */
const LOOK_INTERVAL_MS = 5_000;
/** Longer than one attempt with all its timeouts: a mail under way is nobody else's. */
const LEASE_MS = 120_000;
/** Mails that one process sends at a time. */
const AT_ONCE = 5;
/** Mails that are being composed. Beyond it the database is away, and they are dropped. */
const MAX_COMPOSING = 1_000;

/**
 * Sends mails behind the back of whoever asked for them, from a table: what was put
 * there is sent, whatever happens to this process. Each mail is sent once, unless a
 * process dies, or the database goes away, between sending it and saying so.
 */
export interface Outbox {
  /** Settles when the mail is kept. @throws AppError `unavailable`; it is not sent then. */
  put(mail: Mail): Promise<void>;

  /**
   * Composes a mail and puts it, after this returns: neither answer nor time tells
   * whether there is one. Never fails: what goes wrong is logged, and the mail can be
   * asked for again.
   *
   * @param compose Makes the mail; undefined where there is none to send.
   */
  putLater(compose: () => Promise<Mail | undefined>): void;

  /** Waits for the attempts under way. The other mails stay for the next process. Idempotent. */
  close(): Promise<void>;
}

export interface OutboxDependencies {
  readonly database: Database;
  readonly secrets: Secrets;
  readonly mailer: Mailer;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tests make them short. */
export interface OutboxTimes {
  readonly delaysMs?: readonly number[];
  readonly lookIntervalMs?: number;
  readonly leaseMs?: number;
}

/** A mail that is this process's to send, until its lease ends. */
interface TakenMail {
  readonly id: string;
  readonly content: string;
  /** This one included. */
  readonly attempts: number;
  readonly expires_at: Date;
}

/** Begins at once with what an earlier process has left. */
export function createOutbox(
  { database, secrets, mailer, clock, logger }: OutboxDependencies,
  times: OutboxTimes = {},
): Outbox {
  const {
    delaysMs = RETRY_DELAYS_MS,
    lookIntervalMs = LOOK_INTERVAL_MS,
    leaseMs = LEASE_MS,
  } = times;
  const composing = new Set<Promise<void>>();
  let isClosed = false;
  let sending: Promise<void> | undefined;
  let isCalled = false;

  const finish = ({ id, attempts }: TakenMail) => database.call('finish_mail', [id, attempts]);

  const giveUp = async (mail: TakenMail, reason: string): Promise<void> => {
    logger.error({ reason, attempts: mail.attempts }, 'a mail was not sent');
    await finish(mail);
  };

  /** Undefined where nobody can read it any more. */
  const open = async ({ id, content }: TakenMail): Promise<Mail | undefined> => {
    try {
      return JSON.parse(await secrets.decryptSecret(mailContentPlace(id), content)) as Mail;
    } catch (error) {
      if (error instanceof LostSecret) {
        return undefined;
      }
      throw error;
    }
  };

  const deliver = async (taken: TakenMail): Promise<void> => {
    const mail = await open(taken);
    if (mail === undefined) {
      return await giveUp(taken, 'its key is lost');
    }
    if (taken.expires_at.getTime() <= clock()) {
      return await giveUp(taken, 'it came to be of no use');
    }
    try {
      await mailer.send(mail);
    } catch (error) {
      const reason = reasonOf(error);
      const delayMs = delaysMs[taken.attempts - 1] ?? delaysMs.at(-1) ?? 0;
      if (isRefusal(error) || clock() + delayMs >= taken.expires_at.getTime()) {
        return await giveUp(taken, reason);
      }
      // Not the error itself: some servers quote the mail.
      logger.warn({ reason, delayMs }, 'a mail was not taken; trying again');
      await database.call('postpone_mail', [taken.id, taken.attempts, `${delayMs} ms`]);
      return;
    }
    await finish(taken);
  };

  const deliverDue = async (): Promise<void> => {
    for (;;) {
      const mails = await database.call<TakenMail>('take_due_mails', [AT_ONCE, `${leaseMs} ms`]);
      const results = await Promise.allSettled(mails.map(deliver));
      for (const result of results) {
        if (result.status === 'rejected') {
          // The database knows it as being sent: after its lease it is tried again.
          logger.warn({ reason: reasonOf(result.reason) }, 'what became of a mail was not noted');
        }
      }
      if (mails.length < AT_ONCE || isClosed) {
        return;
      }
    }
  };

  const sendCalled = async (): Promise<void> => {
    while (isCalled && !isClosed) {
      isCalled = false;
      try {
        await deliverDue();
      } catch (error) {
        logger.warn({ err: error }, 'the mails that wait could not be looked at');
      }
    }
    sending = undefined;
  };

  const look = (): void => {
    isCalled = true;
    sending ??= sendCalled();
  };

  const put = async (mail: Mail): Promise<void> => {
    const id = randomUUID();
    const sealed = await secrets.encryptSecret(mailContentPlace(id), JSON.stringify(mail));
    const expiresAt = new Date(clock() + mail.goodForMs);
    await database.call('put_mail', [id, sealed.value, sealed.keyId, expiresAt]);
    look();
  };

  const timer = setInterval(look, lookIntervalMs);
  timer.unref();
  look();

  return {
    put,
    putLater(compose) {
      if (composing.size >= MAX_COMPOSING || isClosed) {
        logger.error('a mail was dropped: too many wait');
        return;
      }
      const work = compose()
        .then((mail) => mail && put(mail))
        .catch((error: unknown) =>
          logger.error({ reason: reasonOf(error) }, 'a mail was not written'),
        )
        .finally(() => composing.delete(work));
      composing.add(work);
    },
    async close() {
      clearInterval(timer);
      await Promise.all(composing);
      isClosed = true;
      await sending;
      mailer.close();
    },
  };
}
