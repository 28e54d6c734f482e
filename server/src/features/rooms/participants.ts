import {
  ACT_OF_ROLE,
  type Identity,
  mayAct,
  type Page,
  type ParticipantRole,
  POLICY,
  type RoomId,
  type RoomParticipant,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { type ListPosition, momentSql, readCursor, toPage } from '../../kernel/cursor.ts';
import { isUuid } from '../../kernel/uuid.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import { type RoomFact, type Rooms, roleOf } from './rooms.ts';
import type { FindRoomsOfMeeting } from './rooms-of-meeting.ts';

interface ParticipantRow {
  readonly user_id: string;
  /** Who they are for clients. */
  readonly identity: string;
  readonly name: string;
  readonly kind: string;
  readonly role: ParticipantRole;
  readonly joined_at: Date;
  readonly left_at: Date | null;
  readonly sort_key: string;
}

export interface ParticipantList {
  /** Only those who are in the room now. */
  readonly isPresent: boolean;
  readonly cursor: string | null;
  readonly limit: number;
}

/** Who is and was in a room, and what they may do there. */
export interface Participants {
  /**
   * For members and administrators; those who came last come first.
   *
   * @throws AppError `room_not_found`, `forbidden`, `invalid_request` for a cursor that is none.
   */
  list(roomId: RoomId, callerId: Identity, list: ParticipantList): Promise<Page<RoomParticipant>>;

  /**
   * Gives somebody another role, on behalf of who may by the room's rules.
   *
   * @throws AppError `room_not_found`, `forbidden`; `not_found` for somebody who
   * was never in the room, `conflict` for the host.
   */
  setRole(
    roomId: RoomId,
    callerId: Identity,
    identity: Identity,
    role: Exclude<ParticipantRole, 'host'>,
  ): Promise<RoomParticipant>;

  /**
   * Gives somebody another role, whose arrival is written down: in the whole meeting, which
   * may be held in several rooms. Whether the actor may is the caller's matter.
   *
   * @throws AppError `room_not_found`; `not_found` for somebody who was never in the room.
   */
  giveRole(
    roomId: RoomId,
    actorId: string,
    userId: string,
    role: Exclude<ParticipantRole, 'host'>,
  ): Promise<RoomParticipant>;
}

export interface ParticipantsDependencies {
  readonly database: Database;
  readonly rooms: Pick<Rooms, 'actIn' | 'get'>;
  /** As the rooms' own. */
  readonly settleArrival: (roomId: RoomId, identity: Identity) => Promise<void>;
  readonly roomsOfMeeting: FindRoomsOfMeeting;
  /** Makes a role that was given take effect in a room, in whatever process. Neither waits nor throws. */
  readonly tellRole: (
    roomId: RoomId,
    userId: string,
    role: Exclude<ParticipantRole, 'host'>,
  ) => void;
  /** As the rooms' own. */
  readonly announce: (fact: RoomFact) => Promise<void>;
}

const SELECT_PARTICIPANT = `
  SELECT p.user_id, COALESCE(u.external_id, u.id::varchar) AS identity, p.role, p.joined_at, p.left_at, u.kind,
         concat_ws(' ', NULLIF(u.first_name, ''), NULLIF(u.last_name, '')) AS name,
         ${momentSql('p.joined_at')} AS sort_key
  FROM room_participants p JOIN users u ON u.id = p.user_id`;

/** Participants in the database. */
export function createParticipants(dependencies: ParticipantsDependencies): Participants {
  const { database, rooms, settleArrival, announce } = dependencies;

  const giveRole: Participants['giveRole'] = async (roomId, actorId, userId, role) => {
    const room = await rooms.get(roomId);
    const roomIds = await dependencies.roomsOfMeeting(room.id);
    // The database lets the host do it, in whose name moderators act.
    const before = await database.asUser(room.hostId, async (db) => {
      const found = requirePresent(await findParticipant(db, room.id, userId));
      await db.query(
        'UPDATE room_participants SET role = $3 WHERE room_id = ANY ($1) AND user_id = $2',
        [roomIds, userId, role],
      );
      return found;
    });
    if (before.role !== role) {
      const { user_id, name } = before;
      for (const id of roomIds) {
        dependencies.tellRole(id, user_id, role);
      }
      await announce({
        type: 'roleGiven',
        room,
        actorId,
        identity: user_id,
        name,
        role,
        before: before.role,
      });
    }
    return toParticipant({ ...before, role });
  };

  return {
    async list(roomId, callerId, { isPresent, cursor, limit }) {
      const after = cursor === null ? null : readCursor(cursor);
      const rows = await rooms.actIn(
        roomId,
        callerId,
        ({ isMember, isAdmin }) => isMember || isAdmin,
        (db, room) => selectParticipants(db, room.id, isPresent, after, limit + 1),
      );
      return toPage(rows, limit, toParticipant, (row) => ({ at: row.sort_key, id: row.user_id }));
    },

    async setRole(roomId, callerId, identity, role) {
      // Who is in the room already may not be written down yet.
      await settleArrival(roomId, identity);
      const act = ACT_OF_ROLE[role];
      const { id, userId } = await rooms.actIn(
        roomId,
        callerId,
        (standing) => POLICY[act].by[roleOf(standing)].length > 0,
        async (db, room, standing) => {
          if (identity.toLowerCase() === room.hostId) {
            throw new AppError('conflict', 'The host stays the host');
          }
          const target = requirePresent(
            isUuid(identity) ? await findParticipant(db, room.id, identity) : undefined,
          );
          if (target.role !== role && !mayAct(act, roleOf(standing), target.role)) {
            throw new AppError('forbidden');
          }
          return { id: room.id, userId: target.user_id };
        },
      );
      return await giveRole(id, callerId, userId, role);
    },

    giveRole,
  };
}

function requirePresent(row: ParticipantRow | undefined): ParticipantRow {
  if (row === undefined) {
    throw new AppError('not_found', 'Nobody with this id was in the room');
  }
  return row;
}

async function selectParticipants(
  db: Queryable,
  roomId: RoomId,
  isPresent: boolean,
  after: ListPosition | null,
  limit: number,
): Promise<readonly ParticipantRow[]> {
  return await db.query<ParticipantRow>(
    `${SELECT_PARTICIPANT}
     WHERE p.room_id = $1 AND (NOT $2::boolean OR p.left_at IS NULL)
       AND ($3::timestamptz IS NULL OR (p.joined_at, p.user_id) < ($3::timestamptz, $4::uuid))
     ORDER BY p.joined_at DESC, p.user_id DESC
     LIMIT $5`,
    [roomId, isPresent, after?.at ?? null, after?.id ?? null, limit],
  );
}

async function findParticipant(
  db: Queryable,
  roomId: RoomId,
  identity: Identity,
): Promise<ParticipantRow | undefined> {
  const [row] = await db.query<ParticipantRow>(
    `${SELECT_PARTICIPANT} WHERE p.room_id = $1 AND p.user_id = $2`,
    [roomId, identity],
  );
  return row;
}

function toParticipant(row: ParticipantRow): RoomParticipant {
  return {
    identity: row.identity,
    name: row.name,
    role: row.role,
    isGuest: row.kind === 'guest',
    joinedAt: row.joined_at.toISOString(),
    leftAt: row.left_at?.toISOString() ?? null,
  };
}
