import type {
  CreateServiceRoomRequest,
  Page,
  RoomConfiguration,
  RoomId,
  ServiceRoom,
} from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import { readCursor, toPage } from '../../kernel/cursor.ts';
import { hashPassword } from '../../kernel/password.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Inquiries, Topic } from '../../store/redis/inquiries.ts';
import type { ProjectRooms, RoomOwner } from '../rooms/project-rooms.ts';
import { settingsOf } from '../rooms/room-configuration.ts';
import { readRoomSettings, type TellSettings } from '../rooms/room-settings.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Seats } from '../sessions/seats.ts';
import type { ParticipantsHere } from './participants-here.ts';
import {
  findServiceRoom,
  listServiceRooms,
  type ServiceRoomFilter,
  type StoredServiceRoom,
  updateServiceRoom,
} from './service-room-rows.ts';

/** The rooms of a project, for the application's backend, which names them by their names. */
export interface ServiceRooms {
  /** The open room of this name, made where there is none. */
  create(owner: RoomOwner, request: CreateServiceRoomRequest): Promise<ServiceRoom>;

  /**
   * Main rooms, newest first.
   *
   * @throws AppError `invalid_request` for a cursor that is none.
   */
  list(
    owner: RoomOwner,
    filter: ServiceRoomFilter,
    cursor: string | null,
    limit: number,
  ): Promise<Page<ServiceRoom>>;

  /** @throws AppError `room_not_found` where no room of this name is open. */
  get(owner: RoomOwner, name: string): Promise<ServiceRoom>;

  /** Takes effect at once. @throws AppError `room_not_found`. */
  update(owner: RoomOwner, name: string, changes: RoomConfiguration): Promise<ServiceRoom>;

  /** Ends the meeting for everybody. @throws AppError `room_not_found`. */
  end(owner: RoomOwner, name: string): Promise<void>;

  /** The id of the open room of this name. @throws AppError `room_not_found`. */
  resolve(owner: RoomOwner, name: string): Promise<RoomId>;
}

export interface ServiceRoomsDependencies {
  readonly database: Database;
  readonly projectRooms: ProjectRooms;
  readonly rooms: Pick<Rooms, 'end'>;
  readonly seats: Pick<Seats, 'count'>;
  readonly here: Pick<ParticipantsHere, 'countPublishers'>;
  readonly inquiries: Inquiries;
  /** Does what changes what is kept of a room, and forgets what was known of it. */
  readonly change: <T>(roomId: RoomId, work: () => Promise<T>) => Promise<T>;
  /** Hears what holds in a room from now on, and tells those who are in it, in all processes. */
  readonly tellChanged: TellSettings;
}

/** How many people publish in each of these rooms. */
const PUBLISHERS: Topic<readonly RoomId[], readonly number[]> = { name: 'publishers' };

/** Rooms in the database, and who is in them. */
export function createServiceRooms(dependencies: ServiceRoomsDependencies): ServiceRooms {
  const { database, projectRooms, rooms, change, tellChanged, seats } = dependencies;
  const { here, inquiries } = dependencies;

  const countHere = (roomIds: readonly RoomId[]): readonly number[] =>
    roomIds.map((roomId) => here.countPublishers(roomId));
  inquiries.answer(PUBLISHERS, async (roomIds) => countHere(roomIds));

  const toServiceRooms = async (
    stored: readonly StoredServiceRoom[],
  ): Promise<readonly ServiceRoom[]> => {
    const ids = stored.map(({ id }) => id);
    const counts = [countHere(ids), ...(await inquiries.gather(PUBLISHERS, ids))];
    return await Promise.all(
      stored.map(async ({ createdAt, endedAt, position, ...room }, index) => ({
        ...room,
        numParticipants: room.status === 'active' ? await seats.count(room.id) : 0,
        numPublishers: counts.reduce((sum, process) => sum + (process[index] ?? 0), 0),
        createdAt: createdAt.toISOString(),
        endedAt: endedAt?.toISOString() ?? null,
      })),
    );
  };

  const resolve: ServiceRooms['resolve'] = async ({ projectId }, name) => {
    const roomId = await projectRooms.find(projectId, name);
    if (roomId === undefined) {
      throw new AppError('room_not_found');
    }
    return roomId;
  };

  const read = async (owner: RoomOwner, roomId: RoomId): Promise<ServiceRoom> => {
    const room = await database.asUser(owner.serviceUserId, (db) => findServiceRoom(db, roomId));
    const [described] = await toServiceRooms(room === undefined ? [] : [room]);
    if (described === undefined) {
      throw new AppError('room_not_found');
    }
    return described;
  };

  return {
    resolve,

    async create(owner, { name, ...configuration }) {
      const { roomId } = await projectRooms.open(owner, name, configuration);
      return await read(owner, roomId);
    },

    async list(owner, filter, cursor, limit) {
      const after = cursor === null ? null : readCursor(cursor);
      const stored = await database.asUser(owner.serviceUserId, (db) =>
        listServiceRooms(db, owner.serviceUserId, filter, after, limit + 1),
      );
      const page = toPage(
        stored,
        limit,
        (room) => room,
        ({ position }) => position,
      );
      return { ...page, items: await toServiceRooms(page.items) };
    },

    get: async (owner, name) => await read(owner, await resolve(owner, name)),

    async update(owner, name, changes) {
      const roomId = await resolve(owner, name);
      const { password } = changes;
      // Before the transaction: hashing takes longer than anything in it.
      const passwordHash = typeof password === 'string' ? await hashPassword(password) : password;
      const { emptyTimeoutS, departureTimeoutS, maxParticipants, metadata, duplicateIdentity } =
        changes;
      const patch = {
        emptyTimeoutS,
        departureTimeoutS,
        maxParticipants,
        metadata,
        duplicateIdentity,
        passwordHash,
      };
      const settings = await change(roomId, () =>
        database.asUser(owner.serviceUserId, async (db) => {
          if (!(await updateServiceRoom(db, roomId, patch, settingsOf(changes)))) {
            throw new AppError('room_not_found');
          }
          return await readRoomSettings(db, roomId);
        }),
      );
      tellChanged(roomId, settings);
      return await read(owner, roomId);
    },

    async end(owner, name) {
      await rooms.end(await resolve(owner, name), owner.serviceUserId);
    },
  };
}
