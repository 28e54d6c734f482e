import type { Clock } from '../../kernel/clock.ts';
import { maintainTables } from '../../store/postgres/maintenance.ts';
import type { Job } from './housekeeping.ts';

/** How often it is looked whether maintenance is due: a server may not live for a whole interval. */
const LOOK_INTERVAL_MS = 600_000;

export interface MaintenanceJobOptions {
  /** Of the owner of the tables; the role of the API may not do this. */
  readonly ownerUrl: string;
  /** From one maintenance to the next. Milliseconds. */
  readonly intervalMs: number;
  readonly reindexTables: readonly string[];
  readonly clock: Clock;
}

/** Vacuums, analyses and reindexes tables when it is long enough since the last time. */
export function createMaintenanceJob(options: MaintenanceJobOptions): Job {
  const { ownerUrl, intervalMs, reindexTables, clock } = options;
  return {
    name: 'maintain-tables',
    intervalMs: Math.min(LOOK_INTERVAL_MS, intervalMs),
    run: () =>
      maintainTables({ ownerUrl, reindexTables, dueBefore: new Date(clock() - intervalMs) }),
  };
}
