import { randomUUID } from 'node:crypto';
import type { RoomChange, RoomId, ServerEvent, ServerMessage, Snapshot } from '@balai/protocol';
import type { Broadcast, Connection, MissedMessage } from '../connection.ts';

interface Received<E extends ServerEvent = ServerEvent> {
  readonly event: E;
  readonly message: ServerMessage<E>;
}

/** A client without a socket: it keeps what it is sent. */
export class FakeClient implements Connection {
  readonly id = randomUUID();
  isOpen = true;
  graceMs = 0;
  readonly rooms = new Set<RoomId>();
  readonly received: Received[] = [];
  /** What another connection is to make up for. */
  missed: readonly MissedMessage[] = [];
  #arrival = Promise.withResolvers<void>();

  enter(roomId: RoomId): void {
    this.rooms.add(roomId);
  }

  send<E extends ServerEvent>(event: E, message: ServerMessage<E>): void {
    if (this.isOpen) {
      this.received.push({ event, message });
      this.#arrival.resolve();
      this.#arrival = Promise.withResolvers();
    }
  }

  missedAfter(): readonly MissedMessage[] {
    return this.missed;
  }

  recover(snapshot: Snapshot, missed: readonly MissedMessage[]): void {
    this.send('recovered', { missed: missed.length, snapshot });
    for (const { event, message } of missed) this.send(event, message as never);
  }

  close(): void {
    this.isOpen = false;
  }

  /** All messages of one kind so far. */
  all<E extends ServerEvent>(event: E): ServerMessage<E>[] {
    return this.received.flatMap((received) =>
      received.event === event ? [received.message as ServerMessage<E>] : [],
    );
  }

  /** All changes so far, whatever messages they came in. */
  changes(): RoomChange[] {
    return this.all('changed').flatMap(({ changes }) => changes);
  }

  /** Waits until what was received so far has this property. */
  async until(isSo: (client: this) => boolean): Promise<void> {
    while (!isSo(this)) {
      await this.#arrival.promise;
    }
  }
}

/** The room channel between fake clients. */
export class FakeHub {
  readonly clients: FakeClient[] = [];
  /** How often a message was broadcast, which is how often it would be encoded. */
  broadcasts = 0;

  readonly broadcast: Broadcast = (roomId, event, message, except) => {
    this.broadcasts += 1;
    for (const client of this.clients) {
      if (client.rooms.has(roomId) && !except.includes(client.id)) {
        client.send(event, message);
      }
    }
  };

  connect(): FakeClient {
    const client = new FakeClient();
    this.clients.push(client);
    return client;
  }
}
