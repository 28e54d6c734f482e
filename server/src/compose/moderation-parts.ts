import type { RoomId } from '@balai/protocol';
import { GRANTS_OF_ROLE } from '../features/joining/role-grants.ts';
import { createAdmissions } from '../features/lobby/admissions.ts';
import { Lobby } from '../features/lobby/lobby.ts';
import { createLobbyElsewhere } from '../features/lobby/lobby-elsewhere.ts';
import { type Bans, createBans } from '../features/moderation/bans.ts';
import { createDoor, type Door } from '../features/moderation/door.ts';
import { Moderation, personOf } from '../features/moderation/moderation.ts';
import { RecentActs } from '../features/moderation/recent-acts.ts';
import { createRevocations, type Revocations } from '../features/moderation/revocations.ts';
import { createRoomRules, type RoomRulesDesk } from '../features/moderation/room-rules.ts';
import { Signs } from '../features/moderation/signs.ts';
import { Stage } from '../features/moderation/stage.ts';
import type { Participants } from '../features/rooms/participants.ts';
import type { RoomNews, RoomNewsDesk } from '../features/rooms/room-news.ts';
import type { Rooms } from '../features/rooms/rooms.ts';
import type { FindRoomsOfMeeting } from '../features/rooms/rooms-of-meeting.ts';
import type { Broadcast } from '../features/sessions/connection.ts';
import { type GetRoom, roomInfoOf } from '../features/sessions/join-desk.ts';
import type { Sessions } from '../features/sessions/sessions.ts';
import type { RoomRelay } from '../features/sessions/sharing/room-relay.ts';
import type { Tracks } from '../features/tracks/tracks.ts';
import { AppError } from '../kernel/app-error.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { SerialQueue } from '../kernel/serial-queue.ts';
import type { Database } from '../store/postgres/database.ts';
import type { Inquiries } from '../store/redis/inquiries.ts';
import type { RedisStore } from '../store/redis/redis.ts';

/** Who may come into a room: what is there before anybody is in one. */
export interface DoorParts {
  readonly rules: RoomRulesDesk;
  readonly bans: Bans;
  readonly revocations: Revocations;
  readonly door: Door;
}

/** Builds the door of the rooms. */
export function createDoorParts(
  database: Database,
  redis: RedisStore,
  clock: Clock,
  logger: Logger,
): DoorParts {
  const rules = createRoomRules(database, redis, logger);
  const bans = createBans(database);
  const revocations = createRevocations(redis, clock);
  const wasSentOut = async (roomId: RoomId, userId: string) =>
    (await revocations.find(roomId, userId)) !== null;
  return {
    rules,
    bans,
    revocations,
    door: createDoor({ bans, rules, wasSentOut, grantsOf: (role) => GRANTS_OF_ROLE[role] }),
  };
}

export interface ModerationPartsOptions extends DoorParts {
  readonly redis: RedisStore;
  readonly sessions: Sessions;
  readonly tracks: Tracks;
  readonly rooms: Pick<Rooms, 'get'>;
  readonly participants: Pick<Participants, 'giveRole'>;
  readonly roomsOfMeeting: FindRoomsOfMeeting;
  readonly getRoom: GetRoom;
  /** Does what changes what is kept of a room, and forgets what was known of it. */
  readonly change: RoomRulesDesk['change'];
  readonly broadcast: Broadcast;
  readonly relay?: RoomRelay;
  readonly news: Pick<RoomNewsDesk, 'tell'>;
  readonly inquiries: Inquiries;
  /** What is kept of a room has changed: hears it before those who are there. */
  readonly roomChanged: (roomId: RoomId) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What meetings are led with. */
export interface ModerationParts {
  readonly moderation: Moderation;
  readonly signs: Signs;
  readonly stage: Stage;
  readonly lobby: Lobby;
  /** Does in this process what was told to all of them; nothing for other news. */
  readonly hear: (news: RoomNews) => void;
  /** Idempotent. */
  close(): void;
}

/** Builds what meetings are led with. */
export function createModerationParts(options: ModerationPartsOptions): ModerationParts {
  const { redis, sessions, rules, news, getRoom, clock, logger } = options;
  const admissions = createAdmissions(redis);
  const moderation = new Moderation({
    ...options,
    async revokeTokens(roomId, userId) {
      await options.revocations.revoke(roomId, userId);
      await admissions.forget(roomId, userId);
    },
    announceSentOut: (roomId, userId) => news.tell({ type: 'sentOut', roomId, userId }),
    announceRoom: (roomId) => news.tell({ type: 'roomChanged', roomId }),
  });
  const signs = new Signs(options);
  const stage = new Stage({ ...options, signs });
  const lobby = new Lobby({
    sessions,
    rules,
    admissions,
    async assertOpen(roomId) {
      if ((await getRoom(roomId)).status !== 'active') {
        throw new AppError('room_ended');
      }
    },
    door: options.door,
    elsewhere: createLobbyElsewhere(options.inquiries, (roomId) =>
      news.tell({ type: 'lobbyChanged', roomId }),
    ),
    clock,
    logger,
  });
  const recent = new RecentActs(clock);
  const unsubscribe = sessions.events.on('stayBegan', ({ stay }) => {
    const { ticket } = stay;
    const act = recent.find(ticket);
    if (act?.role === null) {
      sessions.end(stay, 'participant_removed');
    } else if (act !== undefined && act.role !== ticket.role) {
      sessions.setRole(ticket.roomId, ticket.userId, act.role, GRANTS_OF_ROLE[act.role]);
    }
  });
  // One after the other: whoever looks last has seen what is true last.
  const looks = new SerialQueue();
  const lookAt = async (roomId: RoomId): Promise<void> => {
    try {
      await lobby.roomChanged(roomId);
      await options.roomChanged(roomId);
      if (sessions.findRoom(roomId) !== undefined) {
        sessions.recordInRoom(roomId, {
          type: 'roomUpdated',
          room: roomInfoOf(await getRoom(roomId)),
        });
      }
    } catch (error) {
      logger.warn({ err: error, roomId }, 'those in a room were not told how it is now');
    }
  };
  const sendOut = (roomId: RoomId, userId: string): void => {
    for (const stay of sessions.findRoom(roomId)?.stays() ?? []) {
      if (personOf(stay.ticket) === userId) {
        sessions.end(stay, 'participant_removed');
      }
    }
    lobby.sendOut(roomId, userId);
  };
  return {
    moderation,
    signs,
    stage,
    lobby,
    hear(told) {
      const { roomId } = told;
      switch (told.type) {
        case 'sentOut':
          recent.add(roomId, told.userId, null);
          sendOut(roomId, told.userId);
          break;
        case 'roleGiven':
          recent.add(roomId, told.userId, told.role);
          sessions.setRole(roomId, told.userId, told.role, GRANTS_OF_ROLE[told.role]);
          break;
        case 'roomChanged':
          void looks.run(() => lookAt(roomId));
          break;
        case 'lobbyChanged':
          lobby.lineChanged(roomId);
          break;
        case 'closed':
          lobby.closeRoom(roomId);
          break;
      }
    },
    close() {
      unsubscribe();
      lobby.close();
      signs.close();
      stage.close();
    },
  };
}
