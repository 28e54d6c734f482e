import { LIMITS } from '@balai/protocol';
import type { Socket } from 'socket.io';
import type { Clock } from '../../kernel/clock.ts';
import { TokenBucket } from '../../kernel/token-bucket.ts';

/** The connection below a Socket.IO socket. */
type EngineConnection = Socket['conn'];

/**
 * Characters that may wait for a client to read them. `joined` of a large hall is
 * the longest message; whoever is further behind is not coming back.
 */
export const MAX_BACKLOG = 4 * 1024 * 1024;
/** Packets of any kind, those that no request is made of included: far above what requests take. */
const PACKETS = { capacity: 2_000, refillPerSecond: 200 };
/** Characters of all packets. Parsing them takes time that others wait for. */
const CHARACTERS = { capacity: 8 * 1024 * 1024, refillPerSecond: LIMITS.signallingMessageBytes };

/**
 * Cuts a connection off when it floods the server below the level of requests,
 * and when its client does not read what it is sent: what waits for it would fill
 * the memory.
 */
export function boundConnection(connection: EngineConnection, clock: Clock): void {
  // At once, and with what waits to be sent: there is nobody to say goodbye to.
  const cutOff = () => connection.request.socket.destroy();
  boundIntake(connection, clock, cutOff);
  boundBacklog(connection, cutOff);
}

function boundIntake(connection: EngineConnection, clock: Clock, cutOff: () => void): void {
  const packets = new TokenBucket(PACKETS, clock);
  const characters = new TokenBucket(CHARACTERS, clock);
  connection.on('packet', ({ data }) => {
    if (packets.take() > 0 || characters.take(lengthOf(data)) > 0) {
      cutOff();
    }
  });
}

function boundBacklog(connection: EngineConnection, cutOff: () => void): void {
  const { socket } = connection.request;
  /** In Socket.IO's hands; what it has passed on waits in the socket. */
  let queued = 0;
  connection.on('packetCreate', ({ data }) => {
    // One long message alone is no backlog.
    if (queued + socket.writableLength > MAX_BACKLOG) {
      cutOff();
    }
    queued += lengthOf(data);
  });
  connection.on('flush', () => {
    queued = 0;
  });
}

function lengthOf(data: unknown): number {
  return typeof data === 'string' || Buffer.isBuffer(data) ? data.length : 0;
}
