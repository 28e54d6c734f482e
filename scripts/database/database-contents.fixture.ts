/** What the tests put into a database, and how they read one back whole. */
import type { Client } from 'pg';
import { describeSchema } from '../../server/test/schema-catalog.ts';
import { listTables } from './schema-facts.ts';

/** Rows in every table, with values that a careless copy would lose. */
export async function fillEveryTable(client: Client): Promise<void> {
  await client.query(`
    INSERT INTO users (email, password, first_name, last_name, is_admin)
      VALUES ('siti@example.org', 'hash', 'Siti', 'O''Brien "\\."', TRUE);
    INSERT INTO users (email, password, first_name, last_name, password_reset_token, password_reset_expires_at)
      VALUES ('budi@example.org', 'hash', E'Budi\\t\\n\\\\', 'Ünïcødé 会议 🎥', repeat('a', 64), 'infinity');
    INSERT INTO users (kind, first_name, last_name) SELECT 'guest', 'guest ' || n, '' FROM generate_series(1, 50) n;
    INSERT INTO rooms (name, host_id, password, scheduled_at)
      SELECT 'Rapat', id, 'hash', '2031-02-03 04:05:06.789012+07' FROM users WHERE is_admin;
    INSERT INTO room_participants (room_id, user_id, role, left_at)
      SELECT r.id, u.id, CASE WHEN u.is_admin THEN 'host' ELSE 'participant' END,
        CASE WHEN u.kind = 'guest' THEN NOW() END FROM rooms r, users u;
    INSERT INTO user_contacts (user_id, contact_id, by_email)
      SELECT a.id, b.id, TRUE FROM users a, users b WHERE a.is_admin AND b.email LIKE 'budi%';
    INSERT INTO user_sessions (user_id, token, family, expires_at, ip_address, user_agent)
      SELECT id, md5(id::text), md5('f' || id::text), NOW() + INTERVAL '1 day', '2001:db8::1', 'agent' FROM users;
    INSERT INTO room_messages (room_id, user_id, message)
      SELECT r.id, u.id, E'\\\\. halo\\r\\n' || repeat('x', 5000) FROM rooms r, users u;
    INSERT INTO room_messages (room_id, user_id, message, message_type, file_name, file_size, file_type, file_key)
      SELECT r.id, r.host_id, '', 'file', 'a b.pdf', 5000000000, 'application/pdf', 'key' FROM rooms r;
    INSERT INTO meeting_history (room_id, user_id, joined_at, left_at)
      SELECT r.id, r.host_id, NOW() - INTERVAL '62.5 minutes', NOW() FROM rooms r;
    UPDATE user_sessions SET previous_token = repeat('c', 64), rotated_at = NOW(),
        rotation_salt = 'v1:0011223344556677:x:y', encryption_key_id = '0011223344556677'
      FROM users u WHERE u.id = user_id AND u.is_admin;
    INSERT INTO user_settings (user_id, setting_key, setting_value)
      SELECT id, 'language', '"id"' FROM users WHERE is_admin;
    INSERT INTO room_settings (room_id, setting_key, setting_value) SELECT id, 'locked', NULL FROM rooms;
    INSERT INTO notifications (user_id, type, title, message, room_id)
      SELECT host_id, 'room_invitation', 'Undangan', '', id FROM rooms;
    INSERT INTO idempotency_keys (user_id, idempotency_key, request_hash, status, response)
      SELECT host_id, 'key', repeat('b', 64), 201, '{"a": [1, null, "\\u0041"]}' FROM rooms;
    INSERT INTO mails (id, content, encryption_key_id, expires_at)
      VALUES (gen_random_uuid(), 'v1:0011223344556677:x:y', '0011223344556677', 'infinity');
    SELECT set_config('app.user_id', (SELECT id::text FROM users WHERE is_admin), FALSE);
    SELECT create_project(gen_random_uuid(), 'Lontar', 'https://lontar.example/jwks.json', 'lontar');
    SELECT set_config('app.user_id', '', FALSE);
    SELECT ensure_external_user(id, gen_random_uuid(), 'alice@@lontar', 'Alice') FROM projects;
    INSERT INTO rooms (name, host_id, metadata, empty_timeout_s)
      SELECT 'Kelas', service_user_id, E'{"a": "\\t"}', 300 FROM projects;
    INSERT INTO rooms (name, host_id, parent_id)
      SELECT 'Kelompok', host_id, id FROM rooms WHERE project_id IS NOT NULL;
    INSERT INTO room_participants (room_id, user_id, role, assigned_room_id)
      SELECT r.parent_id, u.id, 'listener', r.id FROM rooms r, users u
      WHERE r.parent_id IS NOT NULL AND u.external_id IS NOT NULL;
    INSERT INTO room_messages (room_id, user_id, message, recipient_id)
      SELECT r.parent_id, r.host_id, 'bisik', u.id FROM rooms r, users u
      WHERE r.parent_id IS NOT NULL AND u.external_id IS NOT NULL;
    INSERT INTO room_bans (room_id, user_id, identity, name, banned_by, reason)
      SELECT r.id, u.id, u.external_id, u.first_name, r.host_id, 'spam' FROM rooms r, users u
      WHERE r.parent_id IS NOT NULL AND u.external_id IS NOT NULL;
    INSERT INTO api_keys (id, project_id, name, secret, encryption_key_id, scopes, revoked_at)
      SELECT 'BK' || repeat('a', 18), id, 'server', 'v1:0011223344556677:x:y', '0011223344556677',
        '{tokens,rooms:read}'::text[], NULL::timestamptz FROM projects
      UNION ALL
      SELECT 'BK' || repeat('b', 18), id, 'old', NULL, NULL, '{data}', NOW() FROM projects;
  `);
}

/** Every row of every table as text, by table. */
export async function readEveryTable(client: Client): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {};
  for (const table of await listTables(client)) {
    const { rows } = await client.query<{ row: string }>(
      `SELECT to_jsonb(t)::text AS row FROM ${table} t ORDER BY 1`,
    );
    tables[table] = rows.map(({ row }) => row);
  }
  return tables;
}

/** The whole schema, and the rights that are kept outside of the database. */
export async function describeDatabase(client: Client): Promise<readonly string[]> {
  const schema = await describeSchema({
    query: async <Row extends object>(sql: string) => (await client.query<Row>(sql)).rows,
  });
  const { rows } = await client.query<{ line: string }>(`
    SELECT format('database grant %s %s %s', pg_get_userbyid(NULLIF(a.grantee, 0)), a.privilege_type, a.is_grantable) AS line
    FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = current_database() ORDER BY 1`);
  return [...schema.map(withoutCasts), ...rows.map(({ line }) => line)];
}

/** The server reads `x IN ('a', 'b')` of varchar as casts in one order, and its own text of that in another. */
function withoutCasts(line: string): string {
  return line.startsWith('constraint ') || line.startsWith('index ')
    ? line.replaceAll(/::(character varying|text)(\[\])?|[()]/g, '')
    : line;
}
