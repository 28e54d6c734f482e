import type { Handshake } from '@balai/protocol';
import type { Sessions } from '../../features/sessions/sessions.ts';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { VerifyRoomToken } from '../../kernel/room-ticket.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { Client } from './client.ts';
import { createHandlers, type Features, type Handlers, isWordOfCall } from './handlers.ts';
import { readHandshake } from './handshake.ts';
import { hangUp } from './hang-up.ts';
import { countInRoom, endHandshake, openLine } from './io-server.ts';
import type { IoServer, IoSocket } from './io-types.ts';
import type { Line } from './line.ts';
import { type Presence, Presences } from './presences.ts';
import { type CountMessages, SharedPace } from './shared-pace.ts';
import { toWireError } from './wire-error.ts';

/**
 * A phone that leaves a tunnel, or a laptop that changes networks, takes a few
 * seconds. Somebody whose machine died stands in the room for so long.
 */
const GRACE_MS = 20_000;
/** Messages that a client may send before it was answered whether it is in. */
const MAX_EARLY_MESSAGES = 32;
/** For what was sent to the sockets to go out when the server stops. */
const CLOSE_TIMEOUT_MS = 1_000;
const CLOSE_CHECK_MS = 10;

export interface SignallingOptions extends Features {
  readonly io: IoServer;
  readonly verifyRoomToken: VerifyRoomToken;
  readonly countMessages: CountMessages;
  /** How long a client that can resume may be away. Default 20 s. Tests make it short. */
  readonly graceMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Context {
  readonly options: SignallingOptions;
  readonly handlers: Handlers;
  readonly presences: Presences;
}

/** Signalling that is served. */
export interface Signalling {
  /** Closes every socket after what was sent has gone out, within a second. The HTTP server stays open. */
  close(): Promise<void>;
}

/**
 * Serves signalling on the sockets of `io`: who is let in gets `joined` and
 * answers to its requests, anybody else `refused`.
 */
export function createSignalling(options: SignallingOptions): Signalling {
  const { io } = options;
  const handlers = createHandlers(options);
  const presences = new Presences(options.clock);
  io.on('connection', (socket) => serve(socket, { options, handlers, presences }));
  return {
    async close() {
      io.disconnectSockets(true);
      const deadline = performance.now() + CLOSE_TIMEOUT_MS;
      while (io.engine.clientsCount > 0 && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, CLOSE_CHECK_MS));
      }
      io.engine.close();
    },
  };
}

/** Carries one socket from its handshake to its end. */
function serve(socket: IoSocket, context: Context): void {
  const { logger } = context.options;
  let client: Client | undefined;
  const early: unknown[][] = [];

  socket.onAny((...message: unknown[]) => {
    if (client !== undefined) {
      client.receive(message);
    } else if (early.length < MAX_EARLY_MESSAGES) {
      early.push(message);
    } else {
      refuse(socket, new AppError('protocol_violation'), logger);
    }
  });

  const begin = (presence: Presence) => {
    endHandshake(socket);
    client = presence.client;
    watchEnd(socket, presence, context.options.sessions);
    for (const message of early.splice(0)) {
      client.receive(message);
    }
  };

  letIn(socket, context).then(begin, (error: unknown) => refuse(socket, error, logger));
}

async function letIn(socket: IoSocket, context: Context): Promise<Presence> {
  const { options, presences } = context;
  const handshake = readHandshake(socket.handshake.auth);
  const use = handshake.resume === undefined ? 'enter' : 'resume';
  const ticket = await options.verifyRoomToken(handshake.token, use);
  if (handshake.resume === undefined) {
    return await join(socket, handshake, ticket, context);
  }
  const presence = presences.resume(socket, ticket, handshake.resume);
  options.sessions.resume(presence.stay);
  const { participantId } = presence.stay;
  options.logger.info({ participantId }, 'a client is back on another socket');
  return presence;
}

async function join(
  socket: IoSocket,
  handshake: Handshake,
  ticket: RoomTicket,
  { options, handlers, presences }: Context,
): Promise<Presence> {
  const { io, sessions, clock, logger } = options;
  const graceMs = handshake.canResume === true ? (options.graceMs ?? GRACE_MS) : 0;
  const line = openLine(io, socket, graceMs);
  await standInLobby(socket, ticket, line, options);
  const stay = await sessions.join(line, ticket, handshake.rtpCapabilities, handshake.receivesData);
  const { participantId } = stay;
  logger.info({ participantId, sdk: handshake.sdk }, 'a client was let in');
  const { userId, roomId } = ticket;
  const client = new Client({
    stay,
    handlers,
    isOwed: (method, params) => isWordOfCall(options.calls, stay, method, params),
    countOthers: () => countInRoom(io, roomId) - 1,
    violated: () => sessions.end(stay, 'protocol_violation', new AppError('protocol_violation')),
    sharedPace: new SharedPace(
      (messages) => options.countMessages(userId, roomId, messages),
      clock,
    ),
    clock,
    logger,
  });
  const presence = { stay, line, client };
  presences.add(presence);
  return presence;
}

/** Resolves when the client may come in. Who has to wait is known, and no handshake any more. */
async function standInLobby(
  socket: IoSocket,
  ticket: RoomTicket,
  line: Line,
  { lobby }: Pick<SignallingOptions, 'lobby'>,
): Promise<void> {
  const going = new AbortController();
  const go = () => going.abort();
  socket.once('disconnect', go);
  if (!socket.connected) {
    go();
  }
  try {
    await lobby.pass({
      ticket,
      send: (event, message) => line.send(event, message),
      gone: going.signal,
      waits: () => endHandshake(socket),
    });
  } finally {
    socket.off('disconnect', go);
  }
}

/** What the end of a socket means for the stay that it carries. */
function watchEnd(socket: IoSocket, { stay, line }: Presence, sessions: Sessions): void {
  socket.on('disconnect', (reason) => {
    if (!line.isCarriedBy(socket)) {
      return;
    }
    if (reason === 'client namespace disconnect') {
      sessions.end(stay, 'client_initiated');
    } else {
      sessions.suspend(stay);
    }
  });
  if (!socket.connected && line.isCarriedBy(socket)) {
    sessions.suspend(stay);
  }
}

function refuse(socket: IoSocket, error: unknown, logger: Logger): void {
  if (socket.connected) {
    const wireError = toWireError(error, logger, { socketId: socket.id });
    logger.debug({ socketId: socket.id, code: wireError.code }, 'a client was refused');
    socket.emit('refused', wireError);
    hangUp(socket);
  }
}
