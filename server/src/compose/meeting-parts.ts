import { broadcastOver, type IoServer } from '../edge/signalling/io-server.ts';
import { createPersonalSockets } from '../edge/signalling/personal-sockets.ts';
import type { Breakouts } from '../features/breakouts/breakouts.ts';
import type { Forwarding } from '../features/breakouts/forwarding.ts';
import type { Moves } from '../features/breakouts/moves.ts';
import type { Chat } from '../features/chat/chat.ts';
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
import { createNodeAdministration } from '../features/nodes/node-administration.ts';
import type { NodeDirectory } from '../features/nodes/node-directory.ts';
import { serveOperators } from '../features/nodes/operator-line.ts';
import type { ProcessNodesOptions } from '../features/nodes/process-nodes.ts';
import { nodeRoutes } from '../features/nodes/routes.ts';
import { createExternalUsers } from '../features/projects/external-users.ts';
import { openRoomNews, type RoomNews } from '../features/rooms/room-news.ts';
import {
  ROOM_SETTINGS,
  readRoomSettings,
  type TellSettings,
} from '../features/rooms/room-settings.ts';
import type { Rooms } from '../features/rooms/rooms.ts';
import { createDesertedRoomsJob } from '../features/sessions/deserted-rooms.ts';
import { createNegotiations } from '../features/sessions/negotiations.ts';
import { createPeopleElsewhere } from '../features/sessions/people-elsewhere.ts';
import { createStayRecords } from '../features/sessions/resuming/stay-records.ts';
import type { SessionsOptions } from '../features/sessions/sessions.ts';
import { Sessions } from '../features/sessions/sessions.ts';
import { RemoteStays } from '../features/sessions/sharing/remote-stays.ts';
import {
  createRequestsToOthers,
  type RequestsToOthers,
} from '../features/sessions/sharing/requests-to-others.ts';
import { NO_RELAY, openRoomRelay } from '../features/sessions/sharing/room-relay.ts';
import { openSharedPresence } from '../features/sessions/sharing/shared-presence.ts';
import type { Tracks } from '../features/tracks/tracks.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { Caller, RoomTicket, Route, UploadSpec } from '../kernel/route.ts';
import type { IssuedToken } from '../kernel/token.ts';
import type { AdoptableMedia } from '../media/adoptable-media.ts';
import type { MovableMedia } from '../media/movable-media.ts';
import type { FileStorage } from '../store/files/file-storage.ts';
import type { Database } from '../store/postgres/database.ts';
import { openInquiries } from '../store/redis/inquiries.ts';
import type { RedisStore } from '../store/redis/redis.ts';
import type { SignedInSockets } from './account-parts.ts';
import { createBreakoutParts } from './breakout-parts.ts';
import { createMediaParts } from './media-parts.ts';
import { createMessageParts } from './message-parts.ts';
import { createDoorParts, createModerationParts, type DoorParts } from './moderation-parts.ts';
import { createRoomParts } from './room-parts.ts';
import { createServiceRoutes } from './service-parts.ts';

export interface MeetingPartsOptions
  extends Omit<
    SessionsOptions,
    | 'getRoom'
    | 'addPerson'
    | 'admitCheck'
    | 'admitTicket'
    | 'broadcast'
    | 'negotiations'
    | 'handover'
    | 'metrics'
  > {
  readonly metrics: Pick<Metrics, 'observe' | 'count'>;
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
  /** Finds the media nodes. Asked once; what it is given may be used from then on. */
  readonly openNodes: (parts: NodeParts) => NodeDirectory;
  /** Media on nodes: with it rooms are one over all processes. Absent where media ends with this one. */
  readonly onNodes?: (MovableMedia & AdoptableMedia) | undefined;
}

