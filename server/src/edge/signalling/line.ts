import { randomUUID } from 'node:crypto';
import type { RoomId, ServerEvent, ServerMessage, Snapshot } from '@balai/protocol';
import type { Connection, MissedMessage } from '../../features/sessions/connection.ts';
import { MAX_BACKLOG } from './connection-bounds.ts';
import { hangUp } from './hang-up.ts';
import type { Emitting, IoSocket } from './io-types.ts';

/**
 * Messages that are kept for a client that may have missed them. A socket that
 * works acknowledges with every heartbeat, so this is seconds of a busy hall.
 */
export const MAX_UNACKNOWLEDGED = 4_096;
/**
 * Characters of these messages. Who comes back gets them all at once, and must not be cut off
 * for what waits then: half of what may wait on a connection.
 */
export const MAX_UNACKNOWLEDGED_CHARACTERS = MAX_BACKLOG / 2;
/** A socket that works acknowledges within a ping's interval and its time to be answered. */
const MAX_SILENCE_MS = 10_000;

/** Messages that no client counts as messages of its stay. */
const BEFORE_THE_STAY: ReadonlySet<ServerEvent> = new Set(['waiting', 'joined', 'refused']);

/** What a snapshot tells, and tells better: what was missed of it is not sent again. */
const IN_SNAPSHOT: ReadonlySet<ServerEvent> = new Set([
  'changed',
  'subscribed',
  'unsubscribed',
  'roleChanged',
  'speakersChanged',
  'qualitiesChanged',
]);

interface Sent extends MissedMessage {
  readonly characters: number;
}

/** How much a message takes until it is acknowledged. Costs as much as sending it. */
export function charactersOf(message: unknown): number {
  return JSON.stringify(message).length;
}

/** What every line of a server shares. */
export interface LineOptions {
  /** 0 for a client that does not come back. */
  readonly graceMs: number;
  /** Called when a line is to get what is broadcast to a room. */
  readonly entered: (line: Line, roomId: RoomId) => void;
  /** Called once, when nothing is sent any more. */
  readonly closed: (line: Line) => void;
  /** How many messages the client has of its stay, which began with another process. Default 0. */
  readonly received?: number;
}

/**
 * The way to one client, over one socket after the other. Messages are numbered
 * in the order in which they are sent, on both sides and without a word: the
 * client says how many it has when it comes back, and gets the rest.
 *
 * What a client has is known from the heartbeat: an answered ping acknowledges
 * everything that was sent before it.
 */
export class Line implements Connection {
  readonly id = randomUUID();
  readonly #options: LineOptions;
  readonly #rooms = new Set<RoomId>();
  #socket: IoSocket;
  readonly #closing = Promise.withResolvers<void>();
  #isClosed = false;
  #sent: number;
  /** What the client got with its first message, until it is known to have that. */
  #snapshot: Snapshot | undefined;
  /** The latest messages, as far as they are not acknowledged. */
  #outbox: Sent[] = [];
  #outboxCharacters = 0;
  /** When the socket was last known to get what it is sent. */
  #acknowledgedAt = performance.now();

  constructor(socket: IoSocket, options: LineOptions) {
    this.#options = options;
    this.#socket = socket;
    this.#sent = options.received ?? 0;
    this.#watch(socket);
  }

  get graceMs(): number {
    return this.#options.graceMs;
  }

  get isOpen(): boolean {
    return this.#socket.connected && !this.#isClosed;
  }

  get rooms(): ReadonlySet<RoomId> {
    return this.#rooms;
  }

  /** Settles when nothing is sent any more. */
  get closed(): Promise<void> {
    return this.#closing.promise;
  }

  /** How many messages are kept. */
  get unacknowledged(): number {
    return this.#outbox.length;
  }

  enter(roomId: RoomId): void {
    this.#rooms.add(roomId);
    this.#joinRooms();
    this.#options.entered(this, roomId);
  }

  send<E extends ServerEvent>(event: E, message: ServerMessage<E>): void {
    if (this.#isClosed) {
      return;
    }
    if (!BEFORE_THE_STAY.has(event)) {
      this.note(event, message);
    }
    this.#emit(event, message);
  }

