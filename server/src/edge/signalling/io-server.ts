import type { Server as HttpServer } from 'node:http';
import { type ClientEvents, LIMITS, type ServerEvents, SIGNALLING_PATH } from '@balai/protocol';
import { Server, type Socket } from 'socket.io';
import type { Broadcast, Connection } from '../../features/sessions/connection.ts';
import { systemClock } from '../../kernel/clock.ts';
import { boundConnection } from './connection-bounds.ts';

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

/** Opens the signalling endpoint on an HTTP server, which stays the caller's. */
export function createIoServer(httpServer: HttpServer): IoServer {
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
