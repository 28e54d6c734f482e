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
import type { Config } from '../src/compose/config.ts';
import { createHttpServer } from '../src/compose/http-server.ts';
import { createRestApi } from '../src/compose/rest-api.ts';
import { createRoomTokens, type RoomTokens } from '../src/features/joining/room-tokens.ts';
import { createRooms, type Rooms } from '../src/features/rooms/rooms.ts';
import { createLogger } from '../src/kernel/logger.ts';
import { loadSigningKey, type SigningKey } from '../src/store/files/signing-key.ts';
import { createTestStores, type TestStores } from './test-stores.ts';

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
  hasSeat: (roomId: RoomId, identity: string, maxUsers: number) => boolean;
}

/** The REST API on real stores and a real port, with fakes for media and presence. */
export interface TestApi {
  readonly url: string;
  readonly stores: TestStores;
  readonly dataDir: string;
  readonly signingKey: SigningKey;
  readonly rooms: Rooms;
  readonly roomTokens: RoomTokens;
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

let accounts = 0;

/** Starts the API. The caller closes it. */
export async function startTestApi(
  options: { readonly config?: Partial<Config>; readonly webRoot?: string } = {},
): Promise<TestApi> {
  const stores = await createTestStores();
  const dataDir = await mkdtemp(join(tmpdir(), 'balai-test-'));
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
    now: Date.now(),
    isDraining: false,
    workers: 1,
    hasSeat: () => true,
  };
  const clock = () => world.now;
  const closedRooms: RoomId[] = [];
  const rooms = createRooms({
    database: stores.database,
    closeRoom: async (roomId) => {
      closedRooms.push(roomId);
    },
  });
  const roomTokens = createRoomTokens(signingKey, clock);
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
    signingKey,
    rooms,
    roomTokens,
    hasSeat: async (roomId, identity, maxUsers) => world.hasSeat(roomId, identity, maxUsers),
    getRouterCapabilities: () => TEST_CAPABILITIES,
    countWorkers: async () => world.workers,
    isDraining: () => world.isDraining,
    webRoot: options.webRoot ?? join(dataDir, 'no-web-app'),
    clock,
    logger,
  });
  const server = createHttpServer(app);
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
    roomTokens,
    world,
    closedRooms,
    logged: () => lines.join(''),
    request,
    async signUp(name = 'Siti') {
      accounts += 1;
      const answer = await request<Required<SignedIn>>('/v1/auth/register', {
        body: {
          email: `person-${accounts}@example.org`,
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
      await server.close();
      await stores.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
