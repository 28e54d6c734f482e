import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Grants, Identity, Joined, ParticipantRole, RoomId } from '@balai/protocol';
import { createTestStores, silentLogger, type TestStores } from '../../../../test/test-stores.ts';
import { createBreakoutParts } from '../../../compose/breakout-parts.ts';
import { createDoorParts, createModerationParts } from '../../../compose/moderation-parts.ts';
import { createRequestLimits } from '../../../compose/request-limits.ts';
import type { Forwarding } from '../../../features/breakouts/forwarding.ts';
import type { Moves } from '../../../features/breakouts/moves.ts';
import { Chat } from '../../../features/chat/chat.ts';
import { deliverMessage } from '../../../features/chat/message-delivery.ts';
import { createTestMessages } from '../../../features/chat/testing/test-messages.ts';
import { Calls } from '../../../features/data/calls.ts';
import { DataLinks } from '../../../features/data/data-links.ts';
import { Texts } from '../../../features/data/texts.ts';
import { GRANTS_OF_ROLE } from '../../../features/joining/role-grants.ts';
import { Layers } from '../../../features/layers/layers.ts';
import type { Lobby } from '../../../features/lobby/lobby.ts';
import { createExternalUsers } from '../../../features/projects/external-users.ts';
import { createParticipants } from '../../../features/rooms/participants.ts';
import type { RoomNews } from '../../../features/rooms/room-news.ts';
import { createRoomsOfMeeting } from '../../../features/rooms/rooms-of-meeting.ts';
import { createAttendance } from '../../../features/sessions/attendance.ts';
import type { Broadcast } from '../../../features/sessions/connection.ts';
import type { RoomFacts } from '../../../features/sessions/join-desk.ts';
import { createNegotiations } from '../../../features/sessions/negotiations.ts';
import { createPeopleElsewhere } from '../../../features/sessions/people-elsewhere.ts';
import { createSeats, type Seats } from '../../../features/sessions/seats.ts';
import { Sessions } from '../../../features/sessions/sessions.ts';
import { FakeMediaPlane } from '../../../features/sessions/testing/fake-media-plane.ts';
import { NO_INQUIRIES } from '../../../features/sessions/testing/no-inquiries.ts';
import { ALL_GRANTS } from '../../../features/sessions/testing/scene.ts';
import { Deliveries } from '../../../features/tracks/deliveries.ts';
import { Tracks } from '../../../features/tracks/tracks.ts';
import { AppError } from '../../../kernel/app-error.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { ticketOf } from '../../../kernel/room-ticket.ts';
import type { RoomTicket } from '../../../kernel/route.ts';
import type { RedisStore } from '../../../store/redis/redis.ts';
import { broadcastOver, createIoServer, type Doorkeeper } from '../io-server.ts';
import { createSignalling } from '../signalling.ts';
import { handshakeOf, TestClient } from './test-client.ts';

export interface Guest {
  readonly client: TestClient;
  readonly joined: Joined;
}

/** The real edge and features on real stores and sockets; only the media is fake. */
export interface TestSignalling {
  readonly url: string;
  readonly media: FakeMediaPlane;
  readonly sessions: Sessions;
  readonly lobby: Lobby;
  readonly moves: Moves;
  readonly forwarding: Forwarding;
  readonly seats: Seats;
  readonly stores: TestStores;
  readonly broadcast: Broadcast;
  addUser(name: string): Promise<Identity>;
  addRoom(maxUsers?: number): Promise<RoomId>;
  /** Makes a token; `expired` and unknown texts are refused. */
  tokenFor(
    roomId: RoomId,
    identity: Identity,
    grants?: Grants,
    sessionId?: string | null,
    role?: ParticipantRole,
  ): string;
  /** From now on the token is too old. */
  expire(token: string): void;
  open(auth: object): TestClient;
  /** A new person in the room. */
  enter(roomId: RoomId, grants?: Grants): Promise<Guest>;
  /** A new person in the room who has this role there; the host is its own. */
  enterAs(roomId: RoomId, role: ParticipantRole): Promise<Guest>;
  /** Sets one setting of a room, and lets it be known. */
  set(roomId: RoomId, key: string, value: unknown): Promise<void>;
  close(): Promise<void>;
}

