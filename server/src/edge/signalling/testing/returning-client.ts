import type { Handshake, Resume, ServerEvent } from '@balai/protocol';
import { handshakeOf, type TestClient } from './test-client.ts';
import type { TestSignalling } from './test-signalling.ts';

/** Says that it can resume. */
export function resumableHandshake(token: string, resume?: Resume): Handshake {
  return { ...handshakeOf(token), canResume: true, ...(resume === undefined ? {} : { resume }) };
}

/** One client over many sockets: it counts what it gets, and comes back where it was. */
export class ReturningClient {
  /** Every message of the stay, over all sockets. */
  readonly received: { readonly event: string; readonly message: unknown }[] = [];
  current: TestClient;
  participantId = '';
  readonly #server: TestSignalling;
  readonly #token: string;

  private constructor(server: TestSignalling, token: string) {
    this.#server = server;
    this.#token = token;
    this.current = this.#open(resumableHandshake(token));
  }

  static async enter(server: TestSignalling, token: string): Promise<ReturningClient> {
    const client = new ReturningClient(server, token);
    client.participantId = (await client.current.next('joined')).self.participantId;
    return client;
  }

  get cursor(): Resume {
    return { participantId: this.participantId, received: this.received.length };
  }

  /** Drops the connection as a network does: without a word, unread data and all. */
  cut(): void {
    const { socket } = this.current;
    socket.offAny();
    socket.io.engine.close();
  }

  /** @param token Default: that of the join. */
  comeBack(token = this.#token, resume = this.cursor): TestClient {
    this.current = this.#open(resumableHandshake(token, resume));
    return this.current;
  }

  #open(handshake: Handshake): TestClient {
    const client = this.#server.open(handshake);
    client.socket.onAny((event: ServerEvent, message: unknown) => {
      if (event !== 'joined' && event !== 'recovered' && event !== 'refused') {
        this.received.push({ event, message });
      }
    });
    return client;
  }
}
