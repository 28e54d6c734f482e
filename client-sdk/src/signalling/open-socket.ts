import { type Handshake, type ServerEvents, SIGNALLING_PATH } from '@balai/protocol';
import { io, type Socket } from 'socket.io-client';
import { ConnectionError, ServerError } from '../errors.ts';
import { endpoint } from '../send-request.ts';

/** Where to knock, and as whom. */
export interface SocketOptions {
  readonly url: string;
  readonly handshake: Handshake;
  /** Gives the attempt up; its reason becomes the error. */
  readonly signal: AbortSignal;
  /** The server has us wait in the room's lobby, until it answers. */
  readonly onWaiting?: ((since: Date) => void) | undefined;
}

/** A socket to the server. */
export type ServerSocket = Socket<ServerEvents, Record<string, never>>;

/**
 * Opens a socket and waits for the server's answer to the handshake (SPEC 1.2,
 * 1.3). There is no reconnection here.
 *
 * @param onAnswer Called before any other message is delivered.
 * @throws ServerError as the server refused.
 * @throws ConnectionError `connection_failed`, or the reason of `signal`.
 */
export function openSocket<A extends 'joined' | 'recovered', T>(
  { url, handshake, signal, onWaiting }: SocketOptions,
  answer: A,
  onAnswer: (message: Parameters<ServerEvents[A]>[0], socket: ServerSocket) => T,
): Promise<T> {
  const address = endpoint(url, `.${SIGNALLING_PATH}`);
  const socket: ServerSocket = io(address.origin, {
    path: address.pathname,
    transports: ['websocket'],
    auth: { ...handshake },
    reconnection: false,
    forceNew: true,
    autoConnect: false,
  });
  return new Promise<T>((resolve, reject) => {
    const settle = () => {
      signal.removeEventListener('abort', onAbort);
      socket.off();
    };
    const giveUp = (error: unknown) => {
      settle();
      // Who gives up joining is not to stand in the room; who gives up resuming tries again.
      if (answer === 'joined') socket.disconnect();
      else abandonSocket(socket);
      reject(error);
    };
    const onAbort = () => giveUp(signal.reason);
    const onAnswered = (message: Parameters<ServerEvents[A]>[0]) => {
      settle();
      resolve(onAnswer(message, socket));
    };
    // The types of Socket.IO cannot tell that this is the listener of that event.
    socket.on(answer, onAnswered as never);
    socket.on('waiting', ({ since }) => onWaiting?.(new Date(since)));
    socket.on('refused', (error) => giveUp(new ServerError(error)));
    socket.on('connect_error', (cause) => giveUp(connectionFailed(cause)));
    socket.on('disconnect', (reason) => giveUp(connectionFailed(reason)));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    socket.connect();
  });
}

/** Closes a socket without telling the server that we leave. */
export function abandonSocket(socket: ServerSocket): void {
  socket.off();
  socket.offAny();
  // There is none before the first packet.
  socket.io.engine?.close();
}

function connectionFailed(cause: unknown): ConnectionError {
  return new ConnectionError('connection_failed', undefined, { cause });
}
