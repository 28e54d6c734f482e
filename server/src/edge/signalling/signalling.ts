import type { ErrorCode, Handshake, Resume } from '@balai/protocol';
import { KeyedQueue } from '../../features/sessions/keyed-queue.ts';
import type { Sessions } from '../../features/sessions/sessions.ts';
import type { Stay } from '../../features/sessions/stay.ts';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { type Metrics, NO_METRICS, startTimer } from '../../kernel/metrics.ts';
import type { VerifyRoomToken } from '../../kernel/room-ticket.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { Client } from './client.ts';
import type { Handlers } from './handler.ts';
import { createHandlers, type Features, isWordOfCall } from './handlers.ts';
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
  /** Told of joins and requests. Default {@link NO_METRICS}. */
  readonly metrics?: Pick<Metrics, 'count' | 'observe'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Context {
  readonly options: SignallingOptions;
  readonly metrics: Pick<Metrics, 'count' | 'observe'>;
  readonly handlers: Handlers;
  readonly presences: Presences;
  /** Those of one stay come one after the other. */
  readonly resumptions: KeyedQueue;
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
  const metrics = options.metrics ?? NO_METRICS;
  const resumptions = new KeyedQueue();
  const context = { options, metrics, handlers, presences, resumptions };
  io.on('connection', (socket) => serve(socket, context));
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
  const handshake = readHandshake(socket.handshake.auth);
  if (handshake.resume === undefined) {
    return await countJoin(join(socket, handshake, context), context);
  }
  return await resume(socket, { ...handshake, resume: handshake.resume }, context);
}

async function countJoin<T>(joining: Promise<T>, { metrics }: Context): Promise<T> {
  let code: 'ok' | ErrorCode = 'ok';
  try {
    return await joining;
  } catch (error) {
    code = error instanceof AppError ? error.code : 'internal';
    throw error;
  } finally {
    metrics.count('balai_joins_total', { code });
  }
}

async function join(socket: IoSocket, handshake: Handshake, context: Context): Promise<Presence> {
  const { options, metrics, presences } = context;
  const observe = (phase: 'token' | 'all', seconds: number) =>
    metrics.observe('balai_join_phase_duration_seconds', { phase }, seconds);
  const verifying = startTimer();
  const ticket = await options.verifyRoomToken(handshake.token, 'enter');
  const verified = verifying();
  observe('token', verified);
  const { io, sessions, logger } = options;
  const graceMs = handshake.canResume === true ? (options.graceMs ?? GRACE_MS) : 0;
  const line = openLine(io, socket, graceMs);
  await standInLobby(socket, ticket, line, options);
  const joining = startTimer();
  const { rtpCapabilities, receivesData, canMove } = handshake;
  const stay = await sessions.join(line, ticket, rtpCapabilities, { receivesData, canMove });
  observe('all', verified + joining());
  const { participantId } = stay;
  logger.info({ participantId, sdk: handshake.sdk }, 'a client was let in');
  const presence = { stay, line, client: clientOf(stay, context) };
  presences.add(presence);
  return presence;
}

/**
 * Goes on with a stay over another socket: one of this process, or of another one.
 *
 * @throws AppError `stay_over`, and what keeps the client out.
 */
async function resume(
  socket: IoSocket,
  { token, resume: wanted }: Handshake & { readonly resume: Resume },
  context: Context,
): Promise<Presence> {
  const { options, presences, resumptions } = context;
  const { io, sessions, logger, verifyRoomToken } = options;
  const ticket = await verifyRoomToken(token, 'resume');
  const { participantId, received, takesSnapshot = false } = wanted;
  // A client that loses a socket at once comes with the next one before it is known what became of it.
  return await resumptions.run(participantId, async () => {
    if (presences.has(participantId) || !takesSnapshot || !sessions.adopts) {
      const presence = presences.resume(socket, ticket, wanted);
      sessions.resume(presence.stay);
      logger.info({ participantId }, 'a client is back on another socket');
      return presence;
    }
    const lines: Line[] = [];
    const stay = await sessions.adopt({
      participantId,
      ticket,
      received,
      open(graceMs) {
        const line = openLine(io, socket, graceMs, received);
        lines.push(line);
        return line;
      },
    });
    const [line] = lines;
    if (line === undefined) throw new AppError('internal');
    const presence = { stay, line, client: clientOf(stay, context) };
    presences.add(presence);
    return presence;
  });
}

function clientOf(stay: Stay, { options, metrics, handlers }: Context): Client {
  const { io, sessions, clock, logger } = options;
  const { userId, roomId } = stay.ticket;
  return new Client({
    stay,
    handlers,
    isOwed: (method, params) => isWordOfCall(options.calls, stay, method, params),
    countOthers: () => countInRoom(io, roomId) - 1,
    violated: () => sessions.end(stay, 'protocol_violation', new AppError('protocol_violation')),
    sharedPace: new SharedPace(
      (messages) => options.countMessages(userId, roomId, messages),
      clock,
    ),
    metrics,
    clock,
    logger,
  });
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
