import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type {
  CreateRoomRequest,
  ErrorAnswer,
  Room,
  RoomId,
  RtpCapabilities,
  SignedIn,
} from '@balai/protocol';
import { createAccountParts } from '../src/compose/account-parts.ts';
import type { Config } from '../src/compose/config.ts';
import { createHttpServer } from '../src/compose/http-server.ts';
import { createMeetingParts, type MeetingParts } from '../src/compose/meeting-parts.ts';
import { createProjectRoutes } from '../src/compose/project-parts.ts';
import { createRequestLimits } from '../src/compose/request-limits.ts';
import { createRestApi } from '../src/compose/rest-api.ts';
import { createTokenParts } from '../src/compose/token-parts.ts';
import { createIoServer } from '../src/edge/signalling/io-server.ts';
import { createSignalling } from '../src/edge/signalling/signalling.ts';
import type { TokenHolder } from '../src/features/accounts/access-tokens.ts';
import { createRoomTokens, type RoomTokens } from '../src/features/joining/room-tokens.ts';
import type { Mail } from '../src/features/mail/mailer.ts';
import { createProcessNodes, type OwnNode } from '../src/features/nodes/process-nodes.ts';
import { createKeyTokens } from '../src/features/projects/key-tokens.ts';
import type { Rooms } from '../src/features/rooms/rooms.ts';
import { createAttendance } from '../src/features/sessions/attendance.ts';
import { createSeats } from '../src/features/sessions/seats.ts';
import { FakeMediaPlane } from '../src/features/sessions/testing/fake-media-plane.ts';
import { createLogger } from '../src/kernel/logger.ts';
import { NO_METRICS } from '../src/kernel/metrics.ts';
import { createDiskStorage, type FileStorage } from '../src/store/files/file-storage.ts';
import { loadKeyRing } from '../src/store/files/key-ring.ts';
import { createSecrets } from '../src/store/files/secrets.ts';
import { loadSigningKey, type SigningKey } from '../src/store/files/signing-key.ts';
import { connectBeside, createTestStores, type TestStores } from './test-stores.ts';

/** Recognisable in an answer. */
export const TEST_CAPABILITIES: RtpCapabilities = {
  codecs: [
    {
      kind: 'audio',
      mimeType: 'audio/opus',
      preferredPayloadType: 100,
      clockRate: 48_000,
      channels: 2,
    },
  ],
  headerExtensions: [],
};

