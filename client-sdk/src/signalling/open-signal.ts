import {
  type Handshake,
  type Joined,
  type Method,
  type Params,
  type Reply,
  type Result,
  type ServerEvents,
  SIGNALLING_PATH,
} from '@balai/protocol';
import { io, type Socket } from 'socket.io-client';
import { ConnectionError, ServerError } from '../errors.ts';
import { endpoint } from '../send-request.ts';
import type { SignalChannel, StayListeners } from './signal-channel.ts';

/** Where to knock, and as whom. */
export interface SignalOptions {
  readonly url: string;
  readonly handshake: Handshake;
  /** Gives the attempt up; its reason becomes the error. */
  readonly signal: AbortSignal;
  /** For each request. */
  readonly requestTimeoutMs: number;
}

/** What the caller makes of `joined`. Called once, before any other message is delivered. */
export type Enter<T> = (
  joined: Joined,
  channel: SignalChannel,
) => { readonly entered: T; readonly listeners: StayListeners };

/** Socket.IO's own types know neither the deadline nor our reply in one signature: the only cast. */
interface Requester {
  emit(method: string, params: unknown, done: (fault: Error | null, reply: unknown) => void): void;
}

type ServerSocket = Socket<ServerEvents, Record<string, never>>;

/**
 * Opens the socket and waits until the server lets us in (SPEC 1.2, 1.3). There
 * is no reconnection here: a socket that closes ends the channel.
 *
 * @throws ServerError as the server refused.
 * @throws ConnectionError `connection_failed`, or the reason of `signal`.
 */
export function openSignal<T>(options: SignalOptions, enter: Enter<T>): Promise<T> {
  const address = endpoint(options.url, `.${SIGNALLING_PATH}`);
  const socket: ServerSocket = io(address.origin, {
    path: address.pathname,
    transports: ['websocket'],
    auth: { ...options.handshake },
    reconnection: false,
    forceNew: true,
    autoConnect: false,
  });
  const channel = new SocketChannel(socket, options.requestTimeoutMs);
  return new Promise<T>((resolve, reject) => {
    let isEntered = false;
    const giveUp = (error: unknown) => {
      if (isEntered) return;
      options.signal.removeEventListener('abort', onAbort);
      socket.off();
      socket.disconnect();
      reject(error);
    };
    const onAbort = () => giveUp(options.signal.reason);
    socket.on('joined', (joined) => {
      isEntered = true;
      options.signal.removeEventListener('abort', onAbort);
      const { entered, listeners } = enter(joined, channel);
      listen(socket, listeners);
      resolve(entered);
    });
    socket.on('refused', (error) => giveUp(new ServerError(error)));
    socket.on('connect_error', (cause) => giveUp(connectionFailed(cause)));
    socket.on('disconnect', (reason) => giveUp(connectionFailed(reason)));
    if (options.signal.aborted) return onAbort();
    options.signal.addEventListener('abort', onAbort);
    socket.connect();
  });
}

function listen(socket: ServerSocket, listeners: StayListeners): void {
  socket.on('changed', listeners.changed);
  socket.on('subscribed', listeners.subscribed);
  socket.on('unsubscribed', listeners.unsubscribed);
  socket.on('chatMessage', listeners.chatMessage);
  socket.on('chatMessageUpdated', listeners.chatMessageUpdated);
  socket.on('chatMessageDeleted', listeners.chatMessageDeleted);
  socket.on('roleChanged', listeners.roleChanged);
  socket.on('goodbye', listeners.goodbye);
  socket.on('disconnect', listeners.closed);
}

class SocketChannel implements SignalChannel {
  readonly #socket: ServerSocket;
  readonly #requestTimeoutMs: number;
  #isClosedByUs = false;

  constructor(socket: ServerSocket, requestTimeoutMs: number) {
    this.#socket = socket;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  request<M extends Method>(
    method: M,
    params: Params<M>,
    timeoutMs = this.#requestTimeoutMs,
  ): Promise<Result<M>> {
    return new Promise((resolve, reject) => {
      // Socket.IO would keep the request for a later connection, which never comes.
      if (!this.#socket.connected) return reject(this.#closed());
      const requester = this.#socket.timeout(timeoutMs) as unknown as Requester;
      requester.emit(method, params, (fault, answer) => {
        if (fault) return reject(this.#socket.connected ? timedOut(method) : this.#closed());
        const reply = answer as Reply<M>;
        if (reply.ok) resolve(reply.result);
        else reject(new ServerError(reply.error));
      });
    });
  }

  close(): void {
    this.#isClosedByUs = true;
    this.#socket.disconnect();
  }

  #closed(): ConnectionError {
    return new ConnectionError(this.#isClosedByUs ? 'cancelled' : 'connection_failed');
  }
}

function timedOut(method: Method): ConnectionError {
  return new ConnectionError('request_timeout', `The server did not answer ${method} in time.`);
}

function connectionFailed(cause: unknown): ConnectionError {
  return new ConnectionError('connection_failed', undefined, { cause });
}