/** @param options.seatsRedis Where the seats are; default the tests' Redis. The caller closes it. */
export async function createTestSignalling(
  options: {
    readonly seatsRedis?: RedisStore;
    readonly heartbeatMs?: number;
    /** Default 20 s. */
    readonly graceMs?: number;
    /** Default 7 s. */
    readonly rpcConnectionTimeoutMs?: number;
    /** Default lets everybody open sockets. */
    readonly doorkeeper?: Doorkeeper;
  } = {},
): Promise<TestSignalling> {
  const stores = await createTestStores();
  const { database } = stores;
  const { seatsRedis = stores.redis, graceMs = 20_000, doorkeeper, ...heartbeat } = options;
  const media = new FakeMediaPlane();
  const httpServer = createServer();
  const ioServer = createIoServer(httpServer, doorkeeper);
  const broadcast = broadcastOver(ioServer);
  const clock = systemClock;
  const logger = silentLogger;
  const seats = createSeats(seatsRedis);
  const door = createDoorParts(database, stores.redis, clock, logger);
  const getRoom = async (roomId: RoomId): Promise<RoomFacts> => {
    const { isLocked, spotlight } = await door.rules.find(roomId);
    return { ...(await findRoomFacts(stores, roomId)), isLocked, spotlight };
  };
  const sessions = new Sessions({
    media,
    seats,
    negotiations: createNegotiations(seatsRedis),
    attendance: createAttendance(database),
    admitCheck: () => undefined,
    getRoom,
    addPerson: createExternalUsers(database).add,
    admitTicket: door.door.admit,
    broadcast,
    clock,
    logger,
    ...heartbeat,
  });
  const tickets = new Map<string, RoomTicket>();
  const expired = new Set(['expired']);
  const deliveries = new Deliveries(media, sessions, logger);
  const layers = new Layers(media, sessions);
  const dataLinks = new DataLinks(media, sessions, logger);
  const calls = new Calls(sessions, options.rpcConnectionTimeoutMs);
  const { messages, rooms, ...testMessages } = await createTestMessages(
    stores,
    broadcast,
    sessions,
  );
  const tracks = new Tracks(media, sessions, logger);
  const elsewhere = createPeopleElsewhere({ inquiries: NO_INQUIRIES, sessions, seats, logger });
  /** There is one process: what it tells, it hears itself. */
  const tell = (news: RoomNews): void => {
    if (news.type === 'message') {
      deliverMessage(news, sessions, broadcast);
    }
    moderationParts.hear(news);
    breakoutParts.hear(news);
  };
  const roomsOfMeeting = createRoomsOfMeeting({
    database,
    rooms,
    findMain: async (roomId) => (await door.rules.find(roomId)).breakoutOf,
  });
  const moderationParts = createModerationParts({
    ...door,
    redis: stores.redis,
    sessions,
    tracks,
    rooms,
    participants: createParticipants({
      database,
      rooms,
      settleArrival: async () => undefined,
      roomsOfMeeting,
      tellRole: (roomId, userId, role) => tell({ type: 'roleGiven', roomId, userId, role }),
      announce: async () => undefined,
    }),
    roomsOfMeeting,
    getRoom,
    change: door.rules.change,
    broadcast,
    news: { tell },
    inquiries: NO_INQUIRIES,
    roomChanged: async () => undefined,
    clock,
    logger,
  });
  const issueRoomToken = async (ticket: RoomTicket) => {
    const token = randomUUID();
    tickets.set(token, ticket);
    return { token, expiresAt: new Date(clock() + 600_000) };
  };
  const breakoutParts = createBreakoutParts({
    media,
    database,
    sessions,
    rooms,
    rules: door.rules,
    findAbsent: seats.findAbsent,
    issueRoomToken,
    change: door.rules.change,
    news: { tell },
    inquiries: NO_INQUIRIES,
    elsewhere,
    isMediaShared: false,
    clock,
    logger,
  });
  const signalling = createSignalling({
    io: ioServer,
    sessions,
    tracks,
    ...moderationParts,
    layers,
    chat: new Chat(messages, sessions),
    dataLinks,
    texts: new Texts(sessions, broadcast, clock),
    calls,
    ...breakoutParts,
    issueRoomToken,
    graceMs,
    countMessages: createRequestLimits(seatsRedis).countMessages,
    async verifyRoomToken(token) {
      const ticket = tickets.get(token);
      if (expired.has(token)) {
        throw new AppError('token_expired');
      }
      if (ticket === undefined) {
        throw new AppError('unauthorized');
      }
      return ticket;
    },
    clock,
    logger,
  });
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
  const clients: TestClient[] = [];

  const test: TestSignalling = {
    url,
    media,
    sessions,
    lobby: moderationParts.lobby,
    moves: breakoutParts.moves,
    forwarding: breakoutParts.forwarding,
    seats,
    stores,
    broadcast,
    addUser: (name) =>
      insert(stores, `INSERT INTO users (first_name, last_name, kind) VALUES ($1, '', 'guest')`, [
        name,
      ]),
    async addRoom(maxUsers = 50) {
      const hostId = await test.addUser('Host');
      return await insert(
        stores,
        `INSERT INTO rooms (name, host_id, max_users) VALUES ('Hall', $1, $2)`,
        [hostId, maxUsers],
      );
    },
    tokenFor(roomId, identity, grants = ALL_GRANTS, sessionId = null, role = 'participant') {
      const token = randomUUID();
      const ticket = ticketOf({ roomId, identity, sessionId, name: 'Guest', role, grants });
      tickets.set(token, { ...ticket, issuedAt: clock() });
      return token;
    },
    expire(token) {
      expired.add(token);
    },
    open(auth) {
      const client = new TestClient(url, auth);
      clients.push(client);
      return client;
    },
    async enter(roomId, grants) {
      const identity = await test.addUser('Guest');
      const client = test.open(handshakeOf(test.tokenFor(roomId, identity, grants)));
      return { client, joined: await client.next('joined') };
    },
    async enterAs(roomId, role) {
      const [room] = await stores.owner.query<{ host_id: string }>(
        'SELECT host_id FROM rooms WHERE id = $1',
        [roomId],
      );
      const identity = role === 'host' ? (room?.host_id ?? '') : await test.addUser('Guest');
      const token = test.tokenFor(roomId, identity, GRANTS_OF_ROLE[role], null, role);
      const client = test.open(handshakeOf(token));
      return { client, joined: await client.next('joined') };
    },
    async set(roomId, key, value) {
      await door.rules.change(roomId, async () => {
        await stores.owner.query(
          `INSERT INTO room_settings (room_id, setting_key, setting_value) VALUES ($1, $2, $3)
           ON CONFLICT (room_id, setting_key) DO UPDATE SET setting_value = EXCLUDED.setting_value`,
          [roomId, key, JSON.stringify(value)],
        );
      });
      tell({ type: 'roomChanged', roomId });
    },
    async close() {
      for (const client of clients) {
        client.close();
      }
      await sessions.drain();
      deliveries.close();
      layers.close();
      dataLinks.close();
      calls.close();
      await signalling.close();
      await new Promise((resolve) => httpServer.close(resolve));
      moderationParts.close();
      breakoutParts.close();
      await testMessages.close();
      await stores.close();
    },
  };
  return test;
}

async function findRoomFacts({ owner }: TestStores, roomId: RoomId): Promise<RoomFacts> {
  const [room] = await owner.query<RoomFacts>(
    `SELECT id, name, status, max_users AS "maxUsers", metadata, is_locked AS "isLocked", spotlight,
            parent_id AS "breakoutOf"
     FROM rooms WHERE id = $1`,
    [roomId],
  );
  if (room === undefined) {
    throw new AppError('room_not_found');
  }
  return room;
}

async function insert(
  { owner }: TestStores,
  statement: string,
  values: readonly unknown[],
): Promise<string> {
  const [row] = await owner.query<{ id: string }>(`${statement} RETURNING id`, values);
  return row?.id ?? '';
}
