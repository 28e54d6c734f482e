import type { RoomId, ServerEvent, ServerMessage, Snapshot } from '@balai/protocol';

/** A message that a client may not have got. */
export interface MissedMessage {
  readonly event: ServerEvent;
  readonly message: unknown;
}

/** The way to one client, as the edge provides it. Nothing here waits or throws. */
export interface Connection {
  readonly id: string;
  readonly isOpen: boolean;
  /**
   * How long the client may be away before its stay ends; what is sent meanwhile
   * is kept for it. 0 for a client that does not come back.
   */
  readonly graceMs: number;

  /** From now on the client gets what is broadcast to the room. */
  enter(roomId: RoomId): void;

  /** Messages to one client arrive in the order of the calls, broadcasts included. */
  send<E extends ServerEvent>(event: E, message: ServerMessage<E>): void;

  /**
   * What the client did not get any more after so many messages; undefined where that is not known.
   * For another process, which goes on from there.
   */
  missedAfter(received: number): readonly MissedMessage[] | undefined;

  /**
   * First word of a connection that goes on with a stay of another process. A client that loses it
   * gets it again.
   */
  recover(snapshot: Snapshot, missed: readonly MissedMessage[]): void;

  /** Closes after what was sent has gone out. Idempotent. */
  close(): void;
}

/**
 * Sends a message to everybody who entered a room, encoded once.
 *
 * @param except Connections that do not get it.
 */
export type Broadcast = <E extends ServerEvent>(
  roomId: RoomId,
  event: E,
  message: ServerMessage<E>,
  except: readonly Connection['id'][],
) => void;
