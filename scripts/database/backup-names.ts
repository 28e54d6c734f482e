import { type BackupMode, backupModes } from './manifest.ts';

/** A backup's folder, by its name. */
export type BackupName = { name: string; database: string; mode: BackupMode; createdAt: Date };

const PATTERN = new RegExp(
  `^(.+)_(${backupModes.join('|')})_(\\d{4})(\\d{2})(\\d{2})_(\\d{2})(\\d{2})(\\d{2})$`,
);

/** `balai_full_20260131_235959`, in UTC. */
export function backupName(database: string, mode: BackupMode, createdAt: Date): string {
  const [date, time] = createdAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T');
  return `${database.replaceAll(/[^\w.-]/g, '-')}_${mode}_${date}_${time}`;
}

/** Undefined for a name of something else. */
export function parseBackupName(name: string): BackupName | undefined {
  const [, database, mode, ...parts] = PATTERN.exec(name) ?? [];
  if (database === undefined || mode === undefined) return undefined;
  const [year, month, day, hour, minute, second] = parts.map(Number);
  const time = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  return { name, database, mode: mode as BackupMode, createdAt: new Date(time) };
}

/**
 * Which backups are too old to keep. Only those of the same database and mode are
 * looked at, and the newest is kept whatever its age: something must be left to restore.
 */
export function expiredBackups(
  names: readonly string[],
  kept: { database: string; mode: BackupMode; maxAgeDays: number; now: Date },
): string[] {
  const own = names
    .flatMap((name) => parseBackupName(name) ?? [])
    .filter(({ name, mode }) => {
      const prefix = backupName(kept.database, kept.mode, kept.now).slice(0, -15);
      return mode === kept.mode && name.slice(0, -15) === prefix;
    })
    .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  const oldest = kept.now.getTime() - kept.maxAgeDays * 86_400_000;
  return own
    .slice(1)
    .filter(({ createdAt }) => createdAt.getTime() < oldest)
    .map(({ name }) => name);
}
