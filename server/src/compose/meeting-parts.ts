import type { RoomId } from '@balai/protocol';
import { broadcastOver, type IoServer } from '../edge/signalling/io-server.ts';
import { createPersonalSockets } from '../edge/signalling/personal-sockets.ts';
import type { Breakouts } from '../features/breakouts/breakouts.ts';
import type { Forwarding } from '../features/breakouts/forwarding.ts';
import type { Moves } from '../features/breakouts/moves.ts';
import type { Chat } from '../features/chat/chat.ts';
import { deliverMessage } from '../features/chat/message-delivery.ts';
import { CheckPlaces } from '../features/connection-check/check-places.ts';
import { CheckRooms } from '../features/connection-check/check-rooms.ts';
import type { Calls } from '../features/data/calls.ts';
import type { DataLinks } from '../features/data/data-links.ts';
import type { Texts } from '../features/data/texts.ts';
import { createHistory } from '../features/history/history.ts';
import { historyRoutes } from '../features/history/routes.ts';
import type { Job } from '../features/housekeeping/housekeeping.ts';
import type { Layers } from '../features/layers/layers.ts';
import type { Lobby } from '../features/lobby/lobby.ts';
import type { Outbox } from '../features/mail/outbox.ts';
import { type Moderation, personOf } from '../features/moderation/moderation.ts';
import type { Signs } from '../features/moderation/signs.ts';
import type { Stage } from '../features/moderation/stage.ts';
import { createExternalUsers } from '../features/projects/external-users.ts';
import { roomMemberRoutes } from '../features/rooms/member-routes.ts';
import { createParticipants } from '../features/rooms/participants.ts';
import { createRoomCache } from '../features/rooms/room-cache.ts';
import { createRoomCodecs } from '../features/rooms/room-codecs.ts';
import { openRoomNews, type RoomNews } from '../features/rooms/room-news.ts';
import {
  createRoomSettings,
  ROOM_SETTINGS,
  readRoomSettings,
  type TellSettings,
} from '../features/rooms/room-settings.ts';
import { createRooms, type RoomFact, type Rooms } from '../features/rooms/rooms.ts';
import { createRoomsOfMeeting } from '../features/rooms/rooms-of-meeting.ts';
import { roomRoutes } from '../features/rooms/routes.ts';
import { createDesertedRoomsJob } from '../features/sessions/deserted-rooms.ts';
import type { GetRoom } from '../features/sessions/join-desk.ts';
import { createNegotiations } from '../features/sessions/negotiations.ts';
import { createPeopleElsewhere } from '../features/sessions/people-elsewhere.ts';
import type { SessionsOptions } from '../features/sessions/sessions.ts';
import { Sessions } from '../features/sessions/sessions.ts';
import type { Tracks } from '../features/tracks/tracks.ts';
import type { Caller, RoomTicket, Route, UploadSpec, UserId } from '../kernel/route.ts';
import type { IssuedToken } from '../kernel/token.ts';
import type { FileStorage } from '../store/files/file-storage.ts';
import type { Database } from '../store/postgres/database.ts';
import type { CachedHash } from '../store/redis/cached-hash.ts';
import { openInquiries } from '../store/redis/inquiries.ts';
import type { RedisStore } from '../store/redis/redis.ts';
import type { SignedInSockets } from './account-parts.ts';
import { createBreakoutParts } from './breakout-parts.ts';
import { createMediaParts } from './media-parts.ts';
import { createMessageParts } from './message-parts.ts';
import { createDoorParts, createModerationParts, type DoorParts } from './moderation-parts.ts';
import { createServiceRoutes } from './service-parts.ts';

export interface MeetingPartsOptions
  extends Omit<
    SessionsOptions,
    'getRoom' | 'addPerson' | 'admitCheck' | 'admitTicket' | 'broadcast' | 'negotiations'
  > {
  readonly database: Database;
  readonly redis: RedisStore;
  readonly files: FileStorage;
  readonly io: IoServer;
  /** What files the chat takes. */
  readonly upload: UploadSpec;
  /** Origin of the web app, where links in mails lead. */
  readonly publicUrl: string;
  readonly verifyAccessToken: (token: string) => Promise<Caller>;
  readonly issueRoomToken: (ticket: RoomTicket) => Promise<IssuedToken>;
  readonly putMail: Outbox['put'];
}

