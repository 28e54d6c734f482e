/*
 * What the API's role may do with each table, and with which rows. Grants say
 * which columns, policies which rows; both must allow. ME and ADMIN are
 * subqueries because those are evaluated once for each statement.
 */

const ME = '(SELECT current_user_id())';
const ADMIN = '(SELECT current_user_is_admin())';

/** One policy of row security for the API's role. */
export interface Policy {
  readonly name: string;
  readonly command: 'ALL' | 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
  /** Rows that may be seen, changed or deleted. Absent for INSERT. */
  readonly using?: string;
  /** Rows that may come about. Absent where `using` says it, and for SELECT and DELETE. */
  readonly check?: string;
}

/** One table, as the API may use it. */
export interface TableAccess {
  readonly table: string;
  /** What the API's role is granted, with columns where not all of them. */
  readonly grants: readonly string[];
  readonly policies: readonly Policy[];
}

/** Rows that belong to one user and are nobody else's business. */
function own(name: string): Policy {
  return { name, command: 'ALL', using: `user_id = ${ME}`, check: `user_id = ${ME}` };
}

/** Every table with row security. One that is not listed is closed to the API. */
export const TABLE_ACCESS: readonly TableAccess[] = [
  {
    table: 'users',
    grants: [
      // E-mail address and hashes come through functions, to those whom they concern.
      'SELECT (id, first_name, last_name, avatar, kind, status, created_at, updated_at)',
      'INSERT (id, email, password, first_name, last_name, avatar, kind, last_login)',
      // Neither is_admin nor status nor email_verified: nobody promotes themselves.
      'UPDATE (first_name, last_name, avatar, last_login)',
    ],
    policies: [
      { name: 'user_isolation', command: 'ALL', using: `id = ${ME}`, check: `id = ${ME}` },
      { name: 'user_visibility', command: 'SELECT', using: 'can_see_user(id)' },
      { name: 'user_administration', command: 'SELECT', using: ADMIN },
    ],
  },
  {
    table: 'rooms',
    grants: [
      'SELECT (id, name, description, host_id, max_users, status, created_at, updated_at, ended_at, scheduled_at, has_password)',
      'INSERT (id, name, description, host_id, password, max_users, scheduled_at)',
      'UPDATE (name, description, password, max_users, status, ended_at, scheduled_at)',
      'DELETE',
    ],
    policies: [
      {
        name: 'room_participant_isolation',
        command: 'SELECT',
        using: `host_id = ${ME} OR is_room_member(id, ${ME})`,
      },
      { name: 'room_host_insert', command: 'INSERT', check: `host_id = ${ME}` },
      { name: 'room_host_update', command: 'UPDATE', using: `host_id = ${ME}` },
      { name: 'room_host_delete', command: 'DELETE', using: `host_id = ${ME}` },
      { name: 'room_administration', command: 'SELECT', using: ADMIN },
      { name: 'room_administration_update', command: 'UPDATE', using: ADMIN },
    ],
  },
  {
    table: 'room_participants',
    // Rows come about by record_arrival() only, when the server has let somebody in.
    grants: ['SELECT', 'UPDATE (role)', 'DELETE'],
    policies: [
      {
        name: 'room_participant_visibility',
        command: 'SELECT',
        using: `user_id = ${ME} OR is_room_member(room_id, ${ME})`,
      },
      {
        // The host stays the host, and there is one.
        name: 'room_participant_role',
        command: 'UPDATE',
        using: 'is_room_host(room_id)',
        check: `is_room_host(room_id) AND (role = 'host') = (user_id = ${ME})`,
      },
      {
        name: 'room_participant_removal',
        command: 'DELETE',
        using: `user_id = ${ME} OR is_room_host(room_id)`,
      },
      { name: 'room_participant_administration', command: 'SELECT', using: ADMIN },
    ],
  },
  {
    table: 'user_contacts',
    // That the address is known, add_contact_by_email() says.
    grants: ['SELECT', 'INSERT (id, user_id, contact_id)', 'DELETE'],
    policies: [own('user_contacts_isolation')],
  },
  {
    table: 'user_sessions',
    grants: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    policies: [own('user_session_isolation')],
  },
  {
    table: 'room_messages',
    grants: [
      'SELECT',
      'INSERT',
      'UPDATE (message, edited_at, deleted_at, file_name, file_size, file_type, file_key)',
    ],
    policies: [
      {
        name: 'room_message_visibility',
        command: 'SELECT',
        using: `is_room_member(room_id, ${ME})`,
      },
      {
        name: 'room_message_insert',
        command: 'INSERT',
        check: `user_id = ${ME} AND is_room_member(room_id, ${ME})`,
      },
      {
        name: 'room_message_edit',
        command: 'UPDATE',
        using: `user_id = ${ME} AND message_type <> 'system' AND deleted_at IS NULL`,
        check: `user_id = ${ME}`,
      },
      {
        // Moderators take away what others said; they put no words into their mouths.
        name: 'room_message_moderation',
        command: 'UPDATE',
        using: 'is_room_moderator(room_id)',
        check: 'is_room_moderator(room_id) AND deleted_at IS NOT NULL',
      },
    ],
  },
  {
    table: 'meeting_history',
    // Written by record_arrival() and record_departure() only: it is evidence.
    grants: ['SELECT'],
    policies: [
      { name: 'meeting_history_isolation', command: 'SELECT', using: `user_id = ${ME}` },
      {
        name: 'meeting_history_moderation',
        command: 'SELECT',
        using: 'is_room_moderator(room_id)',
      },
      { name: 'meeting_history_administration', command: 'SELECT', using: ADMIN },
    ],
  },
  {
    table: 'user_settings',
    grants: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    policies: [own('user_settings_isolation')],
  },
  {
    table: 'room_settings',
    grants: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    policies: [
      {
        name: 'room_settings_visibility',
        command: 'SELECT',
        using: `is_room_member(room_id, ${ME})`,
      },
      {
        name: 'room_settings_host',
        command: 'ALL',
        using: 'is_room_host(room_id)',
        check: 'is_room_host(room_id)',
      },
    ],
  },
  {
    table: 'notifications',
    grants: ['SELECT', 'INSERT', 'UPDATE (is_read)', 'DELETE'],
    policies: [
      own('notification_isolation'),
      {
        // To others only about a room that is one's own matter, and under one's own name.
        name: 'notification_sending',
        command: 'INSERT',
        check: `sender_id = ${ME} AND (
          type = 'room_invitation' AND is_room_moderator(room_id)
          OR type = 'message'
            AND is_room_member(room_id, ${ME}) AND is_room_member(room_id, user_id))`,
      },
      {
        name: 'notification_announcement',
        command: 'INSERT',
        check: `type = 'system' AND ${ADMIN}`,
      },
    ],
  },
];
