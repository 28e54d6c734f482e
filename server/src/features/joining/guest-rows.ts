import type { RoomId } from '@balai/protocol';
import type { Queryable } from '../../store/postgres/postgres.ts';

/**
 * Writes the user of the transaction down as a guest: one without credentials, whose whole
 * name stands in `first_name`, and who belongs where the room does.
 */
export async function insertGuest(db: Queryable, roomId: RoomId, name: string): Promise<void> {
  await db.query('SELECT create_guest($1, $2)', [roomId, name]);
}
