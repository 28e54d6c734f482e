import { PERSONAL_NAMESPACE, type PersonalEvents, PROTOCOL_VERSION } from '@balai/protocol';
import { io, type Socket } from 'socket.io-client';

type PersonalMessage<E extends keyof PersonalEvents> = Parameters<PersonalEvents[E]>[0];

/** A real Socket.IO client of the personal namespace that keeps what it is sent. */
export class PersonalClient {
  readonly socket: Socket;
  readonly received: { readonly event: string; readonly message: unknown }[] = [];
  #progress = Promise.withResolvers<void>();

  constructor(url: string, token: string, auth: object = { protocol: PROTOCOL_VERSION, token }) {
    this.socket = io(`${url}${PERSONAL_NAMESPACE}`, {
      path: '/signal',
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      auth,
    });
    this.socket.onAny((event: string, message: unknown) => {
      this.received.push({ event, message });
      this.#advance();
    });
    this.socket.on('disconnect', () => this.#advance());
  }

  all<E extends keyof PersonalEvents>(event: E): PersonalMessage<E>[] {
    return this.received.flatMap((received) =>
      received.event === event ? [received.message as PersonalMessage<E>] : [],
    );
  }

  async until(isSo: (client: this) => boolean): Promise<void> {
    while (!isSo(this)) {
      await this.#progress.promise;
    }
  }

  /** Waits for the message of this kind with this number, counted from 1. */
  async next<E extends keyof PersonalEvents>(event: E, number = 1): Promise<PersonalMessage<E>> {
    await this.until((client) => client.all(event).length >= number);
    return this.all(event)[number - 1] as PersonalMessage<E>;
  }

  async closed(): Promise<void> {
    await this.until(({ socket, received }) => received.length > 0 && !socket.connected);
  }

  #advance(): void {
    this.#progress.resolve();
    this.#progress = Promise.withResolvers();
  }
}