export interface TestRequest {
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, with the content type application/json unless a header says otherwise. */
  readonly rawBody?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** What a test turns to see what the API makes of it. */
export interface TestWorld {
  /** Milliseconds since 1970. */
  now: number;
  isDraining: boolean;
  workers: number;
  /** Whose sockets this process has open. */
  signedIn: TokenHolder[];
  /** Undefined asks the real seats. */
  hasSeat: ((roomId: RoomId, identity: string, maxUsers: number) => boolean) | undefined;
}

/** The REST API and signalling on real stores and a real port; only the media is fake. */
export interface TestApi {
  readonly url: string;
  readonly stores: TestStores;
  readonly dataDir: string;
  readonly signingKey: SigningKey;
  readonly rooms: Rooms;
  readonly meetings: MeetingParts;
  readonly media: FakeMediaPlane;
  readonly files: FileStorage;
  readonly roomTokens: RoomTokens;
  readonly redisUrl: string;
  /** Mails that were sent, in order. */
  readonly mails: readonly Mail[];
  /** Sessions whose end was announced to open sockets, in order. */
  readonly endedSessions: readonly string[];
  readonly world: TestWorld;
  /** Rooms that were closed, in order. */
  readonly closedRooms: readonly RoomId[];
  /** Everything that was logged, at the level `trace`. */
  readonly logged: () => string;
  request<T = ErrorAnswer>(path: string, request?: TestRequest): Promise<TestAnswer<T>>;
  /** A new account, signed in. */
  signUp(name?: string): Promise<Required<SignedIn>>;
  createRoom(token: string, room?: Partial<CreateRoomRequest>): Promise<Room>;
  close(): Promise<void>;
}

/** From now on the API goes by the machine's clock, as programs do whose tokens it is to take. */
export function followMachineClock(world: TestWorld): void {
  Object.defineProperty(world, 'now', { get: () => Date.now() });
}

let people = 0;

/** Starts the API. The caller closes it. */
export async function startTestApi(
  options: {
    readonly config?: Partial<Config>;
    readonly webRoot?: string;
    /** Default the tests' own. The caller closes what stands before it. */
    readonly redisUrl?: string;
    /** Starts another server of the same people: on its stores and with its keys. It is closed last. */
    readonly beside?: TestApi;
  } = {},
): Promise<TestApi> {
  const { beside } = options;
  const stores =
    beside === undefined
      ? await createTestStores(options.redisUrl)
      : await connectBeside(beside.stores, options.redisUrl ?? beside.redisUrl);
  const dataDir = beside?.dataDir ?? (await mkdtemp(join(tmpdir(), 'balai-test-')));
  const signingKey = await loadSigningKey(dataDir);
  const lines: string[] = [];
  const logger = createLogger(
    'trace',
    new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    }),
  );
  const world: TestWorld = {
    // Servers of the same people have the same time.
    now: beside?.world.now ?? Date.now(),
    isDraining: false,
    workers: 1,
    signedIn: [],
    hasSeat: undefined,
  };
  const clock = () => world.now;
  const closedRooms: RoomId[] = [];
  const server = createHttpServer((request, response) => app(request, response));
  const io = createIoServer(server.server);
  const files = await createDiskStorage(join(dataDir, 'files'));
  const seats = createSeats(stores.redis);
  const limits = createRequestLimits(stores.redis);
  const media = new FakeMediaPlane();
  const isDraining = { node: false };
  const ownNode: OwnNode = {
    nodeId: () => `test:${port}`,
    region: 'test',
    labels: { rack: '1' },
    addresses: ['192.0.2.1'],
    cores: 2,
    isDraining: () => isDraining.node,
    isDrained: () => isDraining.node,
    setDraining(wanted) {
      isDraining.node = wanted;
    },
  };
  const meetings = await createMeetingParts({
    metrics: NO_METRICS,
    database: stores.database,
    redis: stores.redis,
    files,
    io,
    media,
    seats,
    attendance: createAttendance(stores.database),
    upload: { maxBytes: 1_000_000, types: ['image/png', 'text/plain'] },
    publicUrl: 'https://balai.example',
    verifyAccessToken: (token) => accounts.verifyAccessToken(token),
    issueRoomToken: (ticket) => roomTokens.issue(ticket),
    putMail: (mail) => accounts.putMail(mail),
    openNodes: (parts) => createProcessNodes({ ...parts, media, own: ownNode }),
    clock,
    logger,
  });
  const { rooms, sessions } = meetings;
  const closeRoom = sessions.closeRoom.bind(sessions);
  sessions.closeRoom = (roomId) => {
    closedRooms.push(roomId);
    closeRoom(roomId);
  };
  const secrets = createSecrets(await loadKeyRing(dataDir));
  const keyTokens = await createKeyTokens({ database: stores.database, secrets, clock });
  const roomTokens = createRoomTokens(signingKey, clock);
  const mails: Mail[] = [];
  const endedSessions: string[] = [];
  const accounts = await createAccountParts({
    database: stores.database,
    redis: stores.redis,
    files,
    secrets,
    signingKey,
    roomTokens,
    mailer: {
      async send(mail) {
        mails.push(mail);
      },
      close: () => undefined,
    },
    publicUrl: 'https://balai.example',
    endRoom: rooms.end,
    sockets: {
      endSessions(sessionIds) {
        endedSessions.push(...sessionIds);
        meetings.sockets.endSessions(sessionIds);
      },
      signedInSessions: () => [...world.signedIn, ...meetings.sockets.signedInSessions()],
    },
    clock,
    logger,
  });
  const tokens = createTokenParts({
    database: stores.database,
    redis: stores.redis,
    keyTokens,
    verifyOwnToken: accounts.verifyRoomToken,
    revocations: meetings.door.revocations,
    keySetAccess: { allowsLoopback: options.config?.allowsLoopbackKeys ?? true },
    clock,
    logger,
  });
  const app = await createRestApi({
    config: {
      publicUrl: undefined,
      trustProxy: 0,
      corsOrigins: [],
      iceServers: [],
      turn: undefined,
      ...options.config,
    },
    database: stores.database,
    redis: stores.redis,
    accounts,
    tokens,
    keyTokens,
    projectRoutes: createProjectRoutes({
      database: stores.database,
      secrets,
      files,
      creators: options.config?.projectCreators ?? 'everybody',
      requireAdmin: (userId) => accounts.requireAdmin({ userId, sessionId: null }),
      assertKeySetUrl: tokens.assertKeySetUrl,
      endRoom: rooms.end,
    }),
    limits,
    meetings,
    roomTokens,
    hasSeat: async (roomId, identity, maxUsers) =>
      world.hasSeat?.(roomId, identity, maxUsers) ??
      (await seats.hasSeat(roomId, identity, maxUsers)),
    getRouterCapabilities: () => TEST_CAPABILITIES,
    countWorkers: async () => world.workers,
    isDraining: () => world.isDraining,
    webRoot: options.webRoot ?? join(dataDir, 'no-web-app'),
    clock,
    logger,
  });
  const signalling = createSignalling({
    io,
    ...meetings,
    issueRoomToken: roomTokens.issue,
    verifyRoomToken: tokens.verifyRoomToken,
    countMessages: limits.countMessages,
    clock,
    logger,
  });
  const port = await server.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${port}`;

  const request = async <T>(path: string, given: TestRequest = {}): Promise<TestAnswer<T>> => {
    const { method, body, rawBody, token, headers } = given;
    const content = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await fetch(`${url}${path}`, {
      method: method ?? (content === undefined ? 'GET' : 'POST'),
      redirect: 'manual',
      headers: {
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
    return {
      status: answer.status,
      headers: answer.headers,
      body: (isJson ? JSON.parse(text) : text) as T,
    };
  };

  return {
    url,
    stores,
    dataDir,
    signingKey,
    rooms,
    meetings,
    media,
    files,
    roomTokens,
    redisUrl: stores.redisUrl,
    mails,
    endedSessions,
    world,
    closedRooms,
    logged: () => lines.join(''),
    request,
    async signUp(name = 'Siti') {
      people += 1;
      const answer = await request<Required<SignedIn>>('/v1/auth/register', {
        body: {
          email: `person-${people}@example.org`,
          password: 'correct horse',
          firstName: name,
          lastName: 'Example',
        },
      });
      return answer.body;
    },
    async createRoom(token, room = {}) {
      const body = { name: 'Stand-up', ...room };
      return (await request<Room>('/v1/rooms', { token, body })).body;
    },
    async close() {
      await meetings.close();
      await signalling.close();
      await server.close();
      await accounts.close();
      await stores.close();
      if (beside === undefined) {
        await rm(dataDir, { recursive: true });
      }
    },
  };
}
