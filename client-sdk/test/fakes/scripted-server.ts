import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  Handshake,
  Joined,
  JoinInfo,
  Method,
  Params,
  ParticipantInfo,
  Reply,
  Result,
  Resume,
  ServerEvent,
  ServerMessage,
  TrackInfo,
  WireError,
} from '@balai/protocol';
import { SIGNALLING_PATH } from '@balai/protocol';
import { Server, type Socket } from 'socket.io';
import { fakeTransportInfo } from './fake-device.ts';

/** What the script answers to a method; throwing a WireError refuses. Undefined: no answer at all. */
export type Script = {
  [M in Method]?: (params: Params<M>) => Result<M> | Promise<Result<M>> | undefined;
};

/** What is answered where the script says nothing of it; to all the rest: null. */
const COURTESY: Script = {
  'transport.open': ({ direction }) => fakeTransportInfo(direction),
  'chat.history': () => ({ messages: [], before: null }),
};

/** A real Socket.IO server that says what the test wants said. */
export class ScriptedServer {
  readonly #http: HttpServer = createServer();
  readonly #io: Server;
  /** Requests in the order in which they arrived. */
  readonly requests: { readonly method: Method; readonly params: unknown }[] = [];
  readonly handshakes: Handshake[] = [];
  script: Script = {};
  /** What is said as the socket opens. */
  welcome: (socket: Socket) => void = (socket) => socket.emit('joined', joined());
  /** What is said to a client that comes back. */
  recover: (socket: Socket, resume: Resume) => void = (socket) =>
    socket.emit('recovered', { missed: 0 });
  /** Bearers of those who asked for `/v1/join-info`. */
  readonly asked: (string | undefined)[] = [];
  joinInfo: Partial<JoinInfo> = {};
  readonly #sockets: Socket[] = [];

  /** @param under A path that the server lives under. */
  constructor(under = '') {
    const path = `${under}${SIGNALLING_PATH}`;
    this.#io = new Server(this.#http, { path, transports: ['websocket'] });
  }

  async listen(): Promise<string> {
    this.#io.on('connection', (socket) => {
      this.#sockets.push(socket);
      const handshake = socket.handshake.auth as Handshake;
      this.handshakes.push(handshake);
      socket.onAny((method: Method, params: unknown, reply: (reply: Reply<Method>) => void) => {
        this.requests.push({ method, params });
        void this.#answer(method, params, reply);
      });
      if (handshake.resume) this.recover(socket, handshake.resume);
      else this.welcome(socket);
    });
    this.#http.on('request', (request, response) => {
      if (request.url !== '/v1/join-info') return;
      this.asked.push(request.headers.authorization);
      response.end(JSON.stringify(this.joinInfo));
    });
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Says something to everybody that is connected. */
  say<E extends ServerEvent>(event: E, message: ServerMessage<E>): void {
    this.#io.emit(event, message);
  }

  /** The sockets that are open now. */
  get openSockets(): number {
    return this.#sockets.filter((socket) => socket.connected).length;
  }

  /** Drops every connection without a word. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.conn.close();
  }

  paramsOf<M extends Method>(method: M): Params<M>[] {
    return this.requests
      .filter((request) => request.method === method)
      .map((request) => request.params as Params<M>);
  }

  async close(): Promise<void> {
    await this.#io.close();
  }

  async #answer(
    method: Method,
    params: unknown,
    reply: (reply: Reply<Method>) => void,
  ): Promise<void> {
    const answer = (this.script[method] ?? COURTESY[method]) as
      | ((params: unknown) => unknown)
      | undefined;
    try {
      const result = answer ? await answer(params) : null;
      if (result !== undefined) reply({ ok: true, result: result as Result<Method> });
    } catch (error) {
      reply({ ok: false, error: error as WireError });
    }
  }
}

/** A `joined` of somebody alone in a room without media; `parts` say otherwise. */
export function joined(parts: Partial<Joined> = {}): Joined {
  return {
    room: {
      id: 'room-1',
      name: 'Weekly',
      metadata: '',
      isLocked: false,
      spotlight: [],
      breakoutOf: null,
    },
    self: participant('me'),
    grants: {
      publish: { camera: true, microphone: true, screen_share: true, screen_share_audio: true },
      subscribe: true,
      data: true,
      hidden: false,
      moderate: false,
      updateSelf: true,
    },
    graceMs: 20_000,
    resumed: null,
    sendTransport: null,
    receiveTransport: null,
    participants: [],
    subscriptions: [],
    dataReception: null,
    ...parts,
  };
}

export function participant(name: string, tracks: readonly TrackInfo[] = []): ParticipantInfo {
  return {
    participantId: `stay-of-${name}`,
    identity: name,
    name: name.toUpperCase(),
    role: 'participant',
    joinedAt: '2026-01-31T12:00:00.000Z',
    metadata: '',
    attributes: {},
    handRaisedAt: null,
    tracks,
  };
}

export function cameraOf(name: string): TrackInfo {
  return {
    trackId: `camera-of-${name}`,
    participantId: `stay-of-${name}`,
    kind: 'video',
    source: 'camera',
    name: '',
    isMuted: false,
    mimeType: 'video/VP8',
    width: 1280,
    height: 720,
  };
}

export function wireError(code: WireError['code'], more: Partial<WireError> = {}): WireError {
  return { code, message: `it is ${code}`, retryable: false, ...more };
}
