/** Fills a database with a past: people who were in rooms and said something there. */
import type { Client } from 'pg';

/** How large a past is, and how it lies over rooms. */
export type Past = {
  name: string;
  /** Rows in each of room_participants, room_messages and meeting_history. */
  rows: number;
  /** Rooms that the rows are spread over. */
  rooms: number;
  /** Rooms that each person was in. */
  roomsPerPerson: number;
};

/** What joins: people who were never in the room, and the room. */
export type Filled = { roomId: string; joiners: string[] };

/**
 * Writes the past, as a superuser into an empty schema, and lets PostgreSQL look
 * at what it has. One person in ten of a room's speaks; the messages are as many as the stays.
 */
export async function fillPast(superuser: Client, past: Past, joiners: number): Promise<Filled> {
  const people = Math.ceil(past.rows / past.roomsPerPerson);
  const indexes = await takeIndexes(superuser);
  // Neither triggers nor foreign keys: the rows are right by the way they are made.
  await superuser.query(`SET session_replication_role = 'replica'`);
  await superuser.query('CREATE TEMP TABLE person (n int PRIMARY KEY, id uuid)');
  await superuser.query('CREATE TEMP TABLE room (n int PRIMARY KEY, id uuid)');
  await superuser.query(
    'INSERT INTO person SELECT n, gen_random_uuid() FROM generate_series(0, $1) n',
    [people - 1],
  );
  await superuser.query(
    'INSERT INTO room SELECT n, gen_random_uuid() FROM generate_series(0, $1) n',
    [past.rooms - 1],
  );
  await superuser.query(
    `INSERT INTO users (id, kind, first_name, last_name)
     SELECT id, 'external', 'Person', n::text FROM person`,
  );
  await superuser.query(
    `INSERT INTO rooms (id, name, host_id)
     SELECT r.id, 'Room ' || r.n, p.id FROM room r JOIN person p ON p.n = r.n % $1`,
    [people],
  );
  // Stay i: person i modulo people, in a room of theirs.
  await superuser.query(
    `CREATE TEMP TABLE stay AS
     SELECT i, r.id AS room_id, p.id AS user_id,
            TIMESTAMPTZ '2025-01-01' + i * INTERVAL '10 s' AS at
     FROM generate_series(0, $1) i
     JOIN person p ON p.n = i % $2
     JOIN room r ON r.n = (i % $2 + i / $2) % $3`,
    [past.rows - 1, people, past.rooms],
  );
  await superuser.query(
    `INSERT INTO room_participants (room_id, user_id, joined_at, left_at)
     SELECT room_id, user_id, at, at + INTERVAL '30 min' FROM stay`,
  );
  await superuser.query(
    `INSERT INTO meeting_history (room_id, user_id, joined_at, left_at, duration)
     SELECT room_id, user_id, at, at + INTERVAL '30 min', INTERVAL '30 min' FROM stay`,
  );
  await superuser.query(
    `INSERT INTO room_messages (room_id, user_id, message, created_at)
     SELECT room_id, user_id, 'What I wanted to say, number ' || i, at + INTERVAL '1 min' FROM stay`,
  );
  const joining = await superuser.query<{ id: string }>(
    `INSERT INTO users (kind, first_name, last_name)
     SELECT 'guest', 'Joiner ' || n, '' FROM generate_series(1, $1) n RETURNING id`,
    [joiners],
  );
  const room = await superuser.query<{ id: string }>('SELECT id FROM room WHERE n = 0');
  await superuser.query('DROP TABLE person, room, stay');
  await superuser.query(`SET session_replication_role = 'origin'`);
  for (const definition of indexes) await superuser.query(definition);
  await superuser.query('VACUUM ANALYZE');
  await superuser.query('CHECKPOINT');
  return { roomId: room.rows[0]?.id ?? '', joiners: joining.rows.map(({ id }) => id) };
}

/** Drops the indexes that hold no constraint: made afterwards, they take a fraction of the time. */
async function takeIndexes(superuser: Client): Promise<string[]> {
  const { rows } = await superuser.query<{ name: string; definition: string }>(`
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i
    WHERE i.indrelid = ANY (ARRAY['users', 'rooms', 'room_participants', 'room_messages',
        'meeting_history']::regclass[])
      AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)`);
  for (const { name } of rows) await superuser.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}
