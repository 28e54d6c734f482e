import { randomUUID } from 'node:crypto';

/** Who tries. The rows in question belong to `member`, and most of them are of one room. */
export const ACTORS = [
  'member',
  'other',
  'moderator',
  'host',
  'stranger',
  'admin',
  'nobody',
] as const;
/** One of them. */
export type Actor = (typeof ACTORS)[number];
/** yes: a row was seen or changed; none: there is no such row; denied: SQLSTATE 42501. */
export type Outcome = 'yes' | 'none' | 'denied';
/** An actor with a row in `users`. */
export type Person = Exclude<Actor, 'nobody'>;

/** All of those. */
export const PEOPLE = ACTORS.filter((actor): actor is Person => actor !== 'nobody');
/** Ids of the people, and of what they have. */
export const id = Object.fromEntries(
  [...PEOPLE, 'room', 'newcomer', 'message', 'contact', 'project', 'whisper'].map((name) => [
    name,
    randomUUID(),
  ]),
) as Record<Person | 'room' | 'newcomer' | 'message' | 'contact' | 'project' | 'whisper', string>;

/** The key of the project. */
export const API_KEY = 'BKaaaaaaaaaaaaaaaaaa';

/** What everybody gets who is not named. */
function everybody(outcome: Outcome, except: Partial<Record<Actor, Outcome>> = {}) {
  return Object.fromEntries(ACTORS.map((actor) => [actor, except[actor] ?? outcome])) as Record<
    Actor,
    Outcome
  >;
}

const own = everybody('none', { member: 'yes' });
const ownInsert = everybody('denied', { member: 'yes' });
const denied = everybody('denied');
const inTheRoom = { member: 'yes', other: 'yes', moderator: 'yes', host: 'yes' } as const;

/** SQL: a row of the room. */
export const ROOM = `room_id = '${id.room}'`;
const MINE = `user_id = '${id.member}'`;
const ME = `NULLIF(current_setting('app.user_id', TRUE), '')::uuid`;

