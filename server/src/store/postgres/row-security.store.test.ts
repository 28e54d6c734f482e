import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, silentLogger, type TestDatabase } from '../../../test/test-stores.ts';
import { createPool, type Pool } from './postgres.ts';
import {
  ACTORS,
  type Actor,
  API_KEY,
  id,
  MATRIX,
  type Outcome,
  PEOPLE,
  type Person,
  ROOM,
} from './testing/row-security-matrix.ts';

/*
 * Row security through the database itself: as the role of the API, with
 * nothing of the server in between.
 */

let testDatabase: TestDatabase;
let owner: Pool;
let api: Pool;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  owner = createPool(testDatabase.url, silentLogger);
  api = createPool(testDatabase.apiUrl, silentLogger);
  for (const name of PEOPLE) {
    await owner.query(
      `INSERT INTO users (id, email, password, first_name, last_name, is_admin)
       VALUES ($1, $2, 'hash', $3, 'Example', $4)`,
      [id[name], `${name}@example.org`, name, name === 'admin'],
    );
  }
  await owner.query(`INSERT INTO rooms (id, name, host_id) VALUES ($1, 'Hall', $2)`, [
    id.room,
    id.host,
  ]);
  for (const name of ['member', 'other', 'moderator', 'host'] as const) {
    const role = name === 'host' || name === 'moderator' ? name : 'participant';
    await owner.query(
      'INSERT INTO room_participants (room_id, user_id, role) VALUES ($1, $2, $3)',
      [id.room, id[name], role],
    );
    await owner.query(
      'INSERT INTO meeting_history (room_id, user_id, joined_at) VALUES ($1, $2, now())',
      [id.room, id[name]],
    );
  }
  const m = [id.member];
  await owner.query(
    `INSERT INTO room_messages (id, room_id, user_id, message) VALUES ($1, $2, $3, 'Hello')`,
    [id.message, id.room, id.member],
  );
  await owner.query('INSERT INTO user_contacts (id, user_id, contact_id) VALUES ($1, $2, $3)', [
    id.contact,
    id.member,
    id.stranger,
  ]);
  await owner.query(
    `INSERT INTO user_sessions (user_id, token, family, expires_at)
     VALUES ($1, 'token', 'family', now() + '1 day')`,
    m,
  );
  await owner.query(`INSERT INTO user_settings (user_id, setting_key) VALUES ($1, 'theme')`, m);
  await owner.query(`INSERT INTO room_settings (room_id, setting_key) VALUES ($1, 'theme')`, [
    id.room,
  ]);
  await owner.query(
    `INSERT INTO notifications (user_id, type, title, message) VALUES ($1, 'system', 'a', 'b')`,
    m,
  );
  await owner.query(
    `INSERT INTO idempotency_keys (user_id, idempotency_key, request_hash) VALUES ($1, 'k', 'h')`,
    m,
  );
  await owner.query(
    `INSERT INTO room_messages (id, room_id, user_id, message, recipient_id)
     VALUES ($1, $2, $3, 'Psst', $4)`,
    [id.whisper, id.room, id.member, id.other],
  );
  await owner.query(
    `INSERT INTO room_bans (room_id, user_id, identity, name) VALUES ($1, $2, 'stranger', 'Stranger')`,
    [id.room, id.stranger],
  );
  await owner.transaction(async (db) => {
    await db.query(`SELECT set_config('app.user_id', $1, TRUE)`, m);
    await db.query(`SELECT create_project($1, 'Lontar', NULL, NULL)`, [id.project]);
    await db.query(
      `INSERT INTO api_keys (id, project_id, name, secret, encryption_key_id, scopes)
       VALUES ('${API_KEY}', $1, 'server', 'sealed', 'k', '{tokens}')`,
      [id.project],
    );
  });
});
afterAll(async () => {
  await Promise.all([owner.close(), api.close()]);
  await testDatabase.drop();
});

const undo = new Error('undo');

