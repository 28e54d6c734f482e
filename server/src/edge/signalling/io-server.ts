import type { Server as HttpServer } from 'node:http';
import { LIMITS, type RoomId, SIGNALLING_PATH } from '@balai/protocol';
import { Server, type Socket } from 'socket.io';
import type { Broadcast } from '../../features/sessions/connection.ts';
import { systemClock } from '../../kernel/clock.ts';
import { boundConnection } from './connection-bounds.ts';
import type { Emitting, IoServer, IoSocket } from './io-types.ts';
import { Line } from './line.ts';

export type { IoServer, IoSocket } from './io-types.ts';

/**
 * A peer that vanished without closing its connection is noticed within their
 * sum, on both sides: that is how fast a client begins to look for another way.
 * It costs a small packet each way per client and interval. Being too eager costs
 * little too: a client that can resume only opens another socket.
 */
const PING_INTERVAL_MS = 1_500;
const PING_TIMEOUT_MS = 2_000;
/** For the Socket.IO greeting after the WebSocket has opened. */
const CONNECT_TIMEOUT_MS = 5_000;
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

/** The lines that entered a room of a server in this process. */
const linesInRooms = new WeakMap<IoServer, Map<RoomId, Set<Line>>>();

function roomsOf(io: IoServer): Map<RoomId, Set<Line>> {
  const rooms = linesInRooms.get(io) ?? new Map<RoomId, Set<Line>>();
  linesInRooms.set(io, rooms);
  return rooms;
}

/**
 * Sends to everybody who entered a room in this process, encoded once; for those
 * who are away it is kept.
 */
export function broadcastOver(io: IoServer): Broadcast {
  const rooms = roomsOf(io);
  return (roomId, event, message, except) => {
    for (const line of rooms.get(roomId) ?? []) {
      if (!except.includes(line.id)) {
        line.note(event, message);
      }
    }
    const everybody = io.local.to(roomId).except([...except]);
    (everybody as Emitting).emit(event, message);
  };
}

/**
 * The way to a client whose socket has just opened.
 *
 * @param graceMs How long the client may be away; 0 where it does not come back.
 */
export function openLine(io: IoServer, socket: IoSocket, graceMs: number): Line {
  const rooms = roomsOf(io);
  return new Line(socket, {
    graceMs,
    entered(line, roomId) {
      const lines = rooms.get(roomId) ?? new Set();
      rooms.set(roomId, lines.add(line));
    },
    closed(line) {
      for (const roomId of line.rooms) {
        const lines = rooms.get(roomId);
        lines?.delete(line);
        if (lines?.size === 0) {
          rooms.delete(roomId);
        }
      }
    },
  });
}