  /**
   * Counts a message that reaches the socket on another way.
   *
   * @param characters How long it is, where that is known already.
   */
  note(event: ServerEvent, message: unknown, characters = charactersOf(message)): void {
    if (this.graceMs === 0 || this.#isClosed) {
      return;
    }
    this.#sent += 1;
    this.#outbox.push({ event, message, characters });
    this.#outboxCharacters += characters;
    const before = this.#outbox.length;
    while (
      this.#outbox.length > MAX_UNACKNOWLEDGED ||
      this.#outboxCharacters > MAX_UNACKNOWLEDGED_CHARACTERS
    ) {
      this.#outboxCharacters -= this.#outbox.shift()?.characters ?? 0;
    }
    const isOverfull = this.#outbox.length < before;
    // Whoever reads without ever saying so does not come back either.
    if (isOverfull && performance.now() - this.#acknowledgedAt > MAX_SILENCE_MS) {
      this.#socket.conn.request.socket.destroy();
    }
  }

  /** Whether this is the socket in use: another one was replaced. */
  isCarriedBy(socket: IoSocket): boolean {
    return this.#socket === socket;
  }

  /** Whether everything after the first `received` messages is still there. */
  canResumeFrom(received: number): boolean {
    return received <= this.#sent && received >= this.#sent - this.#outbox.length;
  }

  /** Goes on over another socket, with what the client has missed. Needs `canResumeFrom`. */
  resume(socket: IoSocket, received: number): void {
    const former = this.#socket;
    this.#socket = socket;
    // The server may not know yet that it is lost.
    former.disconnect(true);
    former.conn.request.socket.destroy();
    this.#acknowledge(received);
    this.#watch(socket);
    this.#joinRooms();
    this.#emit('recovered', this.#recovery());
    for (const { event, message } of this.#outbox) {
      // What it did not get it asks for again.
      if (socket.conn.request.socket.destroyed) {
        break;
      }
      this.#emit(event, message);
    }
    if (this.#isClosed) {
      hangUp(this.#socket);
    }
  }

  recover(snapshot: Snapshot, missed: readonly MissedMessage[]): void {
    this.#snapshot = snapshot;
    const told = missed.filter(({ event }) => !IN_SNAPSHOT.has(event));
    for (const { event, message } of told) this.note(event, message);
    this.#emit('recovered', this.#recovery());
    for (const { event, message } of told) this.#emit(event, message);
  }

  missedAfter(received: number): readonly MissedMessage[] | undefined {
    if (!this.canResumeFrom(received)) return undefined;
    return this.#outbox.slice(this.#outbox.length - (this.#sent - received));
  }

  close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#options.closed(this);
      this.#closing.resolve();
    }
    hangUp(this.#socket);
  }

  #recovery(): ServerMessage<'recovered'> {
    const missed = this.#outbox.length;
    return this.#snapshot === undefined ? { missed } : { missed, snapshot: this.#snapshot };
  }

  #emit(event: string, message: unknown): void {
    (this.#socket as Emitting).emit(event, message);
  }

  #joinRooms(): void {
    // Only adapters that ask other processes answer with a promise, and none of ours does for a join.
    void this.#socket.join([this.id, ...this.#rooms]);
  }

  #watch({ conn }: IoSocket): void {
    if (this.graceMs === 0) {
      return;
    }
    this.#acknowledgedAt = performance.now();
    /** Undefined while no ping is to be answered: a pong that nobody asked for says nothing. */
    let sentBeforePing: number | undefined;
    conn.on('packetCreate', ({ type }) => {
      if (type === 'ping') {
        sentBeforePing = this.#sent;
      }
    });
    conn.on('packet', ({ type }) => {
      if (type === 'pong' && sentBeforePing !== undefined && this.#socket.conn === conn) {
        this.#acknowledge(sentBeforePing);
        this.#acknowledgedAt = performance.now();
        sentBeforePing = undefined;
      }
    });
  }

  #acknowledge(received: number): void {
    const first = this.#sent - this.#outbox.length;
    if (received > first) {
      this.#snapshot = undefined;
      for (const { characters } of this.#outbox.splice(0, received - first)) {
        this.#outboxCharacters -= characters;
      }
    }
  }
}
