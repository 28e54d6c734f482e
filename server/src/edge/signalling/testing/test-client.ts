import {
  type Handshake,
  type Method,
  type Params,
  PROTOCOL_VERSION,
  type Reply,
  type Result,
  type RoomChange,
  type ServerEvent,
  type ServerMessage,
  SIGNALLING_PATH,
} from '@balai/protocol';
import { io, type Socket } from 'socket.io-client';

interface Received {
  readonly event: string;
  readonly message: unknown;
}

/** A handshake with nothing wrong but, perhaps, its token. */
export function handshakeOf(token: string): Handshake {
  return {
    protocol: PROTOCOL_VERSION,
    token,
    rtpCapabilities: { codecs: [], headerExtensions: [] },
    sdk: { name: 'test', version: '0' },
  };
}

/** A real Socket.IO client that keeps what it is sent, and may say anything. */
export class TestClient {
  readonly socket: Socket;
  readonly received: Received[] = [];
  #isClosed = false;
  #progress = Promise.withResolvers<void>();

  constructor(url: string, auth: object) {
    this.socket = io(url, {
      path: SIGNALLING_PATH,
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      auth,
    });
    this.socket.onAny((event: string, message: unknown) => {
      this.received.push({ event, message });
      this.#advance();
    });
    this.socket.on('disconnect', () => {
      this.#isClosed = true;
      this.#advance();
    });
    this.socket.on('connect_error', () => this.#advance());
  }

  /** All messages of one kind so far. */
  all<E extends ServerEvent>(event: E): ServerMessage<E>[] {
    return this.received.flatMap((received) =>
      received.event === event ? [received.message as ServerMessage<E>] : [],
    );
  }

  changes(): RoomChange[] {
    return this.all('changed').flatMap(({ changes }) => changes);
  }

  /** Waits until what was received so far has this property. */
  async until(isSo: (client: this) => boolean): Promise<void> {
    while (!isSo(this)) {
      await this.#progress.promise;
    }
  }

  /** Waits for the first message of a kind. */
  async next<E extends ServerEvent>(event: E): Promise<ServerMessage<E>> {
    await this.until((client) => client.all(event).length > 0);
    return this.all(event)[0] as ServerMessage<E>;
  }

  async closed(): Promise<void> {
    await this.next('joined').then(() => this.until(({ socket }) => !socket.connected));
  }

  /** @throws Error with the code as its message when the server refuses. */
  async request<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const reply = (await this.ask(method, params)) as Reply<M>;
    if (!reply.ok) {
      throw new Error(reply.error.code, { cause: reply.error });
    }
    return reply.result;
  }

  /** Sends anything and returns the reply, whatever it is. Rejects when the socket closes first. */
  ask(event: string, ...args: unknown[]): Promise<Reply<Method>> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(new Error('The socket is closed'));
        return;
      }
      const lost = () => reject(new Error(`The socket closed before ${event} was answered`));
      this.socket.once('disconnect', lost);
      this.socket.emit(event, ...args, (reply: Reply<Method>) => {
        this.socket.off('disconnect', lost);
        resolve(reply);
      });
    });
  }

  close(): void {
    this.socket.disconnect();
  }

  #advance(): void {
    this.#progress.resolve();
    this.#progress = Promise.withResolvers();
  }
}
