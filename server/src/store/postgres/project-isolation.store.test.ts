import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestStores, type TestStores } from '../../../test/test-stores.ts';

/** People and rows of one project, or of the server itself. */
interface World {
  readonly projectId: string | null;
  /** Host of the room: the service user of a project. */
  readonly host: string;
  readonly moderator: string;
  readonly member: string;
  readonly room: string;
  readonly message: string;
}

let stores: TestStores;
let lontar: World;
let tebu: World;
let own: World;
beforeAll(async () => {
  stores = await createTestStores();
  lontar = await createWorld('Lontar');
  tebu = await createWorld('Tebu');
  own = await createWorld(null);
});
afterAll(() => stores.close());

async function addAccount(): Promise<string> {
  const id = randomUUID();
  await stores.owner.query(
    `INSERT INTO users (id, email, password, first_name, last_name)
     VALUES ($1, $2, 'hash', 'Ann', 'Lee')`,
    [id, `${id}@example.org`],
  );
  return id;
}

async function addPerson(projectId: string | null, name: string): Promise<string> {
  if (projectId === null) {
    return await addAccount();
  }
  const id = randomUUID();
  await stores.database.call('ensure_external_user', [projectId, id, name, name]);
  return id;
}

async function createWorld(name: string | null): Promise<World> {
  const { owner } = stores;
  const account = await addAccount();
  let projectId: string | null = null;
  let host = account;
  if (name !== null) {
    projectId = randomUUID();
    await stores.database.asUser(account, (db) =>
      db.query('SELECT create_project($1, $2, NULL, NULL)', [projectId, name]),
    );
    const [row] = await owner.query<{ service_user_id: string }>(
      'SELECT service_user_id FROM projects WHERE id = $1',
      [projectId],
    );
    host = row?.service_user_id ?? '';
    await owner.query(
      `INSERT INTO api_keys (id, project_id, name, secret, encryption_key_id, scopes)
       VALUES ($1, $2, 'server', 's', 'k', '{data}')`,
      [`BK${projectId.replaceAll('-', '').slice(0, 18)}`, projectId],
    );
  }
  const [moderator, member] = [
    await addPerson(projectId, 'moderator'),
    await addPerson(projectId, 'member'),
  ];
  const [room, message] = [randomUUID(), randomUUID()];
  await stores.database.asUser(host, (db) =>
    db.query(`INSERT INTO rooms (id, name, host_id) VALUES ($1, 'Hall', $2)`, [room, host]),
  );
  for (const [userId, role] of [
    [host, 'host'],
    [moderator, 'moderator'],
    [member, 'listener'],
  ] as const) {
    await stores.database.asUser(userId, (db) =>
      db.query('SELECT record_arrival($1, $2, now())', [room, role]),
    );
  }
  await stores.database.asUser(member, async (db) => {
    await db.query(
      `INSERT INTO room_messages (id, room_id, user_id, message) VALUES ($1, $2, $3, 'Hello')`,
      [message, room, member],
    );
    await db.query('INSERT INTO user_contacts (user_id, contact_id) VALUES ($1, $2)', [
      member,
      moderator,
    ]);
    await db.query(`INSERT INTO user_settings (user_id, setting_key) VALUES ($1, 'theme')`, [
      member,
    ]);
    await db.query(
      `INSERT INTO notifications (user_id, type, title, message) VALUES ($1, 'system', 'a', 'b')`,
      [member],
    );
    await db.query(
      `INSERT INTO idempotency_keys (user_id, idempotency_key, request_hash) VALUES ($1, 'k', 'h')`,
      [member],
    );
    await db.query(
      `INSERT INTO user_sessions (user_id, token, family, expires_at) VALUES ($1, $2, $2, now())`,
      [member, randomUUID()],
    );
  });
  await stores.database.asUser(host, async (db) => {
    await db.query(`INSERT INTO room_settings (room_id, setting_key) VALUES ($1, 'x')`, [room]);
    await db.query(
      `INSERT INTO room_bans (room_id, user_id, identity, name) VALUES ($1, $2, 'x', 'x')`,
      [room, member],
    );
  });
  return { projectId, host, moderator, member, room, message };
}