/** What comes of each statement, by who runs it. */
export const MATRIX: readonly (readonly [string, string, Record<Actor, Outcome>])[] = [
  [
    'users: SELECT',
    `SELECT id, first_name, last_name, avatar FROM users WHERE id = '${id.member}'`,
    everybody('none', { ...inTheRoom, admin: 'yes' }),
  ],
  [
    'users: INSERT somebody else',
    `INSERT INTO users (id, kind, first_name, last_name) VALUES ('${id.newcomer}', 'guest', 'a', 'b')`,
    denied,
  ],
  [
    'users: UPDATE',
    `UPDATE users SET first_name = 'x' WHERE id = '${id.member}' RETURNING id`,
    own,
  ],
  ['users: DELETE', `DELETE FROM users WHERE id = '${id.member}' RETURNING id`, denied],
  [
    'rooms: SELECT',
    `SELECT id FROM rooms WHERE id = '${id.room}'`,
    everybody('none', { ...inTheRoom, admin: 'yes' }),
  ],
  [
    'rooms: INSERT for the host',
    `INSERT INTO rooms (name, host_id) VALUES ('x', '${id.host}')`,
    everybody('denied', { host: 'yes' }),
  ],
  [
    'rooms: UPDATE',
    `UPDATE rooms SET name = 'x' WHERE id = '${id.room}' RETURNING id`,
    everybody('none', { host: 'yes', admin: 'yes' }),
  ],
  [
    'rooms: DELETE',
    `DELETE FROM rooms WHERE id = '${id.room}' RETURNING id`,
    everybody('none', { host: 'yes' }),
  ],
  [
    'room_participants: SELECT',
    `SELECT id FROM room_participants WHERE ${ROOM} AND ${MINE}`,
    everybody('none', { ...inTheRoom, admin: 'yes' }),
  ],
  [
    'room_participants: INSERT oneself',
    `INSERT INTO room_participants (room_id, user_id) VALUES ('${id.room}', ${ME})`,
    denied,
  ],
  [
    'room_participants: UPDATE the role of a participant',
    `UPDATE room_participants SET role = 'moderator' WHERE ${ROOM} AND ${MINE} RETURNING id`,
    everybody('none', { host: 'yes' }),
  ],
  [
    'room_participants: UPDATE to a second host',
    `UPDATE room_participants SET role = 'host' WHERE ${ROOM} AND ${MINE} RETURNING id`,
    everybody('none', { host: 'denied' }),
  ],
  [
    'room_participants: UPDATE the time of leaving',
    `UPDATE room_participants SET left_at = now() WHERE ${ROOM} AND ${MINE} RETURNING id`,
    denied,
  ],
  [
    'room_participants: DELETE',
    `DELETE FROM room_participants WHERE ${ROOM} AND ${MINE} RETURNING id`,
    everybody('none', { member: 'yes', host: 'yes' }),
  ],
  ['user_contacts: SELECT', `SELECT id FROM user_contacts WHERE ${MINE}`, own],
  [
    'user_contacts: INSERT',
    `INSERT INTO user_contacts (user_id, contact_id) VALUES ('${id.member}', '${id.other}')`,
    ownInsert,
  ],
  [
    'user_contacts: UPDATE',
    `UPDATE user_contacts SET by_email = TRUE WHERE ${MINE} RETURNING id`,
    denied,
  ],
  ['user_contacts: DELETE', `DELETE FROM user_contacts WHERE ${MINE} RETURNING id`, own],
  ['user_sessions: SELECT', `SELECT id FROM user_sessions WHERE ${MINE}`, own],
  [
    'user_sessions: INSERT',
    `INSERT INTO user_sessions (user_id, token, family, expires_at) VALUES ('${id.member}', 't2', 'f2', now())`,
    ownInsert,
  ],
  [
    'user_sessions: UPDATE',
    `UPDATE user_sessions SET is_revoked = TRUE WHERE ${MINE} RETURNING id`,
    own,
  ],
  ['user_sessions: DELETE', `DELETE FROM user_sessions WHERE ${MINE} RETURNING id`, own],
  [
    'room_messages: SELECT',
    `SELECT id FROM room_messages WHERE id = '${id.message}'`,
    everybody('none', inTheRoom),
  ],
  [
    'room_messages: INSERT in the name of the member',
    `INSERT INTO room_messages (room_id, user_id, message) VALUES ('${id.room}', '${id.member}', 'x')`,
    ownInsert,
  ],
  [
    'room_messages: INSERT in one’s own name',
    `INSERT INTO room_messages (room_id, user_id, message) VALUES ('${id.room}', ${ME}, 'x')`,
    everybody('denied', inTheRoom),
  ],
  [
    'room_messages: UPDATE the text',
    `UPDATE room_messages SET message = 'x' WHERE id = '${id.message}' RETURNING id`,
    everybody('none', { member: 'yes', moderator: 'denied', host: 'denied' }),
  ],
  [
    'room_messages: UPDATE to deleted',
    `UPDATE room_messages SET message = '', deleted_at = now() WHERE id = '${id.message}' RETURNING id`,
    everybody('none', { member: 'yes', moderator: 'yes', host: 'yes' }),
  ],
  [
    'room_messages: UPDATE the author',
    `UPDATE room_messages SET user_id = ${ME} WHERE id = '${id.message}' RETURNING id`,
    denied,
  ],
  [
    'room_messages: DELETE',
    `DELETE FROM room_messages WHERE id = '${id.message}' RETURNING id`,
    denied,
  ],
  [
    'meeting_history: SELECT',
    `SELECT id FROM meeting_history WHERE ${MINE}`,
    everybody('none', { member: 'yes', moderator: 'yes', host: 'yes', admin: 'yes' }),
  ],
  [
    'meeting_history: INSERT',
    `INSERT INTO meeting_history (room_id, user_id, joined_at) VALUES ('${id.room}', '${id.member}', now())`,
    denied,
  ],
  [
    'meeting_history: UPDATE',
    `UPDATE meeting_history SET left_at = now() WHERE ${MINE} RETURNING id`,
    denied,
  ],
  ['meeting_history: DELETE', `DELETE FROM meeting_history WHERE ${MINE} RETURNING id`, denied],
  ['user_settings: SELECT', `SELECT id FROM user_settings WHERE ${MINE}`, own],
  [
    'user_settings: INSERT',
    `INSERT INTO user_settings (user_id, setting_key) VALUES ('${id.member}', 'x')`,
    ownInsert,
  ],
  [
    'user_settings: UPDATE',
    `UPDATE user_settings SET setting_value = 'x' WHERE ${MINE} RETURNING id`,
    own,
  ],
  ['user_settings: DELETE', `DELETE FROM user_settings WHERE ${MINE} RETURNING id`, own],
  [
    'room_settings: SELECT',
    `SELECT id FROM room_settings WHERE ${ROOM}`,
    everybody('none', inTheRoom),
  ],
  [
    'room_settings: INSERT',
    `INSERT INTO room_settings (room_id, setting_key) VALUES ('${id.room}', 'x')`,
    everybody('denied', { host: 'yes' }),
  ],
  [
    'room_settings: UPDATE',
    `UPDATE room_settings SET setting_value = 'x' WHERE ${ROOM} RETURNING id`,
    everybody('none', { host: 'yes' }),
  ],
  [
    'room_settings: DELETE',
    `DELETE FROM room_settings WHERE ${ROOM} RETURNING id`,
    everybody('none', { host: 'yes' }),
  ],
  ['notifications: SELECT', `SELECT id FROM notifications WHERE ${MINE}`, own],
  [
    'notifications: INSERT of the system',
    `INSERT INTO notifications (user_id, type, title, message) VALUES ('${id.member}', 'system', 'a', 'b')`,
    everybody('denied', { member: 'yes', admin: 'yes' }),
  ],
  [
    'notifications: INSERT an invitation',
    `INSERT INTO notifications (user_id, type, title, message, room_id, sender_id)
     VALUES ('${id.stranger}', 'room_invitation', 'a', 'b', '${id.room}', ${ME})`,
    // To oneself one may say what one likes.
    everybody('denied', { host: 'yes', moderator: 'yes', stranger: 'yes' }),
  ],
  [
    'notifications: INSERT about a message, to a member',
    `INSERT INTO notifications (user_id, type, title, message, room_id, sender_id)
     VALUES ('${id.member}', 'message', 'a', 'b', '${id.room}', ${ME})`,
    everybody('denied', inTheRoom),
  ],
  [
    'notifications: INSERT about a message, to somebody else',
    `INSERT INTO notifications (user_id, type, title, message, room_id, sender_id)
     VALUES ('${id.stranger}', 'message', 'a', 'b', '${id.room}', ${ME})`,
    everybody('denied', { stranger: 'yes' }),
  ],
  [
    'notifications: INSERT in another’s name',
    `INSERT INTO notifications (user_id, type, title, message, room_id, sender_id)
     VALUES ('${id.stranger}', 'room_invitation', 'a', 'b', '${id.room}', '${id.member}')`,
    everybody('denied', { stranger: 'yes' }),
  ],
  [
    'notifications: UPDATE to read',
    `UPDATE notifications SET is_read = TRUE WHERE ${MINE} RETURNING id`,
    own,
  ],
  [
    'notifications: UPDATE the text',
    `UPDATE notifications SET message = 'x' WHERE ${MINE} RETURNING id`,
    denied,
  ],
  ['notifications: DELETE', `DELETE FROM notifications WHERE ${MINE} RETURNING id`, own],
  ['idempotency_keys: SELECT', `SELECT 1 FROM idempotency_keys WHERE ${MINE}`, own],
  [
    'idempotency_keys: INSERT',
    `INSERT INTO idempotency_keys (user_id, idempotency_key, request_hash) VALUES ('${id.member}', 'x', 'h')`,
    ownInsert,
  ],
  [
    'idempotency_keys: UPDATE',
    `UPDATE idempotency_keys SET status = 200 WHERE ${MINE} RETURNING user_id`,
    own,
  ],
  ['idempotency_keys: DELETE', `DELETE FROM idempotency_keys WHERE ${MINE} RETURNING user_id`, own],
  [
    'room_messages: SELECT a private one',
    `SELECT id FROM room_messages WHERE id = '${id.whisper}'`,
    everybody('none', { member: 'yes', other: 'yes' }),
  ],
  [
    'room_messages: INSERT a private one to somebody in the room',
    `INSERT INTO room_messages (room_id, user_id, message, recipient_id)
     VALUES ('${id.room}', '${id.member}', 'x', '${id.host}') RETURNING id`,
    ownInsert,
  ],
  [
    'room_messages: INSERT a private one to somebody who was never there',
    `INSERT INTO room_messages (room_id, user_id, message, recipient_id)
     VALUES ('${id.room}', ${ME}, 'x', '${id.stranger}')`,
    denied,
  ],
  [
    'room_messages: UPDATE a private one to deleted, without a look at it',
    `UPDATE room_messages SET message = '', deleted_at = now() WHERE recipient_id IS NOT NULL RETURNING id`,
    everybody('none', { member: 'yes', other: 'none' }),
  ],
  [
    'room_bans: SELECT',
    `SELECT user_id FROM room_bans WHERE ${ROOM}`,
    everybody('none', { moderator: 'yes', host: 'yes' }),
  ],
  [
    'room_bans: INSERT',
    `INSERT INTO room_bans (room_id, user_id, identity, name)
     VALUES ('${id.room}', '${id.other}', 'other', 'Other')`,
    everybody('denied', { moderator: 'yes', host: 'yes' }),
  ],
  [
    'room_bans: UPDATE',
    `UPDATE room_bans SET reason = 'x' WHERE ${ROOM} RETURNING user_id`,
    everybody('none', { moderator: 'yes', host: 'yes' }),
  ],
  [
    'room_bans: UPDATE who is banned',
    `UPDATE room_bans SET user_id = '${id.other}' WHERE ${ROOM} RETURNING user_id`,
    denied,
  ],
  [
    'room_bans: DELETE',
    `DELETE FROM room_bans WHERE ${ROOM} RETURNING user_id`,
    everybody('none', { moderator: 'yes', host: 'yes' }),
  ],
  [
    'projects: SELECT',
    `SELECT id FROM projects WHERE id = '${id.project}'`,
    everybody('none', { member: 'yes', admin: 'yes' }),
  ],
  [
    'projects: INSERT',
    `INSERT INTO projects (name, owner_id, service_user_id) VALUES ('x', ${ME}, ${ME})`,
    denied,
  ],
  [
    'projects: UPDATE',
    `UPDATE projects SET name = 'x' WHERE id = '${id.project}' RETURNING id`,
    everybody('none', { member: 'yes', admin: 'yes' }),
  ],
  [
    'projects: UPDATE the owner',
    `UPDATE projects SET owner_id = ${ME} WHERE id = '${id.project}' RETURNING id`,
    denied,
  ],
  [
    'projects: DELETE',
    `DELETE FROM projects WHERE id = '${id.project}' RETURNING id`,
    everybody('none', { member: 'yes', admin: 'yes' }),
  ],
  [
    'api_keys: SELECT',
    `SELECT id FROM api_keys WHERE id = '${API_KEY}'`,
    everybody('none', { member: 'yes', admin: 'yes' }),
  ],
  ['api_keys: SELECT the secret', 'SELECT secret FROM api_keys', denied],
  [
    'api_keys: INSERT',
    `INSERT INTO api_keys (id, project_id, name, secret, encryption_key_id, scopes)
     VALUES ('BKbbbbbbbbbbbbbbbbbb', '${id.project}', 'x', 's', 'k', '{data}')`,
    everybody('denied', { member: 'yes', admin: 'yes' }),
  ],
  [
    'api_keys: UPDATE to revoked',
    `UPDATE api_keys SET revoked_at = now(), secret = NULL, encryption_key_id = NULL
     WHERE id = '${API_KEY}' RETURNING id`,
    everybody('none', { member: 'yes', admin: 'yes' }),
  ],
  [
    'api_keys: UPDATE to another secret',
    `UPDATE api_keys SET secret = 'x' WHERE id = '${API_KEY}' RETURNING id`,
    everybody('none', { member: 'denied', admin: 'denied' }),
  ],
  [
    'api_keys: UPDATE the scopes',
    `UPDATE api_keys SET scopes = '{data}' WHERE id = '${API_KEY}' RETURNING id`,
    denied,
  ],
  ['api_keys: DELETE', `DELETE FROM api_keys WHERE id = '${API_KEY}' RETURNING id`, denied],
  ['mails: SELECT', 'SELECT 1 FROM mails', denied],
  [
    'mails: INSERT',
    `INSERT INTO mails (id, content, encryption_key_id, expires_at) VALUES (gen_random_uuid(), '', '', now())`,
    denied,
  ],
  ['mails: UPDATE', 'UPDATE mails SET attempts = 0', denied],
  ['mails: DELETE', 'DELETE FROM mails', denied],
];
