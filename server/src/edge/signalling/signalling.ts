import type { Connection } from '../../features/sessions/connection.ts';
import type { Stay } from '../../features/sessions/stay.ts';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { Client } from './client.ts';
import { createHandlers, type Features, type Handlers } from './handlers.ts';
import { readHandshake } from './handshake.ts';
import { connectionOf, endHandshake, type IoServer, type IoSocket } from './io-server.ts';
import { type CountMessages, SharedPace } from './shared-pace.ts';
import { toWireError } from './wire-error.ts';

/** Messages that a client may send before it was answered whether it is in. */
const MAX_EARLY_MESSAGES = 32;
/** For what was sent to the sockets to go out when the server stops. */
const CLOSE_TIMEOUT_MS = 1_000;
const CLOSE_CHECK_MS = 10;

export interface SignallingOptions extends Features {
  readonly io: IoServer;
  /** Throws AppError `unauthorized` or `token_expired`. */
  readonly verifyRoomToken: (token: string) => Promise<RoomTicket>;
  readonly countMessages: CountMessages;
  readonly clock: Clock;
  readonly logger: Logger;
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
  io.on('connection', (socket) => serve(socket, options, handlers));
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
function serve(socket: IoSocket, options: SignallingOptions, handlers: Handlers): void {
  const { sessions, clock, logger } = options;
  const connection = connectionOf(socket);
  let client: Client | undefined;
  const early: unknown[][] = [];

  socket.onAny((...message: unknown[]) => {
    if (client !== undefined) {
      client.receive(message);
    } else if (early.length < MAX_EARLY_MESSAGES) {
      early.push(message);
    } else {
      refuse(connection, new AppError('protocol_violation'), logger);
    }
  });

  const begin = (stay: Stay) => {
    endHandshake(socket);
    const violated = () =>
      sessions.end(stay, 'protocol_violation', new AppError('protocol_violation'));
    const { identity, roomId } = stay.ticket;
    const sharedPace = new SharedPace(
      (messages) => options.countMessages(identity, roomId, messages),
      clock,
    );
    client = new Client({ stay, handlers, violated, sharedPace, clock, logger });
    socket.on('disconnect', (reason) =>
      sessions.end(
        stay,
        reason === 'client namespace disconnect' ? 'client_initiated' : 'signal_close',
      ),
    );
    if (!socket.connected) {
      sessions.end(stay, 'signal_close');
    }
    for (const message of early.splice(0)) {
      client.receive(message);
    }
  };

  letIn(socket, connection, options).then(begin, (error: unknown) =>
    refuse(connection, error, logger),
  );
}

async function letIn(
  socket: IoSocket,
  connection: Connection,
  options: SignallingOptions,
): Promise<Stay> {
  const handshake = readHandshake(socket.handshake.auth);
  const ticket = await options.verifyRoomToken(handshake.token);
  const stay = await options.sessions.join(connection, ticket, handshake.rtpCapabilities);
  const { participantId } = stay;
  options.logger.info({ participantId, sdk: handshake.sdk }, 'a client was let in');
  return stay;
}

function refuse(connection: Connection, error: unknown, logger: Logger): void {
  if (connection.isOpen) {
    const wireError = toWireError(error, logger, { connectionId: connection.id });
    logger.debug({ connectionId: connection.id, code: wireError.code }, 'a client was refused');
    connection.send('refused', wireError);
    connection.close();
  }
}
