import type { Identity, ParticipantRole, RoomBan, RoomId } from '@balai/protocol';
import type { Database } from '../../store/postgres/database.ts';

/** Bans of one room that are told; there may be more. */
const MAX_LISTED = 1_000;

/** Who is banned, and by whom. */
export interface NewBan {
  readonly roomId: RoomId;
  readonly userId: string;
  readonly identity: Identity;
  readonly name: string;
  /** The user who says so. */
  readonly bannedBy: string;
  /** May be empty. */
  readonly reason: string;
}

/** How somebody who is at the door stands to the room. */
export interface EntryFacts {
  readonly isBanned: boolean;
  /** Is in it, or was within the last 5 minutes. */
  readonly isRecent: boolean;
  /** The role that they were given there, and when, in milliseconds since 1970; null for none. */
  readonly given: { readonly role: ParticipantRole; readonly at: number } | null;
}

/**
 * Who may not come into a room any more. Written for the room's host, whatever
 * moderator says so: who may is the policy's matter.
 */
export interface Bans {
  /** Banning somebody again changes who did it, and why. */
  add(hostId: string, ban: NewBan): Promise<void>;
  /** @returns whether there was such a ban. */
  remove(hostId: string, roomId: RoomId, identity: Identity): Promise<boolean>;
  /** The latest first. */
  list(hostId: string, roomId: RoomId): Promise<readonly RoomBan[]>;
  /** @param userId A UUID; nobody known is neither banned nor recent. */
  findEntry(roomId: RoomId, userId: string): Promise<EntryFacts>;
}

interface BanRow {
  readonly identity: string;
  readonly name: string;
  readonly reason: string;
  readonly created_at: Date;
}

/** Bans in the database. */
export function createBans(database: Database): Bans {
  return {
    async add(hostId, { roomId, userId, identity, name, bannedBy, reason }) {
      await database.asUser(hostId, (db) =>
        db.query(
          `INSERT INTO room_bans (room_id, user_id, identity, name, banned_by, reason)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (room_id, user_id) DO UPDATE
           SET identity = EXCLUDED.identity, name = EXCLUDED.name,
               banned_by = EXCLUDED.banned_by, reason = EXCLUDED.reason`,
          [roomId, userId, identity, name, bannedBy, reason],
        ),
      );
    },

    async remove(hostId, roomId, identity) {
      const rows = await database.asUser(hostId, (db) =>
        db.query('DELETE FROM room_bans WHERE room_id = $1 AND identity = $2 RETURNING user_id', [
          roomId,
          identity,
        ]),
      );
      return rows.length > 0;
    },

    async list(hostId, roomId) {
      const rows = await database.asUser(hostId, (db) =>
        db.query<BanRow>(
          `SELECT identity, name, reason, created_at FROM room_bans
           WHERE room_id = $1 ORDER BY created_at DESC, user_id LIMIT ${MAX_LISTED}`,
          [roomId],
        ),
      );
      return rows.map((row) => ({
        identity: row.identity,
        name: row.name,
        reason: row.reason,
        bannedAt: row.created_at.toISOString(),
      }));
    },

    async findEntry(roomId, userId) {
      const [row] = await database.call<{
        readonly is_banned: boolean;
        readonly is_recent: boolean;
        readonly role: ParticipantRole | null;
        readonly role_given_at: Date | null;
      }>('find_room_entry', [roomId, userId]);
      const { role = null, role_given_at: givenAt = null } = row ?? {};
      return {
        isBanned: row?.is_banned ?? false,
        isRecent: row?.is_recent ?? false,
        given: role === null || givenAt === null ? null : { role, at: givenAt.getTime() },
      };
    },
  };
}
