import { housekeepingTurnKey } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

/**
 * Whose turn a job is, over all processes. Every method throws AppError
 * `unavailable` when Redis does not answer.
 */
export interface Turns {
  /** Takes the turn for a time. @returns whether nobody has it. */
  take(job: string, holder: string, durationMs: number): Promise<boolean>;

  /** Keeps one's own turn for a time, counted from now. @returns false for who has it no more. */
  keep(job: string, holder: string, durationMs: number): Promise<boolean>;
}

const KEEP = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;

/** Turns in Redis, each a key that goes away by itself. */
export function createTurns(redis: RedisStore): Turns {
  return {
    async take(job, holder, durationMs) {
      const answer = await redis.run((client) =>
        client.set(housekeepingTurnKey(job), holder, 'PX', durationMs, 'NX'),
      );
      return answer === 'OK';
    },
    async keep(job, holder, durationMs) {
      const answer = await redis.run((client) =>
        client.eval(KEEP, 1, housekeepingTurnKey(job), holder, durationMs),
      );
      return answer === 1;
    },
  };
}
