import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { type ClientEvents, LIMITS, type ServerEvents, SIGNALLING_PATH } from '@balai/protocol';
import { Server, type Socket } from 'socket.io';
import type { Broadcast, Connection } from '../../features/sessions/connection.ts';
import { systemClock } from '../../kernel/clock.ts';
import { boundConnection } from './connection-bounds.ts';
import type { HandshakeLimits } from './handshake-limits.ts';

type NoEvents = Record<string, never>;

/** Socket.IO with the protocol's events. */
export type IoServer = Server<ClientEvents, ServerEvents, NoEvents, NoEvents>;
/** One socket of an {@link IoServer}. */
export type IoSocket = Socket<ClientEvents, ServerEvents, NoEvents, NoEvents>;

/**
 * A peer that vanished without closing its connection is noticed within their
 * sum. Below that, a phone that changes cells, or a page on a machine that is
 * busy for some seconds, would be thrown out of a meeting whose media still flows.
 */
const PING_INTERVAL_MS = 4_000;
const PING_TIMEOUT_MS = 8_000;
/** For the Socket.IO greeting after the WebSocket has opened. */
const CONNECT_TIMEOUT_MS = 5_000;
/** For a client to read its goodbye and to close its side. */
const CLOSE_GRACE_MS = 2_000;

/** Signalling methods have no socket.io signature that is generic in the event: the only cast. */
interface Emitting {
  emit(event: string, message: unknown): unknown;
}

/** Who may open sockets. */
export interface Doorkeeper {
  readonly limits: HandshakeLimits;
  /** Whom the limits count: address or network. */
  readonly networkOf: (request: IncomingMessage) => string;
}

/** Of the requests whose sockets are nobody's yet: what ends their counting as such. */
const underWay = new WeakMap<IncomingMessage, () => void>();

/** It is known whose socket it is: it does not count as a handshake under way any more. */
export function endHandshake(socket: { readonly conn: Pick<Socket['conn'], 'request'> }): void {
  underWay.get(socket.conn.request)?.();
}

function admit(request: IncomingMessage, { limits, networkOf }: Doorkeeper): boolean {
  const release = limits.admit(networkOf(request));
  if (release === undefined) {
    return false;
  }
  underWay.set(request, release);
  request.socket.once('close', release);
  return true;
}

/**
 * Opens the signalling endpoint on an HTTP server, which stays the caller's.
 *
 * @param doorkeeper Who is refused by it does not even get a WebSocket. Default lets everybody open one.
 */
export function createIoServer(httpServer: HttpServer, doorkeeper?: Doorkeeper): IoServer {
  const io: IoServer = new Server(httpServer, {
    path: SIGNALLING_PATH,
    transports: ['websocket'],
    serveClient: false,
    maxHttpBufferSize: LIMITS.signallingMessageBytes,
    perMessageDeflate: false,
    httpCompression: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    pingTimeout: PING_TIMEOUT_MS,
    ...(doorkeeper === undefined
      ? {}
      : {
          allowRequest: (request, answer) =>
            admit(request, doorkeeper) ? answer(null, true) : answer('rate_limited', false),
        }),
  });
  io.engine.on('connection', (connection: Socket['conn']) =>
    boundConnection(connection, systemClock),
  );
  return io;
}

/** Sends to everybody who entered a room in this process. */
export function broadcastOver(io: IoServer): Broadcast {
  return (roomId, event, message, except) => {
    const everybody = io.local.to(roomId).except([...except]);
    (everybody as Emitting).emit(event, message);
  };
}

/** One socket, as the features see it. */
export function connectionOf(socket: IoSocket): Connection {
  return {
    id: socket.id,
    get isOpen() {
      return socket.connected;
    },
    enter(roomId) {
      // Only adapters that ask other processes answer with a promise, and none of ours does for a join.
      void socket.join(roomId);
    },
    send(event, message) {
      (socket as Emitting).emit(event, message);
    },
    close() {
      const { request } = socket.conn;
      socket.disconnect(true);
      // A peer that does not close its side would be read from for another 30 s.
      setTimeout(() => request.socket.destroy(), CLOSE_GRACE_MS).unref();
    },
  };
}