/** What the rest of the server needs of meetings. */
export interface MeetingParts {
  readonly rooms: Rooms;
  readonly sessions: Sessions;
  readonly tracks: Tracks;
  readonly chat: Chat;
  readonly layers: Layers;
  readonly dataLinks: DataLinks;
  readonly texts: Texts;
  readonly calls: Calls;
  readonly moderation: Moderation;
  readonly signs: Signs;
  readonly stage: Stage;
  readonly lobby: Lobby;
  readonly moves: Moves;
  readonly breakouts: Breakouts;
  readonly forwarding: Forwarding;
  readonly door: DoorParts;
  /** Every open socket of this process, in rooms and outside. */
  readonly sockets: SignedInSockets;
  readonly routes: readonly Route[];
  /** What is to be done on a schedule. */
  readonly jobs: readonly Job[];
  /** Ends every stay and every connection, with a goodbye. Idempotent. */
  close(): Promise<void>;
}

/** Builds rooms, who is in them, what they say there, and what people are told of it. */
export async function createMeetingParts(options: MeetingPartsOptions): Promise<MeetingParts> {
  const { database, redis, io, media, clock, logger } = options;
  const broadcast = broadcastOver(io);
  const cache = createRoomCache(redis, logger);
  const codecs = createRoomCodecs(database, redis, logger);
  const door = createDoorParts(database, redis, clock, logger);
  const announce = (fact: RoomFact): Promise<void> => tell(fact);
  const settleArrival = async (roomId: RoomId, userId: UserId): Promise<void> => {
    const stay = sessions.findStayOf(roomId, userId);
    if (stay === undefined) {
      await elsewhere.settleArrival(roomId, { userId });
    } else {
      await sessions.recordArrival(stay);
    }
  };
  const rooms = createRooms({
    database,
    cache,
    clock,
    async closeRoom(roomId) {
      news.tell({ type: 'closed', roomId });
      await breakoutParts.breakouts.closeOf(roomId);
    },
    settleArrival,
    announce,
  });
  const getRoom: GetRoom = async (roomId) => {
    const [room, videoCodecs, rules] = await Promise.all([
      rooms.get(roomId),
      codecs.find(roomId),
      door.rules.find(roomId),
    ]);
    return { ...rules, ...room, videoCodecs };
  };
  /** What is kept of a room in Redis is in three places. */
  const change: CachedHash['change'] = (roomId, work) =>
    cache.change(roomId, () => codecs.change(roomId, () => door.rules.change(roomId, work)));
  const checkPlaces = new CheckPlaces(clock);
  const sessions = new Sessions({
    ...options,
    admitCheck: (ticket) => checkPlaces.admit(ticket),
    broadcast,
    getRoom,
    admitTicket: door.door.admit,
    addPerson: createExternalUsers(database).add,
    negotiations: createNegotiations(redis),
  });
  const inquiries = await openInquiries(redis, logger);
  const elsewhere = createPeopleElsewhere({ inquiries, sessions, seats: options.seats, logger });
  const personalSockets = createPersonalSockets({
    io,
    verifyAccessToken: options.verifyAccessToken,
    countUnread: (userId) => messages.countUnread(userId),
    logger,
  });
  const hear = (told: RoomNews): void => {
    const { roomId } = told;
    switch (told.type) {
      case 'message':
        deliverMessage(told, sessions, broadcast);
        break;
      case 'roleGiven':
        leading.hearRoleGiven(roomId, told.userId, told.role);
        break;
      case 'sentOut':
        leading.hearSentOut(roomId, told.userId);
        break;
      case 'roomChanged':
        leading.hearRoomChanged(roomId);
        break;
      case 'lobbyChanged':
        leading.lobby.lineChanged(roomId);
        break;
      case 'closed':
        leading.lobby.closeRoom(roomId);
        sessions.closeRoom(roomId);
        break;
    }
    breakoutParts.hearBreakouts(told);
  };
  const news = await openRoomNews({
    redis,
    people: {
      hear,
      present: () => sessions.present(),
      rooms: () => [
        ...new Set([...sessions.present().map(({ roomId }) => roomId), ...leading.lobby.rooms()]),
      ],
    },
    rooms,
    async findSentOut({ roomId, userId }) {
      const ticket = sessions.findStayOf(roomId, userId)?.ticket;
      const isSentOut = ticket !== undefined && (await door.revocations.voids(ticket));
      return isSentOut ? personOf(ticket) : undefined;
    },
    logger,
  });
  const messages = await createMessageParts({
    ...options,
    rooms,
    sessions,
    elsewhere,
    revocations: door.revocations,
    news,
    sockets: personalSockets,
  });
  const tellSettings: TellSettings = (roomId, settings) => {
    mediaParts.speakers.setSettings(roomId, settings);
    news.tell({ type: 'roomChanged', roomId });
  };
  const roomSettings = createRoomSettings(rooms, { change }, tellSettings);
  const mediaParts = createMediaParts({
    media,
    sessions,
    broadcast,
    readSettings: async ({ ticket: { roomId, userId, checkEndsAt } }) =>
      checkEndsAt === undefined ? roomSettings.read(roomId, userId) : ROOM_SETTINGS.readAll([]),
    defaults: ROOM_SETTINGS.readAll([]),
    clock,
    logger,
  });
  const roomsOfMeeting = createRoomsOfMeeting({
    database,
    rooms,
    findMain: async (roomId) => (await door.rules.find(roomId)).breakoutOf,
  });
  const participants = createParticipants({
    database,
    rooms,
    settleArrival,
    roomsOfMeeting,
    tellRole: (roomId, userId, role) => news.tell({ type: 'roleGiven', roomId, userId, role }),
    announce,
  });
  const leading = createModerationParts({
    ...door,
    redis,
    sessions,
    tracks: mediaParts.tracks,
    rooms,
    participants,
    roomsOfMeeting,
    getRoom,
    change,
    broadcast,
    news,
    inquiries,
    async roomChanged(roomId) {
      if (sessions.findRoom(roomId) !== undefined) {
        const { hostId } = await rooms.get(roomId);
        const settings = await database.asUser(hostId, (db) => readRoomSettings(db, roomId));
        mediaParts.speakers.setSettings(roomId, settings);
      }
    },
    clock,
    logger,
  });
  const breakoutParts = createBreakoutParts({
    media,
    database,
    sessions,
    rooms,
    rules: door.rules,
    findAbsent: options.seats.findAbsent,
    issueRoomToken: options.issueRoomToken,
    change,
    news,
    inquiries,
    elsewhere,
    clock,
    logger,
  });
  const checkRooms = new CheckRooms(sessions, checkPlaces, clock);

  /** What happened to a room, to those whom it concerns. */
  const tell = async (fact: RoomFact): Promise<void> => {
    if (fact.type === 'renamed') {
      news.tell({ type: 'roomChanged', roomId: fact.room.id });
    }
    await messages.tellFact(fact);
  };

  return {
    rooms,
    sessions,
    ...mediaParts,
    ...leading,
    moves: breakoutParts.moves,
    breakouts: breakoutParts.breakouts,
    forwarding: breakoutParts.forwarding,
    door,
    chat: messages.chat,
    sockets: {
      endSessions(sessionIds) {
        sessions.endSessions(sessionIds);
        leading.lobby.endSessions(sessionIds);
        personalSockets.endSessions(sessionIds);
      },
      signedInSessions: () => [
        ...sessions.signedInSessions(),
        ...leading.lobby.signedInSessions(),
        ...personalSockets.signedInSessions(),
      ],
    },
    routes: [
      ...roomRoutes(rooms),
      ...roomMemberRoutes(participants, roomSettings),
      ...createServiceRoutes({
        database,
        media,
        rooms,
        seats: options.seats,
        sessions,
        inquiries,
        elsewhere,
        tracks: mediaParts.tracks,
        deliveries: mediaParts.deliveries,
        participants,
        moderation: leading.moderation,
        bans: door.bans,
        calls: mediaParts.calls,
        moves: breakoutParts.moves,
        forwarding: breakoutParts.forwarding,
        change,
        tellChanged: tellSettings,
      }),
      ...messages.routes,
      ...historyRoutes(createHistory(database, rooms)),
    ],
    jobs: [
      ...messages.jobs,
      createDesertedRoomsJob({ database, seats: options.seats, endRoom: rooms.end, logger }),
    ],
    async close() {
      personalSockets.close();
      leading.close();
      breakoutParts.closeBreakouts();
      await sessions.drain();
      mediaParts.close();
      checkRooms.close();
      await messages.close();
      await news.close();
      await inquiries.close();
    },
  };
}