/** yes: a row was seen or changed. */
async function attempt(userId: string, sql: string): Promise<'yes' | 'none' | 'denied'> {
  const undo = new Error('undo');
  let outcome: 'yes' | 'none' = 'none';
  try {
    await stores.database.asUser(userId, async (db) => {
      const rows = await db.query(sql);
      outcome = rows.length > 0 || (/^INSERT/.test(sql) && !/RETURNING/.test(sql)) ? 'yes' : 'none';
      throw undo;
    });
  } catch (error) {
    if ((error as { code?: string }).code === '42501') {
      return 'denied';
    }
    if (error !== undo) {
      throw error;
    }
  }
  return outcome;
}

const ME = 'current_user_id()';

/** What touches the rows of a world; and who of its people may do it, for the check of the check. */
const ATTEMPTS: readonly (readonly [
  string,
  (world: World) => string,
  ('host' | 'moderator' | 'member')?,
])[] = [
  ['users: SELECT', (w) => `SELECT id FROM users WHERE id = '${w.member}'`, 'moderator'],
  [
    'users: INSERT',
    (w) =>
      `INSERT INTO users (id, kind, first_name, last_name) VALUES ('${w.room}', 'guest', 'a', 'b')`,
  ],
  [
    'users: UPDATE',
    (w) => `UPDATE users SET first_name = 'x' WHERE id = '${w.member}' RETURNING id`,
    'member',
  ],
  ['rooms: SELECT', (w) => `SELECT id FROM rooms WHERE id = '${w.room}'`, 'member'],
  ['rooms: INSERT', (w) => `INSERT INTO rooms (name, host_id) VALUES ('x', '${w.host}')`, 'host'],
  [
    'rooms: INSERT a breakout room',
    (w) => `INSERT INTO rooms (name, host_id, parent_id) VALUES ('x', ${ME}, '${w.room}')`,
    'host',
  ],
  [
    'rooms: UPDATE',
    (w) => `UPDATE rooms SET is_locked = TRUE WHERE id = '${w.room}' RETURNING id`,
    'host',
  ],
  ['rooms: DELETE', (w) => `DELETE FROM rooms WHERE id = '${w.room}' RETURNING id`, 'host'],
  [
    'room_participants: SELECT',
    (w) => `SELECT id FROM room_participants WHERE room_id = '${w.room}'`,
    'member',
  ],
  [
    'room_participants: INSERT by arriving',
    (w) => `SELECT record_arrival('${w.room}', 'participant', now())`,
    'member',
  ],
  [
    'room_participants: UPDATE',
    (w) =>
      `UPDATE room_participants SET role = 'participant' WHERE user_id = '${w.member}' RETURNING id`,
    'host',
  ],
  [
    'room_participants: DELETE',
    (w) => `DELETE FROM room_participants WHERE user_id = '${w.member}' RETURNING id`,
    'host',
  ],
  [
    'room_messages: SELECT',
    (w) => `SELECT id FROM room_messages WHERE room_id = '${w.room}'`,
    'moderator',
  ],
  [
    'room_messages: INSERT',
    (w) => `INSERT INTO room_messages (room_id, user_id, message) VALUES ('${w.room}', ${ME}, 'x')`,
    'moderator',
  ],
  [
    'room_messages: UPDATE',
    (w) =>
      `UPDATE room_messages SET message = '', deleted_at = now() WHERE id = '${w.message}' RETURNING id`,
    'moderator',
  ],
  [
    'meeting_history: SELECT',
    (w) => `SELECT id FROM meeting_history WHERE room_id = '${w.room}'`,
    'moderator',
  ],
  [
    'user_contacts: SELECT',
    (w) => `SELECT id FROM user_contacts WHERE user_id = '${w.member}'`,
    'member',
  ],
  [
    'user_contacts: INSERT',
    (w) => `INSERT INTO user_contacts (user_id, contact_id) VALUES (${ME}, '${w.member}')`,
    'host',
  ],
  [
    'user_contacts: DELETE',
    (w) => `DELETE FROM user_contacts WHERE user_id = '${w.member}' RETURNING id`,
    'member',
  ],
  [
    'user_sessions: SELECT',
    (w) => `SELECT id FROM user_sessions WHERE user_id = '${w.member}'`,
    'member',
  ],
  [
    'user_settings: SELECT',
    (w) => `SELECT id FROM user_settings WHERE user_id = '${w.member}'`,
    'member',
  ],
  [
    'user_settings: UPDATE',
    (w) =>
      `UPDATE user_settings SET setting_value = 'x' WHERE user_id = '${w.member}' RETURNING id`,
    'member',
  ],
  [
    'room_settings: SELECT',
    (w) => `SELECT id FROM room_settings WHERE room_id = '${w.room}'`,
    'member',
  ],
  [
    'room_settings: INSERT',
    (w) => `INSERT INTO room_settings (room_id, setting_key) VALUES ('${w.room}', 'y')`,
    'host',
  ],
  [
    'room_settings: UPDATE',
    (w) => `UPDATE room_settings SET setting_value = 'y' WHERE room_id = '${w.room}' RETURNING id`,
    'host',
  ],
  [
    'room_settings: DELETE',
    (w) => `DELETE FROM room_settings WHERE room_id = '${w.room}' RETURNING id`,
    'host',
  ],
  [
    'notifications: SELECT',
    (w) => `SELECT id FROM notifications WHERE user_id = '${w.member}'`,
    'member',
  ],
  [
    'notifications: INSERT',
    (w) => `INSERT INTO notifications (user_id, type, title, message, room_id, sender_id)
            VALUES ('${w.member}', 'room_invitation', 'a', 'b', '${w.room}', ${ME})`,
    'moderator',
  ],
  [
    'idempotency_keys: SELECT',
    (w) => `SELECT 1 FROM idempotency_keys WHERE user_id = '${w.member}'`,
    'member',
  ],
  ['room_bans: SELECT', (w) => `SELECT 1 FROM room_bans WHERE room_id = '${w.room}'`, 'moderator'],
  [
    'room_bans: INSERT',
    (w) => `INSERT INTO room_bans (room_id, user_id, identity, name)
            VALUES ('${w.room}', '${w.moderator}', 'x', 'x')`,
    'host',
  ],
  [
    'room_bans: UPDATE',
    (w) => `UPDATE room_bans SET reason = 'x' WHERE room_id = '${w.room}' RETURNING 1`,
    'moderator',
  ],
  [
    'room_bans: DELETE',
    (w) => `DELETE FROM room_bans WHERE room_id = '${w.room}' RETURNING 1`,
    'moderator',
  ],
  ['projects: SELECT', (w) => `SELECT id FROM projects WHERE id = ${project(w)}`],
  [
    'projects: UPDATE',
    (w) => `UPDATE projects SET name = 'x' WHERE id = ${project(w)} RETURNING id`,
  ],
  ['projects: DELETE', (w) => `DELETE FROM projects WHERE id = ${project(w)} RETURNING id`],
  ['api_keys: SELECT', (w) => `SELECT id FROM api_keys WHERE project_id = ${project(w)}`],
  [
    'api_keys: UPDATE',
    (w) => `UPDATE api_keys SET revoked_at = now(), secret = NULL, encryption_key_id = NULL
            WHERE project_id = ${project(w)} RETURNING id`,
  ],
  ['find_authors', (w) => `SELECT * FROM find_authors('{${w.message}}')`, 'moderator'],
  ['find_project_files', (w) => `SELECT * FROM find_project_files(${project(w)}, 9, '')`],
  [
    'search_users',
    (w) => `SELECT * FROM search_users((
      SELECT 'moderator' WHERE can_see_user('${w.moderator}')), 9) u WHERE u.id = '${w.moderator}'`,
  ],
];

