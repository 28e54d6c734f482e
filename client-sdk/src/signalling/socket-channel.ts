import type { Method, Params, ParticipantId, Reply, Result } from '@balai/protocol';
import { ConnectionError, ServerError } from '../errors.ts';
import { abandonSocket, openSocket, type ServerSocket, type SocketOptions } from './open-socket.ts';
import type { SignalChannel, StayListeners } from './signal-channel.ts';

interface Pending {
  readonly method: Method;
  readonly params: unknown;
  readonly settle: (reply: Reply<Method> | ConnectionError) => void;
}

/** Socket.IO's own types know neither requests nor messages in one signature: the only cast. */
interface Untyped {
  emit(method: string, params: unknown, done: (reply: Reply<Method>) => void): void;
  onAny(listener: (event: keyof StayListeners, message: never) => void): void;
}

/** What a channel is made with. */
export interface ChannelOptions extends SocketOptions {
  /** For each request. */
  readonly requestTimeoutMs: number;
}

/**
 * The signalling of one stay. It counts what the server says, which is the cursor
 * from which a later socket goes on (SPEC 8.2), and keeps what was asked until it
 * is answered.
 */
export class SocketChannel implements SignalChannel {
  readonly #options: ChannelOptions;
  readonly #participantId: ParticipantId;
  readonly #pending = new Set<Pending>();
  #listeners: StayListeners | undefined;
  #socket: ServerSocket | undefined;
  #received = 0;
  #closedWith: 'cancelled' | 'connection_failed' | undefined;

  constructor(options: ChannelOptions, participantId: ParticipantId) {
    this.#options = options;
    this.#participantId = participantId;
  }

  get isConnected(): boolean {
    return this.#socket?.connected ?? false;
  }

  /** Hears what the server says from now on. Nothing may have been said before. */
  begin(socket: ServerSocket, listeners: StayListeners): void {
    this.#listeners = listeners;
    this.#carry(socket);
  }

  request<M extends Method>(
    method: M,
    params: Params<M>,
    timeoutMs = this.#options.requestTimeoutMs,
  ): Promise<Result<M>> {
    return new Promise((resolve, reject) => {
      if (this.#closedWith) return reject(new ConnectionError(this.#closedWith));
      const settle = (answer: Reply<Method> | ConnectionError) => {
        clearTimeout(timer);
        if (!this.#pending.delete(pending)) return;
        if (answer instanceof ConnectionError) reject(answer);
        else if (answer.ok) resolve(answer.result as Result<M>);
        else reject(new ServerError(answer.error));
      };
      const pending: Pending = { method, params, settle };
      const timer = setTimeout(() => settle(timedOut(method)), timeoutMs);
      this.#pending.add(pending);
      this.#send(pending);
    });
  }

  async resume(token: string, signal: AbortSignal): Promise<void> {
    const { url, handshake } = this.#options;
    const resume = {
      participantId: this.#participantId,
      received: this.#received,
      takesSnapshot: true,
    };
    await openSocket(
      { url, handshake: { ...handshake, token, resume }, signal },
      'recovered',
      ({ snapshot }, socket) => {
        if (this.#closedWith) {
          socket.disconnect();
          return;
        }
        if (snapshot) this.#listeners?.restored(snapshot);
        this.#carry(socket);
      },
    );
  }

  drop(): void {
    if (!this.#socket) return;
    abandonSocket(this.#socket);
    this.#lose();
  }

  close(isLost = false): void {
    if (this.#closedWith) return;
    this.#closedWith = isLost ? 'connection_failed' : 'cancelled';
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.off();
    socket?.offAny();
    socket?.disconnect();
    for (const { settle } of [...this.#pending]) settle(new ConnectionError(this.#closedWith));
  }

  #carry(socket: ServerSocket): void {
    this.#socket = socket;
    (socket as unknown as Untyped).onAny((event, message) => {
      this.#received += 1;
      // A newer server may say what this version does not know.
      if (event === 'lost' || event === 'heard' || event === 'restored') return;
      this.#listeners?.[event]?.(message);
      this.#listeners?.heard(event, message);
    });
    socket.on('disconnect', () => this.#lose());
    for (const pending of this.#pending) this.#send(pending);
  }

  #send({ method, params, settle }: Pending): void {
    if (this.isConnected) (this.#socket as unknown as Untyped).emit(method, params, settle);
  }

  #lose(): void {
    this.#socket = undefined;
    this.#listeners?.lost();
  }
}

function timedOut(method: Method): ConnectionError {
  return new ConnectionError('request_timeout', `The server did not answer ${method} in time.`);
}
