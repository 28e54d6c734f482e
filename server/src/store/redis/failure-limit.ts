import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../kernel/app-error.ts';
import { WaitingLine } from '../../kernel/waiting-line.ts';
import { attemptsKey, failuresKey } from './keys.ts';
import type { RedisStore } from './redis.ts';

/** How often something may be got wrong. */
export interface FailureLimitSpec {
  /** Limits of one name share their count. */
  readonly name: string;
  /** Failures of a subject within one window, after which it may not even try. */
  readonly failures: number;
  /** Begins with a subject's first failure. */
  readonly windowMs: number;
  /** Whether who gets it right starts anew. Otherwise earlier failures stay. */
  readonly isForgiving?: boolean;
}

/** Counts failures, not attempts, over all processes. */
export interface FailureLimit {
  /**
   * Lets somebody try. Those under way and the failures together never exceed the limit:
   * where only what is under way stands against it, this waits until that is settled.
   *
   * @throws AppError `rate_limited` where the failures alone are too many, or too many
   * wait; `unavailable` without Redis.
   */
  begin(subject: string): Promise<Attempt>;
}

export type AttemptOutcome =
  | 'right'
  | 'wrong'
  /** Whoever tried learnt nothing. */
  | 'unknown';

/** Somebody tries. Settle it: otherwise it counts as under way for half a minute. */
export interface Attempt {
  /** @throws AppError `unavailable`: then nobody may be told how it went. */
  settle(outcome: AttemptOutcome): Promise<void>;
}

/** Longer than an attempt takes. That of a process that died stands in the way for so long. */
const LEASE_MS = 30_000;
/** Longest wait for the attempts of others. */
const WAIT_MS = 10_000;
const FIRST_LOOK_MS = 10;
const LAST_LOOK_MS = 200;
/** Attempts at one subject that wait in one process. */
const MAX_WAITING = 200;

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * KEYS: failures, attempts. ARGV: limit, attempt, its lease. Returns 0 for an attempt
 * that may begin, -1 where others have to settle first, else how long the limit lasts.
 */
const BEGIN = `
${NOW}
local limit = tonumber(ARGV[1])
local failures = tonumber(redis.call('GET', KEYS[1]) or '0')
if failures >= limit then
  return math.max(1, redis.call('PTTL', KEYS[1]))
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if failures + redis.call('ZCARD', KEYS[2]) >= limit then
  return -1
end
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 0
`;

/** KEYS: failures, attempts. ARGV: attempt, outcome, window, whether it is forgiving. */
const SETTLE = `
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[2] == 'wrong' then
  if redis.call('INCR', KEYS[1]) == 1 then
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
  end
elseif ARGV[2] == 'right' and ARGV[4] == '1' then
  redis.call('DEL', KEYS[1])
end
return 1
`;

/** A limit in Redis. The time is Redis's own. */
export function createFailureLimit(redis: RedisStore, spec: FailureLimitSpec): FailureLimit {
  const { name, failures, windowMs, isForgiving = false } = spec;
  /** Of those who wait for one subject, only the first asks Redis again and again. */
  const lines = new Map<string, { readonly line: WaitingLine; size: number }>();

  const evaluate = (script: string, subject: string, args: readonly (string | number)[]) =>
    redis.run((client) =>
      client.eval(script, 2, failuresKey(name, subject), attemptsKey(name, subject), ...args),
    );

  const tryUntilSettled = async (subject: string, id: string): Promise<void> => {
    const deadline = performance.now() + WAIT_MS;
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_LOOK_MS)) {
      const answer = Number(await evaluate(BEGIN, subject, [failures, id, LEASE_MS]));
      if (answer === 0) {
        return;
      }
      if (answer > 0) {
        throw new AppError('rate_limited', undefined, { retryAfterMs: answer });
      }
      if (performance.now() >= deadline) {
        throw new AppError('rate_limited', undefined, { retryAfterMs: 1_000 });
      }
      await sleep(pauseMs);
    }
  };

  const inLine = async (subject: string, work: () => Promise<void>): Promise<void> => {
    const place = lines.get(subject) ?? {
      line: new WaitingLine({ atOnce: 1, waiting: MAX_WAITING }),
      size: 0,
    };
    lines.set(subject, place);
    place.size += 1;
    try {
      await place.line.run(work);
    } finally {
      place.size -= 1;
      if (place.size === 0) {
        lines.delete(subject);
      }
    }
  };

  return {
    async begin(subject) {
      const id = randomUUID();
      await inLine(subject, () => tryUntilSettled(subject, id));
      return {
        async settle(outcome) {
          await evaluate(SETTLE, subject, [id, outcome, windowMs, isForgiving ? 1 : 0]);
        },
      };
    },
  };
}

/**
 * Checks something that may be guessed, within limits.
 *
 * @param limits With whom each of them counts. The narrowest first: who is refused by it
 * does not use up the others.
 * @param check Whether it is right.
 * @returns what `check` says, once it is counted.
 * @throws AppError as `FailureLimit.begin`, and what `check` throws: that counts as nothing.
 */
export async function checkWithin(
  limits: readonly (readonly [limit: FailureLimit, subject: string])[],
  check: () => Promise<boolean>,
): Promise<boolean> {
  const attempts: Attempt[] = [];
  let outcome: AttemptOutcome = 'unknown';
  try {
    for (const [limit, subject] of limits) {
      attempts.push(await limit.begin(subject));
    }
    const isRight = await check();
    outcome = isRight ? 'right' : 'wrong';
    return isRight;
  } finally {
    await Promise.all(attempts.map((attempt) => attempt.settle(outcome)));
  }
}