function project({ projectId }: World): string {
  return projectId === null ? 'NULL::uuid' : `'${projectId}'::uuid`;
}

describe('projects', () => {
  test.each(ATTEMPTS.map(([name, sql, who]) => ({ name, sql, who })))(
    'are apart: $name',
    async ({ sql, who }) => {
      const worlds = [lontar, tebu, own];
      for (const theirs of worlds) {
        for (const mine of worlds) {
          if (mine !== theirs) {
            for (const userId of [mine.host, mine.moderator, mine.member]) {
              expect(await attempt(userId, sql(theirs))).not.toBe('yes');
            }
          }
        }
        if (who !== undefined) {
          expect(await attempt(theirs[who], sql(theirs))).toBe('yes');
        }
      }
    },
  );

  test('are apart even where a row says that somebody is in a room of another one', async () => {
    await stores.owner.query('ALTER TABLE room_participants DISABLE TRIGGER USER');
    await stores.owner.query(
      `INSERT INTO room_participants (room_id, user_id, role, project_id)
       VALUES ($1, $2, 'moderator', $3)`,
      [tebu.room, lontar.member, tebu.projectId],
    );
    await stores.owner.query('ALTER TABLE room_participants ENABLE TRIGGER USER');
    for (const sql of [
      `SELECT id FROM rooms WHERE id = '${tebu.room}'`,
      `SELECT id FROM room_participants WHERE room_id = '${tebu.room}'`,
      `SELECT id FROM room_messages WHERE room_id = '${tebu.room}'`,
      `UPDATE room_messages SET message = '', deleted_at = now() WHERE id = '${tebu.message}' RETURNING id`,
      `SELECT id FROM users WHERE id = '${tebu.moderator}'`,
      `INSERT INTO room_messages (room_id, user_id, message) VALUES ('${tebu.room}', ${ME}, 'x')`,
      `INSERT INTO notifications (user_id, type, title, message, room_id, sender_id)
       VALUES ('${tebu.member}', 'room_invitation', 'a', 'b', '${tebu.room}', ${ME})`,
    ]) {
      expect(await attempt(lontar.member, sql), sql).not.toBe('yes');
    }
  });

  test('are all seen by an administrator', async () => {
    const admin = await addAccount();
    await stores.owner.query('UPDATE users SET is_admin = TRUE WHERE id = $1', [admin]);
    for (const { room, member } of [lontar, tebu, own]) {
      expect(await attempt(admin, `SELECT id FROM rooms WHERE id = '${room}'`)).toBe('yes');
      expect(await attempt(admin, `SELECT id FROM users WHERE id = '${member}'`)).toBe('yes');
    }
    expect(await attempt(admin, 'SELECT id FROM projects OFFSET 1')).toBe('yes');
  });

  test('are filled in by the database, whatever is written', async () => {
    expect(
      await stores.owner.query(
        `SELECT r.project_id AS room, p.project_id AS participant, m.project_id AS message
         FROM rooms r JOIN room_participants p ON p.room_id = r.id
         JOIN room_messages m ON m.room_id = r.id
         WHERE r.id = $1 AND p.user_id = $2`,
        [lontar.room, lontar.member],
      ),
    ).toEqual([
      { room: lontar.projectId, participant: lontar.projectId, message: lontar.projectId },
    ]);
    const forged = `INSERT INTO room_messages (room_id, user_id, message, project_id)
                    VALUES ('${tebu.room}', ${ME}, 'x', '${lontar.projectId}')`;
    expect(await attempt(lontar.member, forged)).toBe('denied');
    expect(await attempt(lontar.host, `UPDATE rooms SET project_id = NULL`)).toBe('denied');
    expect(await attempt(lontar.member, `UPDATE users SET project_id = NULL`)).toBe('denied');
  });

  test('take all that is theirs with them', async () => {
    const gone = await createWorld('Gone');
    await stores.owner.query('DELETE FROM projects WHERE id = $1', [gone.projectId]);
    for (const [table, column, id] of [
      ['users', 'id', gone.host],
      ['users', 'id', gone.member],
      ['rooms', 'id', gone.room],
      ['room_messages', 'id', gone.message],
      ['api_keys', 'project_id', gone.projectId],
    ]) {
      expect(await stores.owner.query(`SELECT 1 FROM ${table} WHERE ${column} = $1`, [id])).toEqual(
        [],
      );
    }
  });
});