/** Runs a statement as somebody and takes it back. */
async function attempt(actor: Actor, sql: string): Promise<Outcome> {
  let outcome: Outcome | undefined;
  try {
    await api.transaction(async (db) => {
      if (actor !== 'nobody') {
        await db.query(`SELECT set_config('app.user_id', $1, TRUE)`, [id[actor]]);
      }
      const rows = await db.query(sql);
      const isPlainInsert = sql.startsWith('INSERT') && !sql.includes('RETURNING');
      outcome = isPlainInsert || rows.length > 0 ? 'yes' : 'none';
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
  return outcome as Outcome;
}

describe('row security', () => {
  test.each(MATRIX)('%s', async (_name, sql, expected) => {
    const outcomes: Record<string, Outcome> = {};
    for (const actor of ACTORS) {
      outcomes[actor] = await attempt(actor, sql);
    }
    expect(outcomes).toEqual(expected);
  });

  test('is tried on every table with every operation', async () => {
    const tables = await owner.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'knex%'`,
    );
    expect(tables).toHaveLength(15);
    for (const { name } of tables) {
      for (const operation of ['SELECT', 'INSERT', 'UPDATE', 'DELETE']) {
        expect(
          MATRIX.some(([title]) => title.startsWith(`${name}: ${operation}`)),
          `${name} ${operation}`,
        ).toBe(true);
      }
    }
  });

  test('is on, and forced on the owner, for every table that the API can reach', async () => {
    const open = await owner.query(`
      SELECT relname FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND (has_table_privilege('app_user', oid, 'SELECT, INSERT, UPDATE, DELETE')
          OR has_any_column_privilege('app_user', oid, 'SELECT, INSERT, UPDATE'))
        AND NOT (relrowsecurity AND relforcerowsecurity)`);
    expect(open).toEqual([]);
    expect(await attempt('host', 'SELECT name FROM knex_migrations')).toBe('denied');
  });

  test('lets newcomers write themselves down', async () => {
    await api.transaction(async (db) => {
      await db.query(`SELECT set_config('app.user_id', $1, TRUE)`, [id.newcomer]);
      await db.query(
        `INSERT INTO users (id, kind, first_name, last_name) VALUES ($1, 'guest', 'a', '')`,
        [id.newcomer],
      );
      expect(await db.query('SELECT id FROM users')).toEqual([{ id: id.newcomer }]);
    });
  });

  test.each([
    'SELECT password FROM users',
    'SELECT email FROM users',
    'SELECT is_admin FROM users',
    'SELECT password_reset_token FROM users',
    'SELECT * FROM users',
    'SELECT password FROM rooms',
    `UPDATE users SET password = 'hash'`,
    'UPDATE users SET is_admin = TRUE',
    `UPDATE users SET status = 'active'`,
    'UPDATE users SET email_verified = TRUE',
    `UPDATE users SET kind = 'registered'`,
    'UPDATE rooms SET host_id = host_id',
    'TRUNCATE users',
    'ALTER TABLE users DISABLE ROW LEVEL SECURITY',
    'SET ROLE app_admin',
    `INSERT INTO users (id, kind, first_name, last_name, is_admin) VALUES (gen_random_uuid(), 'guest', 'a', 'b', TRUE)`,
  ])('refuses everybody, administrators too: %s', async (sql) => {
    for (const actor of ACTORS) {
      expect(await attempt(actor, sql)).toBe('denied');
    }
  });

  test('shows private facts to the user and administrators, the address to who added it', async () => {
    const account = async (actor: Actor, of: Person) => {
      const rows = await api.transaction(async (db) => {
        await db.query(`SELECT set_config('app.user_id', $1, TRUE)`, [
          actor === 'nobody' ? '' : id[actor],
        ]);
        return await db.query<{ email: string; is_admin: boolean | null }>(
          'SELECT email, is_admin FROM account_of($1)',
          [id[of]],
        );
      });
      return rows[0] && [rows[0].email, rows[0].is_admin];
    };
    const whole = ['member@example.org', false];
    expect(await account('member', 'member')).toEqual(whole);
    expect(await account('admin', 'member')).toEqual(whole);
    for (const actor of ['other', 'host', 'moderator', 'stranger', 'nobody'] as const) {
      expect(await account(actor, 'member')).toBeUndefined();
    }
    // A contact alone does not tell the address.
    expect(await account('member', 'stranger')).toBeUndefined();
    await owner.query('UPDATE user_contacts SET by_email = TRUE WHERE id = $1', [id.contact]);
    expect(await account('member', 'stranger')).toEqual(['stranger@example.org', null]);
  });

  test('lets a room’s people keep nothing after they are removed from it', async () => {
    await owner.transaction(async (db) => {
      await db.query('DELETE FROM room_participants WHERE user_id = $1', [id.other]);
    });
    try {
      expect(await attempt('other', `SELECT id FROM rooms WHERE id = '${id.room}'`)).toBe('none');
      expect(await attempt('other', `SELECT id FROM room_messages WHERE ${ROOM}`)).toBe('none');
      expect(await attempt('other', `SELECT id FROM users WHERE id = '${id.member}'`)).toBe('none');
    } finally {
      await owner.query('INSERT INTO room_participants (room_id, user_id) VALUES ($1, $2)', [
        id.room,
        id.other,
      ]);
    }
  });
});

describe('functions that run with the owner’s rights', () => {
  test('have their search path pinned, and nobody may call them but our roles', async () => {
    const definers = await owner.query<{ name: string; config: string[]; acl: string }>(`
      SELECT proname AS name, proconfig AS config, proacl::text AS acl FROM pg_proc
      WHERE pronamespace = 'public'::regnamespace AND prosecdef`);
    expect(definers.length).toBeGreaterThan(20);
    for (const { name, config, acl } of definers) {
      expect(config, name).toEqual(['search_path=pg_catalog, public, pg_temp']);
      expect(acl, name).not.toMatch(/[{,]=/);
    }
  });
});
