import type { ClientEvents, ServerEvents } from '@balai/protocol';
import type { Server, Socket } from 'socket.io';

type NoEvents = Record<string, never>;

/** Socket.IO with the protocol's events. */
export type IoServer = Server<ClientEvents, ServerEvents, NoEvents, NoEvents>;
/** One socket of an {@link IoServer}. */
export type IoSocket = Socket<ClientEvents, ServerEvents, NoEvents, NoEvents>;

/** Signalling methods have no socket.io signature that is generic in the event: the only cast. */
export interface Emitting {
  emit(event: string, message: unknown): unknown;
}
