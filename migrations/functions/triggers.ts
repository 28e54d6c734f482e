import type { SqlFunction } from './sql-function.ts';

/** What the database keeps true by itself, whoever writes. */
export const TRIGGER_FUNCTIONS: readonly SqlFunction[] = [
  {
    signature: 'update_updated_at_column()',
    isForApi: false,
    comment: 'Trigger: sets updated_at to the time of the transaction',
    create: `
      CREATE FUNCTION update_updated_at_column() RETURNS TRIGGER LANGUAGE plpgsql AS $$
      BEGIN
        NEW.updated_at = NOW();
        RETURN NEW;
      END;
      $$`,
  },
  {
    signature: 'calculate_meeting_duration()',
    isForApi: false,
    comment: 'Trigger: sets duration to left_at - joined_at, or to null while the stay goes on',
    create: `
      CREATE FUNCTION calculate_meeting_duration() RETURNS TRIGGER LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.left_at IS NOT NULL AND NEW.joined_at IS NOT NULL THEN
          NEW.duration = NEW.left_at - NEW.joined_at;
        ELSE
          NEW.duration = NULL;
        END IF;
        RETURN NEW;
      END;
      $$`,
  },
];