/** What may be needed to find out about media nodes. */
export type NodeParts = Pick<ProcessNodesOptions, 'present' | 'inquiries'>;

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
  /** What is asked of people of other processes; undefined where there are none. */
  readonly others: RequestsToOthers | undefined;
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
  const door = createDoorParts(database, redis, clock, logger);
  const tell = (told: RoomNews): void => news.tell(told);
  const tellSettings: TellSettings = (roomId, settings) => {
    mediaParts.speakers.setSettings(roomId, settings);
    tell({ type: 'roomChanged', roomId });
  };
  const roomParts = createRoomParts({
    database,
    redis,
    rules: door.rules,
    async closeRoom(roomId) {
      tell({ type: 'closed', roomId });
      await breakoutParts.breakouts.closeOf(roomId);
    },
    async settleArrival(roomId, userId) {
      const stay = sessions.findStayOf(roomId, userId);
      if (stay === undefined) {
        await elsewhere.settleArrival(roomId, { userId });
      } else {
        await sessions.recordArrival(stay);
      }
    },
    tellRole: (roomId, userId, role) => tell({ type: 'roleGiven', roomId, userId, role }),
    tellSettings,
    async announce(fact) {
      if (fact.type === 'renamed') {
        tell({ type: 'roomChanged', roomId: fact.room.id });
      }
      await messages.tellFact(fact);
    },
    clock,
    logger,
  });
  const { rooms, participants, getRoom, change } = roomParts;
  const checkPlaces = new CheckPlaces(clock);
  // Nodes carry media to whomever any process has; workers of its own do not.
  const isMediaShared = options.onNodes !== undefined;
  const presence = options.onNodes ? await openSharedPresence(redis, logger) : undefined;
  const inquiries = await openInquiries(redis, logger);
  const handover =
    presence && options.onNodes
      ? {
          records: createStayRecords(redis),
          media: options.onNodes,
          inquiries,
          processId: presence.processId,
          wasSentOut: door.revocations.voids,
        }
      : undefined;
  const sessions = new Sessions({
    ...options,
    shareRoom: presence?.shareRoom,
    handover,
    admitCheck: (ticket) => checkPlaces.admit(ticket),
    broadcast,
    getRoom,
    admitTicket: door.door.admit,
    addPerson: createExternalUsers(database).add,
    negotiations: createNegotiations(redis),
  });
  const relay =
    presence &&
    (await openRoomRelay({ redis, sessions, broadcast, processId: presence.processId, logger }));
  const remoteStays = relay === undefined ? undefined : new RemoteStays(relay, sessions);
  const elsewhere = createPeopleElsewhere({ inquiries, sessions, seats: options.seats, logger });
  const nodes = options.openNodes({ inquiries, present: () => sessions.present() });
  serveOperators(nodes, inquiries);
  const personalSockets = createPersonalSockets({
    io,
    verifyAccessToken: options.verifyAccessToken,
    countUnread: (userId) => messages.countUnread(userId),
    logger,
  });
  const messages = await createMessageParts({
    ...options,
    rooms,
    sessions,
    elsewhere,
    broadcast,
    revocations: door.revocations,
    news: { tell },
    sockets: personalSockets,
  });
  const mediaParts = createMediaParts({
    media,
    movable: options.onNodes,
    metrics: options.metrics,
    sessions,
    broadcast,
    relay: relay ?? NO_RELAY,
    readSettings: async ({ ticket: { roomId, userId, checkEndsAt } }) =>
      checkEndsAt === undefined
        ? roomParts.settings.read(roomId, userId)
        : ROOM_SETTINGS.readAll([]),
    defaults: ROOM_SETTINGS.readAll([]),
    clock,
    logger,
  });
  const moderationParts = createModerationParts({
    ...door,
    redis,
    sessions,
    tracks: mediaParts.tracks,
    rooms,
    participants,
    roomsOfMeeting: roomParts.roomsOfMeeting,
    getRoom,
    change,
    broadcast,
    relay: relay ?? NO_RELAY,
    news: { tell },
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
    news: { tell },
    inquiries,
    elsewhere,
    isMediaShared,
    clock,
    logger,
  });
  const hear = (told: RoomNews): void => {
    messages.hear(told);
    moderationParts.hear(told);
    breakoutParts.hear(told);
    if (told.type === 'closed') {
      sessions.closeRoom(told.roomId);
    }
  };
  // Last, so that whatever is heard finds everybody in place.
  const news = await openRoomNews({
    redis,
    people: {
      hear,
      present: () => sessions.present(),
      rooms: () => [
        ...new Set([
          ...sessions.present().map(({ roomId }) => roomId),
          ...moderationParts.lobby.rooms(),
        ]),
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
  const checkRooms = new CheckRooms(sessions, checkPlaces, clock);

  return {
    rooms,
    sessions,
    ...mediaParts,
    ...moderationParts,
    others: remoteStays && createRequestsToOthers(inquiries, remoteStays),
    moves: breakoutParts.moves,
    breakouts: breakoutParts.breakouts,
    forwarding: breakoutParts.forwarding,
    door,
    chat: messages.chat,
    sockets: {
      endSessions(sessionIds) {
        sessions.endSessions(sessionIds);
        moderationParts.lobby.endSessions(sessionIds);
        personalSockets.endSessions(sessionIds);
      },
      signedInSessions: () => [
        ...sessions.signedInSessions(),
        ...moderationParts.lobby.signedInSessions(),
        ...personalSockets.signedInSessions(),
      ],
    },
    routes: [
      ...roomParts.routes,
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
        moderation: moderationParts.moderation,
        bans: door.bans,
        calls: mediaParts.calls,
        moves: breakoutParts.moves,
        forwarding: breakoutParts.forwarding,
        isMediaShared,
        change,
        tellChanged: tellSettings,
      }),
      ...messages.routes,
      ...nodeRoutes(createNodeAdministration({ directory: nodes, getRoom: rooms.get })),
      ...historyRoutes(createHistory(database, rooms)),
    ],
    jobs: [
      ...messages.jobs,
      createDesertedRoomsJob({ database, seats: options.seats, endRoom: rooms.end, logger }),
    ],
    async close() {
      personalSockets.close();
      moderationParts.close();
      breakoutParts.close();
      await sessions.drain();
      remoteStays?.close();
      await relay?.close();
      await presence?.close();
      mediaParts.close();
      checkRooms.close();
      await messages.close();
      await news.close();
      await inquiries.close();
    },
  };
}
