import type { Identity } from '@balai/protocol';
import type { Queryable } from '../../store/postgres/postgres.ts';

/** A guest is a user without credentials, whose whole name stands in `first_name`. */
export async function insertGuest(db: Queryable, identity: Identity, name: string): Promise<void> {
  await db.query(
    `INSERT INTO users (id, kind, first_name, last_name) VALUES ($1, 'guest', $2, '')`,
    [identity, name],
  );
}
