import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { LIMITS, type RoomId, SIGNALLING_PATH } from '@balai/protocol';
import { Server, type Socket } from 'socket.io';
import type { Broadcast } from '../../features/sessions/connection.ts';
import { systemClock } from '../../kernel/clock.ts';
import { boundConnection } from './connection-bounds.ts';
import type { HandshakeLimits } from './handshake-limits.ts';
import type { Emitting, IoServer, IoSocket } from './io-types.ts';
import { charactersOf, Line } from './line.ts';

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

/** The lines that entered a room of a server in this process. */
const linesInRooms = new WeakMap<IoServer, Map<RoomId, Set<Line>>>();

function roomsOf(io: IoServer): Map<RoomId, Set<Line>> {
  const rooms = linesInRooms.get(io) ?? new Map<RoomId, Set<Line>>();
  linesInRooms.set(io, rooms);
  return rooms;
}

/** How many are in a room in this process, those who are away included. */
export function countInRoom(io: IoServer, roomId: RoomId): number {
  return roomsOf(io).get(roomId)?.size ?? 0;
}

/**
 * Sends to everybody who entered a room in this process, encoded once; for those
 * who are away it is kept.
 */
export function broadcastOver(io: IoServer): Broadcast {
  const rooms = roomsOf(io);
  return (roomId, event, message, except) => {
    const characters = charactersOf(message);
    for (const line of rooms.get(roomId) ?? []) {
      if (!except.includes(line.id)) {
        line.note(event, message, characters);
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
 * @param received How many messages it has of a stay that began with another process.
 */
export function openLine(io: IoServer, socket: IoSocket, graceMs: number, received = 0): Line {
  const rooms = roomsOf(io);
  return new Line(socket, {
    graceMs,
    received,
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
