import type { Contact, Page, RoomId, UserSummary } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { momentSql, readCursor, toPage } from '../../kernel/cursor.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';

const MAX_FOUND = 10;

/** Whom a user keeps at hand. The contact is not asked, and sees nothing of it. */
export interface Contacts {
  /**
   * Looks for somebody to add: anybody by their whole address, people one has met by
   * the beginning of their name. The address comes back only where it was the key.
   */
  search(userId: string, text: string): Promise<readonly UserSummary[]>;

  /**
   * Adds anybody by their address. Adding twice is no fault.
   *
   * @throws AppError `not_found` where there is no such account.
   */
  addByEmail(userId: string, email: string): Promise<Contact>;

  /**
   * Adds somebody one was in a room with. Adding twice is no fault.
   *
   * @throws AppError `not_found` for everybody else.
   */
  addById(userId: string, contactId: string): Promise<Contact>;

  /** @throws AppError `not_found` where they were none. */
  remove(userId: string, contactId: string): Promise<void>;

  /**
   * Newest first.
   *
   * @throws AppError `invalid_request` for a cursor that is none.
   */
  list(userId: string, cursor: string | null, limit: number): Promise<Page<Contact>>;
}

export interface ContactsDependencies {
  readonly database: Database;
  /** Where people are now; who is in no room is not in the answer. */
  readonly findCurrentRooms: (userIds: readonly string[]) => Promise<ReadonlyMap<string, RoomId>>;
}

interface PersonRow {
  readonly id: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly avatar: string | null;
  readonly email: string | null;
}

interface ContactRow extends PersonRow {
  readonly added_at: Date;
  readonly sort_key: string;
}

type Room = NonNullable<Contact['room']>;

const SELECT_CONTACTS = `
  SELECT c.contact_id AS id, u.first_name, u.last_name, c.contact_avatar AS avatar,
         c.contact_email AS email, c.created_at AS added_at,
         ${momentSql('c.created_at')} AS sort_key
  FROM user_contacts_view c
  JOIN users u ON u.id = c.contact_id
  WHERE c.user_id = $1 AND c.contact_status = 'active'`;

export function createContacts({ database, findCurrentRooms }: ContactsDependencies): Contacts {
  /** Rooms that the user may know of, of those where the contacts are. */
  const findRooms = async (
    db: Queryable,
    userId: string,
    contactIds: readonly string[],
  ): Promise<ReadonlyMap<string, Room>> => {
    const places = await findCurrentRooms(contactIds);
    const roomIds = [...new Set(places.values())].filter(isUuid);
    if (roomIds.length === 0) {
      return new Map();
    }
    const rows = await db.query<Room>(
      'SELECT id, name FROM rooms WHERE id = ANY($1::uuid[]) AND is_room_member(id, $2)',
      [roomIds, userId],
    );
    const rooms = new Map(rows.map((room) => [room.id, room]));
    return new Map(
      [...places].flatMap(([contactId, roomId]) => {
        const room = rooms.get(roomId);
        return room === undefined ? [] : [[contactId, room] as const];
      }),
    );
  };

  const find = async (db: Queryable, userId: string, contactId: string): Promise<Contact> => {
    const [row] = await db.query<ContactRow>(`${SELECT_CONTACTS} AND c.contact_id = $2`, [
      userId,
      contactId,
    ]);
    if (row === undefined) {
      throw new AppError('not_found', 'There is no such contact');
    }
    return toContact(row, await findRooms(db, userId, [row.id]));
  };

  return {
    search: (userId, text) =>
      database.asUser(userId, async (db) => {
        const rows = await db.query<PersonRow>(
          'SELECT id, first_name, last_name, avatar, NULL AS email FROM search_users($1, $2)',
          [text, MAX_FOUND],
        );
        return rows.map((row) => {
          const wanted = text.trim().toLowerCase();
          const isByName = [`${row.first_name} ${row.last_name}`, row.last_name].some((name) =>
            name.toLowerCase().startsWith(wanted),
          );
          return { ...toSummary(row), email: isByName ? null : wanted };
        });
      }),

    addByEmail: (userId, email) =>
      database.asUser(userId, async (db) => {
        const [row] = await db.query<{ readonly id: string | null }>(
          'SELECT add_contact_by_email($1) AS id',
          [email],
        );
        const contactId = row?.id ?? undefined;
        if (contactId === undefined) {
          throw new AppError('not_found', 'Nobody else has an account with this address');
        }
        return await find(db, userId, contactId);
      }),

    addById: (userId, contactId) =>
      database.asUser(userId, async (db) => {
        const [known] = isUuid(contactId)
          ? await db.query(
              `SELECT u.id FROM users u
               WHERE u.id = $1 AND u.id <> $2 AND u.kind <> 'guest' AND u.status = 'active'
                 AND can_see_user(u.id)`,
              [contactId, userId],
            )
          : [];
        if (known === undefined) {
          throw new AppError('not_found', 'You have not met anybody with this id');
        }
        await db.query(
          `INSERT INTO user_contacts (user_id, contact_id) VALUES ($1, $2)
           ON CONFLICT (user_id, contact_id) DO NOTHING`,
          [userId, contactId],
        );
        return await find(db, userId, contactId);
      }),

    remove: (userId, contactId) =>
      database.asUser(userId, async (db) => {
        const removed = isUuid(contactId)
          ? await db.query(
              'DELETE FROM user_contacts WHERE user_id = $1 AND contact_id = $2 RETURNING id',
              [userId, contactId],
            )
          : [];
        if (removed.length === 0) {
          throw new AppError('not_found', 'There is no such contact');
        }
      }),

    async list(userId, cursor, limit) {
      const after = cursor === null ? null : readCursor(cursor);
      return await database.asUser(userId, async (db) => {
        const rows = await db.query<ContactRow>(
          `${SELECT_CONTACTS}
             AND ($2::timestamptz IS NULL OR (c.created_at, c.contact_id) < ($2::timestamptz, $3::uuid))
           ORDER BY c.created_at DESC, c.contact_id DESC
           LIMIT $4`,
          [userId, after?.at ?? null, after?.id ?? null, limit + 1],
        );
        const ids = rows.slice(0, limit).map(({ id }) => id);
        const rooms = await findRooms(db, userId, ids);
        return toPage(
          rows,
          limit,
          (row) => toContact(row, rooms),
          (row) => ({ at: row.sort_key, id: row.id }),
        );
      });
    },
  };
}

function toSummary(row: PersonRow): UserSummary {
  return {
    id: row.id,
    firstName: row.first_name,
    lastName: row.last_name,
    avatarUrl: row.avatar,
    email: row.email,
  };
}

function toContact(row: ContactRow, rooms: ReadonlyMap<string, Room>): Contact {
  return {
    ...toSummary(row),
    addedAt: row.added_at.toISOString(),
    room: rooms.get(row.id) ?? null,
  };
}
