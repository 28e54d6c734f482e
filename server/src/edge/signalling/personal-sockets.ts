import {
  type Identity,
  PERSONAL_NAMESPACE,
  type PersonalEvents,
  type PersonalHandshake,
  PROTOCOL_VERSION,
} from '@balai/protocol';
import type { Namespace, Socket } from 'socket.io';
import { z } from 'zod';
import type { ConnectedPeople } from '../../features/notifications/live-notifications.ts';
import { AppError } from '../../kernel/app-error.ts';
import { faultDetails } from '../../kernel/fault-details.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Caller } from '../../kernel/route.ts';
import { endHandshake, type IoServer } from './io-server.ts';
import { toWireError } from './wire-error.ts';

type NoEvents = Record<string, never>;
/** Whose socket it is; nobody's before they are let in. */
type Owner = Partial<Caller>;
type PersonalNamespace = Namespace<NoEvents, PersonalEvents, NoEvents, Owner>;
type PersonalSocket = Socket<NoEvents, PersonalEvents, NoEvents, Owner>;

/** Windows and devices of one person that may be connected to one process. */
const SOCKETS_PER_PERSON = 50;
const RETRY_AFTER_MS = 60_000;

const handshake: z.ZodType<PersonalHandshake> = z.strictObject({
  protocol: z.int(),
  token: z.string().min(1).max(8_192),
});

export interface PersonalSocketsOptions {
  readonly io: IoServer;
  /** Throws AppError `unauthorized` or `token_expired`. */
  readonly verifyAccessToken: (token: string) => Promise<Caller>;
  readonly countUnread: (userId: Identity) => Promise<number>;
  readonly logger: Logger;
}

/** The sockets of signed-in people in this process, outside of rooms. */
export interface PersonalSockets extends ConnectedPeople {
  /** Says goodbye to the sockets of sessions that were ended. */
  endSessions(sessionIds: readonly string[]): void;
  /** The sessions that the sockets of this process belong to. */
  signedInSessions(): { readonly userId: Identity; readonly sessionId: string }[];
  /** Says goodbye to everybody, because the server stops. */
  close(): void;
}

/** Serves the personal namespace: who is let in gets `welcome`, anybody else `refused`. */
export function createPersonalSockets(options: PersonalSocketsOptions): PersonalSockets {
  const { io, countUnread, logger } = options;
  // The namespace has events of its own, which the types of the server do not know.
  const people = io.of(PERSONAL_NAMESPACE) as unknown as PersonalNamespace;
  people.on('connection', (socket) => void serve(socket, people, options));
  return {
    notify(userId, notification) {
      people.local.to(personRoom(userId)).emit('notification', notification);
    },
    markRead(userId, ids) {
      people.local.to(personRoom(userId)).emit('notificationsRead', { ids });
    },
    lookAgain() {
      for (const socket of people.sockets.values()) {
        void tellUnread(socket, countUnread, logger);
      }
    },
    endSessions(sessionIds) {
      const sockets = people.local.in(sessionIds.map(sessionRoom));
      if (sessionIds.length > 0) {
        sockets.emit('goodbye', { reason: 'session_revoked' });
        sockets.disconnectSockets(true);
      }
    },
    signedInSessions() {
      return [...people.sockets.values()].flatMap(({ data: { userId, sessionId } }) =>
        userId === undefined || typeof sessionId !== 'string' ? [] : [{ userId, sessionId }],
      );
    },
    close() {
      people.local.emit('goodbye', { reason: 'server_shutdown' });
      people.local.disconnectSockets(true);
    },
  };
}

function personRoom(userId: Identity): string {
  return `person:${userId}`;
}

function sessionRoom(sessionId: string): string {
  return `session:${sessionId}`;
}

/** Never rejects. */
async function serve(
  socket: PersonalSocket,
  people: PersonalNamespace,
  { verifyAccessToken, countUnread, logger }: PersonalSocketsOptions,
): Promise<void> {
  // There is nothing that a client could ask for here.
  socket.onAny(() => {
    const error = new AppError('protocol_violation').toWire();
    socket.emit('goodbye', { reason: 'protocol_violation', error });
    socket.disconnect(true);
  });
  try {
    const { userId, sessionId } = await verifyAccessToken(readHandshake(socket.handshake.auth));
    const room = personRoom(userId);
    if ((people.adapter.rooms.get(room)?.size ?? 0) >= SOCKETS_PER_PERSON) {
      throw new AppError('rate_limited', undefined, { retryAfterMs: RETRY_AFTER_MS });
    }
    // First the rooms, then the look: what comes in between is told, not missed.
    await socket.join(sessionId === null ? room : [room, sessionRoom(sessionId)]);
    const unreadCount = await countUnread(userId);
    // The session may have ended meanwhile, before its socket was known as such.
    await verifyAccessToken(readHandshake(socket.handshake.auth));
    endHandshake(socket);
    socket.data = { userId, sessionId };
    socket.emit('welcome', { unreadCount });
  } catch (error) {
    socket.emit('refused', toWireError(error, logger, { connectionId: socket.id }));
    socket.disconnect(true);
  }
}

/** Never rejects: the client asks for the list anyway when it is opened. */
async function tellUnread(
  socket: PersonalSocket,
  countUnread: PersonalSocketsOptions['countUnread'],
  logger: Logger,
): Promise<void> {
  const { userId } = socket.data;
  if (userId === undefined) {
    return;
  }
  try {
    socket.emit('lookAgain', { unreadCount: await countUnread(userId) });
  } catch (error) {
    logger.warn({ err: error }, 'somebody was not told to look for notifications again');
  }
}

/** @returns the token. @throws AppError `invalid_request`, `unsupported_protocol`. */
function readHandshake(auth: unknown): string {
  const parsed = handshake.safeParse(auth);
  if (!parsed.success) {
    throw new AppError('invalid_request', undefined, { details: faultDetails(parsed.error) });
  }
  if (parsed.data.protocol !== PROTOCOL_VERSION) {
    throw new AppError('unsupported_protocol');
  }
  return parsed.data.token;
}
