import { roomMemberRoutes } from '../features/rooms/member-routes.ts';
import {
  createParticipants,
  type Participants,
  type ParticipantsDependencies,
} from '../features/rooms/participants.ts';
import { createRoomCache } from '../features/rooms/room-cache.ts';
import { createRoomCodecs } from '../features/rooms/room-codecs.ts';
import {
  createRoomSettings,
  type RoomSettingsDesk,
  type TellSettings,
} from '../features/rooms/room-settings.ts';
import { createRooms, type Rooms, type RoomsDependencies } from '../features/rooms/rooms.ts';
import {
  createRoomsOfMeeting,
  type FindRoomsOfMeeting,
} from '../features/rooms/rooms-of-meeting.ts';
import { roomRoutes } from '../features/rooms/routes.ts';
import type { GetRoom } from '../features/sessions/join-desk.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Route } from '../kernel/route.ts';
import type { CachedHash } from '../store/redis/cached-hash.ts';
import type { RedisStore } from '../store/redis/redis.ts';
import type { DoorParts } from './moderation-parts.ts';

export interface RoomPartsOptions
  extends Omit<RoomsDependencies, 'cache'>,
    Pick<ParticipantsDependencies, 'tellRole'>,
    Pick<DoorParts, 'rules'> {
  readonly redis: RedisStore;
  readonly tellSettings: TellSettings;
  readonly logger: Logger;
}

/** Rooms as they are kept, with their settings, and who has which role there. */
export interface RoomParts {
  readonly rooms: Rooms;
  readonly settings: RoomSettingsDesk;
  readonly participants: Participants;
  readonly roomsOfMeeting: FindRoomsOfMeeting;
  /** All that is kept of a room and that those who are in it are told. */
  readonly getRoom: GetRoom;
  /** Does what changes what is kept of a room, and forgets what was known of it. */
  readonly change: CachedHash['change'];
  readonly routes: readonly Route[];
}

/** Builds rooms as they are kept, with their settings, and who has which role there. */
export function createRoomParts(options: RoomPartsOptions): RoomParts {
  const { database, redis, rules, logger } = options;
  const cache = createRoomCache(redis, logger);
  const codecs = createRoomCodecs(database, redis, logger);
  const rooms = createRooms({ ...options, cache });
  /** What is kept of a room in Redis is in three places. */
  const change: CachedHash['change'] = (roomId, work) =>
    cache.change(roomId, () => codecs.change(roomId, () => rules.change(roomId, work)));
  const settings = createRoomSettings(rooms, { change }, options.tellSettings);
  const roomsOfMeeting = createRoomsOfMeeting({
    database,
    rooms,
    findMain: async (roomId) => (await rules.find(roomId)).breakoutOf,
  });
  const participants = createParticipants({ ...options, rooms, roomsOfMeeting });
  return {
    rooms,
    settings,
    participants,
    roomsOfMeeting,
    change,
    async getRoom(roomId) {
      const [room, videoCodecs, ruled] = await Promise.all([
        rooms.get(roomId),
        codecs.find(roomId),
        rules.find(roomId),
      ]);
      return { ...ruled, ...room, videoCodecs };
    },
    routes: [...roomRoutes(rooms), ...roomMemberRoutes(participants, settings)],
  };
}
