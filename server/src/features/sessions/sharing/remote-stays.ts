import { randomUUID } from 'node:crypto';
import type { ParticipantId } from '@balai/protocol';
import type { RoomTicket } from '../../../kernel/route.ts';
import type { Connection } from '../connection.ts';
import type { Sessions } from '../sessions.ts';
import { Stay } from '../stay.ts';
import type { RoomRelay } from './room-relay.ts';

/** Somebody of another process who asks something of people of this one. Survives JSON. */
export interface RemoteActor {
  readonly participantId: ParticipantId;
  /** As whom they ask. */
  readonly ticket: RoomTicket;
}

/**
 * Stays of other processes, as far as they deal with people of this one: what they are sent goes
 * to where they are. The same one for as long as they are seen in the room.
 */
export class RemoteStays {
  readonly #relay: RoomRelay;
  readonly #sessions: Pick<Sessions, 'events' | 'findRoom'>;
  readonly #stays = new Map<ParticipantId, Stay>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(relay: RoomRelay, sessions: Pick<Sessions, 'events' | 'findRoom'>) {
    this.#relay = relay;
    this.#sessions = sessions;
    this.#unsubscribe = [
      sessions.events.on('roomChanged', ({ change }) => {
        if (change.type === 'participantLeft') this.#stays.delete(change.participantId);
      }),
      sessions.events.on('roomDeserted', ({ roomId }) => {
        for (const [participantId, { ticket }] of this.#stays) {
          if (ticket.roomId === roomId) this.#stays.delete(participantId);
        }
      }),
    ];
  }

  of({ participantId, ticket }: RemoteActor): Stay {
    const stay = this.#stays.get(participantId) ?? this.#create({ participantId, ticket });
    // Who is hidden, or has left by now, leaves without a word.
    const room = this.#sessions.findRoom(ticket.roomId);
    if (room?.isElsewhere(participantId)) this.#stays.set(participantId, stay);
    stay.setRole(ticket.role, ticket.grants);
    return stay;
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #create({ participantId, ticket }: RemoteActor): Stay {
    const connection: Connection = {
      id: randomUUID(),
      isOpen: true,
      graceMs: 0,
      enter: () => undefined,
      send: (event, message) => this.#relay.send(ticket.roomId, participantId, event, message),
      missedAfter: () => undefined,
      recover: () => undefined,
      close: () => undefined,
    };
    const transports = { send: null, receive: null };
    return new Stay({ participantId, ticket, connection, joinedAt: new Date(), transports });
  }
}
