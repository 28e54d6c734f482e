import { randomUUID } from 'node:crypto';
import { ERRORS, type WireError } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import { openChannel } from './channel.ts';
import type { RedisStore } from './redis.ts';

const CHANNEL = 'inquiries';
/** For the others to answer, where the question needs no more. */
const ANSWER_WITHIN_MS = 3_000;

/** What processes ask each other under one name. Both types must survive JSON. */
export interface Topic<Question, Answer> {
  readonly name: string;
  /** There are no values of these: they carry the types. */
  readonly question?: Question;
  readonly answer?: Answer;
}

/** Answers what other processes ask; undefined where this one has nothing to say. */
export type Answerer<Question, Answer> = (question: Question) => Promise<Answer | undefined>;

/** What the other processes know and do of which this one knows nothing. */
export interface Inquiries {
  /** From now on this process answers, too. A name has one answerer. */
  answer<Q, A>(topic: Topic<Q, A>, answerer: Answerer<Q, A>): void;

  /**
   * Asks the other processes for what one of them has.
   *
   * @param withinMs For who has something to say. Default 3 s.
   * @returns the first answer; undefined where each has said that it has none.
   * @throws AppError `unavailable` where somebody did not answer in time; what the one who
   * has it threw.
   */
  find<Q, A>(topic: Topic<Q, A>, question: Q, withinMs?: number): Promise<A | undefined>;

  /**
   * Asks the other processes for what each of them has.
   *
   * @throws AppError as `find`.
   */
  gather<Q, A>(topic: Topic<Q, A>, question: Q): Promise<readonly A[]>;
}

/** What one process says to all of them. Written and read by this module alone. */
type Told =
  | {
      readonly type: 'asked';
      readonly from: string;
      readonly id: string;
      readonly topic: string;
      readonly question: unknown;
    }
  | {
      readonly type: 'answered';
      readonly to: string;
      readonly id: string;
      /** None for who has nothing to say. */
      readonly answer?: unknown;
      readonly error?: WireError;
    };

/** A question of this process that is not answered by all yet. */
interface Asked {
  readonly answers: unknown[];
  readonly isOneEnough: boolean;
  /** How many processes heard the question; undefined until that is known. */
  listeners: number | undefined;
  heard: number;
  readonly settle: (error?: unknown) => void;
}

/**
 * Opens the channel over which processes ask each other. Only who is connected to Redis is
 * asked, so that nobody waits for a process that died.
 *
 * @throws AppError `unavailable`.
 */
export async function openInquiries(
  redis: RedisStore,
  logger: Logger,
): Promise<Inquiries & { close(): Promise<void> }> {
  const self = randomUUID();
  const answerers = new Map<string, Answerer<unknown, unknown>>();
  const open = new Map<string, Asked>();

  const publish = (told: Told): Promise<number> => channel.publish(JSON.stringify(told));

  const settleIfHeard = (asked: Asked): void => {
    const isEnough = asked.isOneEnough && asked.answers.length > 0;
    if (isEnough || asked.heard === asked.listeners) {
      asked.settle();
    }
  };

  const reply = async (id: string, to: string, topic: string, question: unknown): Promise<void> => {
    let outcome: { answer?: unknown; error?: WireError };
    try {
      outcome = { answer: await answerers.get(topic)?.(question) };
    } catch (error) {
      if (!(error instanceof AppError)) {
        logger.error({ err: error, topic }, 'a question of another process was not answered');
      }
      outcome = { error: (error instanceof AppError ? error : new AppError('internal')).toWire() };
    }
    try {
      await publish({ type: 'answered', to, id, ...outcome });
    } catch (error) {
      logger.warn({ err: error, topic }, 'an answer did not get to another process');
    }
  };

  const hear = (told: Told): void => {
    if (told.type === 'asked' && told.from !== self) {
      void reply(told.id, told.from, told.topic, told.question);
      return;
    }
    // Of the listeners this process is one itself: it has nothing to say to itself.
    const asked = told.type === 'asked' || told.to === self ? open.get(told.id) : undefined;
    if (asked === undefined) {
      return;
    }
    asked.heard += 1;
    if (told.type === 'answered' && told.error !== undefined) {
      asked.settle(toAppError(told.error));
      return;
    }
    if (told.type === 'answered' && told.answer !== undefined) {
      asked.answers.push(told.answer);
    }
    settleIfHeard(asked);
  };

  const ask = (
    topic: string,
    question: unknown,
    isOneEnough: boolean,
    withinMs: number,
  ): Promise<readonly unknown[]> =>
    new Promise((resolve, reject) => {
      if (!channel.isListening) {
        reject(new AppError('unavailable', 'The other server processes cannot be asked now'));
        return;
      }
      const id = randomUUID();
      const timer = setTimeout(
        () => asked.settle(new AppError('unavailable', 'Another server process does not answer')),
        withinMs,
      );
      const asked: Asked = {
        answers: [],
        isOneEnough,
        listeners: undefined,
        heard: 0,
        settle(error) {
          clearTimeout(timer);
          open.delete(id);
          if (error === undefined) {
            resolve(asked.answers);
          } else {
            reject(error);
          }
        },
      };
      open.set(id, asked);
      publish({ type: 'asked', from: self, id, topic, question }).then((listeners) => {
        asked.listeners = listeners;
        settleIfHeard(asked);
      }, asked.settle);
    });

  const channel = await openChannel(
    redis,
    CHANNEL,
    { message: (text) => hear(JSON.parse(text) as Told), restored: () => undefined },
    logger,
  );

  return {
    answer<Q, A>({ name }: Topic<Q, A>, answerer: Answerer<Q, A>) {
      answerers.set(name, (question) => answerer(question as Q));
    },
    async find<Q, A>({ name }: Topic<Q, A>, question: Q, withinMs = ANSWER_WITHIN_MS) {
      const [answer] = await ask(name, question, true, withinMs);
      return answer as A | undefined;
    },
    async gather<Q, A>({ name }: Topic<Q, A>, question: Q) {
      return (await ask(name, question, false, ANSWER_WITHIN_MS)) as readonly A[];
    },
    async close() {
      await channel.close();
      for (const asked of [...open.values()]) {
        asked.settle(new AppError('shutting_down'));
      }
    },
  };
}

/** A code that this version does not know is no less a failure. */
function toAppError({ code, message, details, retryAfterMs }: WireError): AppError {
  const isKnown = Object.hasOwn(ERRORS, code);
  return new AppError(isKnown ? code : 'internal', message, {
    ...(details === undefined ? {} : { details }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
