import type { Database } from '../../store/postgres/database.ts';
import type { Job } from '../housekeeping/housekeeping.ts';
import type { LiveNotifications } from './notifications.ts';

/** How long before its start people are reminded of a meeting. */
const LEAD = '15 minutes';
const INTERVAL_MS = 60_000;

interface ReminderRow {
  readonly id: string;
  readonly user_id: string;
  readonly title: string;
  readonly message: string;
  readonly room_id: string;
  readonly created_at: Date;
}

/** Reminds hosts, the invited and earlier participants of meetings that are about to start, once. */
export function createReminderJob(database: Database, live: LiveNotifications): Job {
  return {
    name: 'remind-of-meetings',
    intervalMs: INTERVAL_MS,
    async run() {
      const rows = await database.call<ReminderRow>('create_due_reminders', [LEAD]);
      await live.tell(
        rows.map((row) => ({
          userId: row.user_id,
          notification: {
            id: row.id,
            type: 'meeting_reminder',
            title: row.title,
            message: row.message,
            isRead: false,
            roomId: row.room_id,
            senderId: null,
            createdAt: row.created_at.toISOString(),
          },
        })),
      );
      return rows.length === 0 ? undefined : { reminded: rows.length };
    },
  };
}
