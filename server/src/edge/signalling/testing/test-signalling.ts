import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Grants, Identity, Joined, RoomId } from '@balai/protocol';
import { createTestStores, silentLogger, type TestStores } from '../../../../test/test-stores.ts';
import { createRequestLimits } from '../../../compose/request-limits.ts';
import { Chat } from '../../../features/chat/chat.ts';
import { createTestMessages } from '../../../features/chat/testing/test-messages.ts';
import { Calls } from '../../../features/data/calls.ts';
import { DataLinks } from '../../../features/data/data-links.ts';
import { Texts } from '../../../features/data/texts.ts';
import { Layers } from '../../../features/layers/layers.ts';
import { createAttendance } from '../../../features/sessions/attendance.ts';
import type { Broadcast } from '../../../features/sessions/connection.ts';
import type { RoomFacts } from '../../../features/sessions/join-desk.ts';
import { createNegotiations } from '../../../features/sessions/negotiations.ts';
import { createSeats, type Seats } from '../../../features/sessions/seats.ts';
import { Sessions } from '../../../features/sessions/sessions.ts';
import { FakeMediaPlane } from '../../../features/sessions/testing/fake-media-plane.ts';
import { ALL_GRANTS } from '../../../features/sessions/testing/scene.ts';
import { Deliveries } from '../../../features/tracks/deliveries.ts';
import { Tracks } from '../../../features/tracks/tracks.ts';
import { AppError } from '../../../kernel/app-error.ts';
import { systemClock } from '../../../kernel/clock.ts';
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
  readonly seats: Seats;
  readonly stores: TestStores;
  readonly broadcast: Broadcast;
  addUser(name: string): Promise<Identity>;
  addRoom(maxUsers?: number): Promise<RoomId>;
  /** Makes a token; `expired` and unknown texts are refused. */
  tokenFor(roomId: RoomId, identity: Identity, grants?: Grants, sessionId?: string | null): string;
  /** From now on the token is too old. */
  expire(token: string): void;
  open(auth: object): TestClient;
  /** A new person in the room. */
  enter(roomId: RoomId, grants?: Grants): Promise<Guest>;
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
  const sessions = new Sessions({
    media,
    seats,
    negotiations: createNegotiations(seatsRedis),
    attendance: createAttendance(database),
    admitCheck: () => undefined,
    getRoom: (roomId) => findRoomFacts(stores, roomId),
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
  const { messages, close: closeMessages } = await createTestMessages(stores, broadcast, sessions);
  const signalling = createSignalling({
    io: ioServer,
    sessions,
    tracks: new Tracks(media, sessions),
    layers,
    chat: new Chat(messages, sessions),
    dataLinks,
    texts: new Texts(sessions, broadcast, clock),
    calls,
    issueRoomToken: async (ticket) => {
      const token = randomUUID();
      tickets.set(token, ticket);
      return { token, expiresAt: new Date(clock() + 600_000) };
    },
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
    tokenFor(roomId, identity, grants = ALL_GRANTS, sessionId = null) {
      const token = randomUUID();
      tickets.set(token, {
        roomId,
        identity,
        sessionId,
        name: 'Guest',
        role: 'participant',
        grants,
      });
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
      await closeMessages();
      await stores.close();
    },
  };
  return test;
}

async function findRoomFacts({ owner }: TestStores, roomId: RoomId): Promise<RoomFacts> {
  const [room] = await owner.query<RoomFacts>(
    'SELECT id, name, status, max_users AS "maxUsers" FROM rooms WHERE id = $1',
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
