import type { Database, SystemFunction } from '../../store/postgres/database.ts';
import type { Job } from './housekeeping.ts';

/** Answers to requests with an idempotency key are remembered for this long. */
const IDEMPOTENCY_KEPT = '24 hours';

/**
 * Deletes rows that nobody asks for any more.
 *
 * @param intervalMs For each of the jobs.
 */
export function createCleaningJobs(database: Database, intervalMs: number): readonly Job[] {
  const job = (name: string, cleaning: SystemFunction, args: readonly unknown[]): Job => ({
    name,
    intervalMs,
    async run() {
      const [row] = await database.call<Record<string, number>>(cleaning, args);
      const deleted = row?.[cleaning] ?? 0;
      return deleted === 0 ? undefined : { deleted };
    },
  });
  return [
    job('clean-sessions', 'clean_expired_sessions', []),
    job('clean-idempotency-keys', 'clean_idempotency_keys', [IDEMPOTENCY_KEPT]),
  ];
}
