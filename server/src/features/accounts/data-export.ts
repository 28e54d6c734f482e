import { Readable } from 'node:stream';
import { AppError } from '../../kernel/app-error.ts';
import type { FileAnswer } from '../../kernel/route.ts';
import type { Database } from '../../store/postgres/database.ts';
import { findUser } from './user-rows.ts';

const PAGE = 500;

/**
 * What the database holds about a person, by name. Each statement gives rows with an
 * `id`, in which order they are read page by page: what somebody wrote in years does
 * not fit into memory.
 */
const SECTIONS: Readonly<Record<string, string>> = {
  sessions: `SELECT id, host(ip_address) AS address, user_agent, created_at, rotated_at, expires_at,
                    is_revoked
             FROM user_sessions WHERE user_id = $1`,
  contacts: `SELECT c.id, c.contact_id, u.first_name, u.last_name, c.created_at
             FROM user_contacts c LEFT JOIN users u ON u.id = c.contact_id WHERE c.user_id = $1`,
  settings: `SELECT id, setting_key, setting_value, updated_at
             FROM user_settings WHERE user_id = $1`,
  rooms: `SELECT id, name, description, max_users, status, created_at, scheduled_at, ended_at
          FROM rooms WHERE host_id = $1`,
  participations: `SELECT id, room_id, role, joined_at, left_at
                   FROM room_participants WHERE user_id = $1`,
  meetings: `SELECT id, room_id, joined_at, left_at, EXTRACT(EPOCH FROM duration)::float8 AS duration_seconds,
                    recording_url
             FROM meeting_history WHERE user_id = $1`,
  messages: `SELECT id, room_id, message_type, message, file_name, file_size, file_type, created_at,
                    edited_at, deleted_at
             FROM room_messages WHERE user_id = $1`,
  projects: `SELECT id, name, jwks_url, issuer, created_at FROM projects WHERE owner_id = $1`,
  notifications: `SELECT id, type, title, message, is_read, created_at
                  FROM notifications WHERE user_id = $1`,
};

/** Gives people everything that is stored about them. */
export interface DataExport {
  /**
   * One JSON object; it is read from the database while it is sent.
   *
   * @throws AppError `unauthorized` when the account is not active.
   */
  open(userId: string): Promise<FileAnswer>;
}

export function createDataExport(database: Database): DataExport {
  async function* rowsOf(userId: string, statement: string): AsyncGenerator<string> {
    let after: string | null = null;
    for (;;) {
      // One transaction for each page: a slow reader must hold no connection.
      const rows: readonly { readonly id: string }[] = await database.asUser(userId, (db) =>
        db.query<{ readonly id: string }>(
          `SELECT * FROM (${statement}) item WHERE $2::uuid IS NULL OR item.id > $2
           ORDER BY item.id LIMIT ${PAGE}`,
          [userId, after],
        ),
      );
      yield* rows.map((row) => JSON.stringify(row));
      after = rows.at(-1)?.id ?? null;
      if (rows.length < PAGE) {
        return;
      }
    }
  }

  async function* write(userId: string, account: object): AsyncGenerator<string> {
    yield `{"account":${JSON.stringify(account)}`;
    for (const [name, statement] of Object.entries(SECTIONS)) {
      yield `,${JSON.stringify(name)}:[`;
      let separator = '\n';
      for await (const row of rowsOf(userId, statement)) {
        yield separator + row;
        separator = ',\n';
      }
      yield ']';
    }
    yield '}\n';
  }

  return {
    async open(userId) {
      const user = await database.asUser(userId, (db) => findUser(db, userId));
      if (user === undefined) {
        throw new AppError('unauthorized', 'This account is not active');
      }
      return {
        content: Readable.from(write(userId, user)),
        type: 'application/json',
        name: 'balai-export.json',
      };
    },
  };
}
