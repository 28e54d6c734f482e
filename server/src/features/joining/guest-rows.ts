import type { Identity } from '@balai/protocol';
import type { Queryable } from '../../store/postgres/postgres.ts';

/** A guest is a user without credentials, whose whole name stands in `first_name`. */
export async function insertGuest(db: Queryable, name: string): Promise<Identity> {
  const rows = await db.query<{ readonly id: string }>(
    `INSERT INTO users (kind, first_name, last_name) VALUES ('guest', $1, '') RETURNING id`,
    [name],
  );
  return (rows[0] as { readonly id: string }).id;
}
