import type { Database, SystemFunction } from '../../store/postgres/database.ts';
import type { Job } from './housekeeping.ts';

/** Answers to requests with an idempotency key are remembered for this long. */
const IDEMPOTENCY_KEPT = '24 hours';

/** Guests that one transaction looks at: deleting them takes what belongs to them along. */
const GUESTS_AT_ONCE = 500;

export interface CleaningOptions {
  /** For each of the jobs. */
  readonly intervalMs: number;
  /** How long guests are kept after they were last seen. Undefined for ever. */
  readonly guestsKeptMs: number | undefined;
}

/** Deletes rows that nobody asks for any more. */
export function createCleaningJobs(
  database: Database,
  { intervalMs, guestsKeptMs }: CleaningOptions,
): readonly Job[] {
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
    ...(guestsKeptMs === undefined ? [] : [guestJob(database, intervalMs, guestsKeptMs)]),
  ];
}

interface GuestCleaning {
  readonly deleted_count: number;
  /** Null at the end. As text, because a Date would lose microseconds. */
  readonly last_created_at: string | null;
  readonly last_id: string | null;
}

function guestJob(database: Database, intervalMs: number, keptMs: number): Job {
  return {
    name: 'clean-guests',
    intervalMs,
    async run() {
      let deleted = 0;
      let place: readonly [createdAt: string | null, id: string | null] = [null, null];
      do {
        const [row] = await database.call<GuestCleaning>('clean_guests', [
          `${keptMs} ms`,
          ...place,
          GUESTS_AT_ONCE,
        ]);
        deleted += row?.deleted_count ?? 0;
        place = [row?.last_created_at ?? null, row?.last_id ?? null];
      } while (place[0] !== null);
      return deleted === 0 ? undefined : { deleted };
    },
  };
}
