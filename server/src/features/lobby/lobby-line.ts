import type { Identity, LobbyEntry, ServerEvent, ServerMessage } from '@balai/protocol';
import type { RoomTicket } from '../../kernel/route.ts';

/** Somebody at the door, over an open socket. */
export interface Visitor {
  readonly ticket: RoomTicket;
  /** Tells the client. Messages before `joined` are not a part of any stay. */
  readonly send: <E extends ServerEvent>(event: E, message: ServerMessage<E>) => void;
  /** Aborted when the client goes away. */
  readonly gone: AbortSignal;
  /** Called when they have to wait: nobody knows for how long. */
  readonly waits: () => void;
}

/** A visitor in the line: whoever has several sockets stands there once. */
export interface Waiter extends PromiseWithResolvers<void> {
  readonly visitor: Visitor;
  /** In milliseconds since 1970. */
  readonly since: number;
  /** Whether those who lead the room know of them. */
  isShown: boolean;
}

/** Those who wait for one room, in the order in which they came. */
export class LobbyLine {
  readonly #waiters = new Set<Waiter>();

  get isEmpty(): boolean {
    return this.#waiters.size === 0;
  }

  /** How many people those who lead see. */
  get people(): number {
    const shown = this.waiters().filter(({ isShown }) => isShown);
    return new Set(shown.map(({ visitor }) => visitor.ticket.userId)).size;
  }

  add(waiter: Waiter): void {
    this.#waiters.add(waiter);
  }

  remove(waiter: Waiter): void {
    this.#waiters.delete(waiter);
  }

  has(waiter: Waiter): boolean {
    return this.#waiters.has(waiter);
  }

  /** Over how many sockets a person waits. */
  countOf(userId: string): number {
    return this.waiters().filter(({ visitor }) => visitor.ticket.userId === userId).length;
  }

  waiters(): readonly Waiter[] {
    return [...this.#waiters];
  }

  /** Those of these identities, over all their sockets. */
  find(identities: readonly Identity[]): readonly Waiter[] {
    const wanted = new Set(identities);
    return this.waiters().filter(
      ({ visitor, isShown }) => isShown && wanted.has(visitor.ticket.identity),
    );
  }

  /** As those who lead see it, the longest first. */
  entries(): readonly LobbyEntry[] {
    const entries = new Map<string, LobbyEntry>();
    for (const { visitor, since, isShown } of this.#waiters) {
      const { ticket } = visitor;
      if (isShown && !entries.has(ticket.userId)) {
        const { identity, name } = ticket;
        entries.set(ticket.userId, { identity, name, since: new Date(since).toISOString() });
      }
    }
    return [...entries.values()];
  }
}
