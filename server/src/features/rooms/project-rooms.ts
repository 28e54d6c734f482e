import type { RoomConfiguration, RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { hashPassword } from '../../kernel/password.ts';
import type { UserId } from '../../kernel/route.ts';
import type { Database } from '../../store/postgres/database.ts';
import { isUniqueViolation, type Queryable } from '../../store/postgres/postgres.ts';
import { ROOM_DEFAULTS, settingsOf } from './room-configuration.ts';

/** Whose rooms they are. */
export interface RoomOwner {
  readonly projectId: string;
  /** The host of all of the project's rooms. */
  readonly serviceUserId: UserId;
}

/** A room that is open now. */
export interface OpenRoom {
  readonly roomId: RoomId;
  /** It was not there before. */
  readonly isNew: boolean;
}

/** The open rooms of projects, by the names that the applications give them. */
export interface ProjectRooms {
  /** Undefined where no room of this name is open. */
  find(projectId: string, name: string): Promise<RoomId | undefined>;

  /**
   * The open room of this name, which is made where there is none. However many ask at
   * once, they get the same one.
   *
   * @param configuration Of a room that is made; one that is there stays as it is.
   */
  open(owner: RoomOwner, name: string, configuration: RoomConfiguration): Promise<OpenRoom>;
}

/** It may end between two looks at it, and somebody else may make the next. */
const MAX_ATTEMPTS = 5;

/** Rooms in the database. */
export function createProjectRooms(database: Database): ProjectRooms {
  const find: ProjectRooms['find'] = async (projectId, name) => {
    const [row] = await database.call<{ readonly find_project_room: RoomId | null }>(
      'find_project_room',
      [projectId, name],
    );
    return row?.find_project_room ?? undefined;
  };

  return {
    find,

    async open(owner, name, configuration) {
      let passwordHash: string | null | undefined;
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const present = await find(owner.projectId, name);
        if (present !== undefined) {
          return { roomId: present, isNew: false };
        }
        const { password } = configuration;
        // Before the transaction: hashing takes longer than anything in it.
        passwordHash ??= typeof password === 'string' ? await hashPassword(password) : null;
        const hash = passwordHash;
        try {
          const roomId = await database.asUser(owner.serviceUserId, (db) =>
            insertProjectRoom(db, owner.serviceUserId, name, configuration, hash),
          );
          return { roomId, isNew: true };
        } catch (error) {
          if (!isUniqueViolation(error, 'idx_rooms_project_id_name')) {
            throw error;
          }
        }
      }
      throw new AppError('unavailable', 'The room is being made and ended again and again');
    },
  };
}

async function insertProjectRoom(
  db: Queryable,
  hostId: UserId,
  name: string,
  configuration: RoomConfiguration,
  passwordHash: string | null,
): Promise<RoomId> {
  const {
    emptyTimeoutS = ROOM_DEFAULTS.emptyTimeoutS,
    departureTimeoutS = ROOM_DEFAULTS.departureTimeoutS,
    maxParticipants = ROOM_DEFAULTS.maxParticipants,
    metadata = '',
    duplicateIdentity = 'replace',
  } = configuration;
  const rows = await db.query<{ readonly id: RoomId }>(
    `INSERT INTO rooms (host_id, name, password, max_users, metadata, empty_timeout_s,
                        departure_timeout_s, duplicate_identity)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
    [
      hostId,
      name,
      passwordHash,
      maxParticipants,
      metadata,
      emptyTimeoutS,
      departureTimeoutS,
      duplicateIdentity,
    ],
  );
  const { id } = rows[0] as { readonly id: RoomId };
  const settings = settingsOf(configuration);
  if (settings.length > 0) {
    await db.query(
      `INSERT INTO room_settings (room_id, setting_key, setting_value)
       SELECT $1, key, value FROM unnest($2::text[], $3::text[]) AS given (key, value)`,
      [id, settings.map(([key]) => key), settings.map(([, value]) => value)],
    );
  }
  return id;
}
