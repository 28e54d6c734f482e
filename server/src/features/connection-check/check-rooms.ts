import type { ParticipantId, RoomId } from '@balai/protocol';
import type { Clock } from '../../kernel/clock.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { CheckPlaces } from './check-places.ts';

/** Ends the rooms of connection checks when their time is over, and knows which are in use. */
export class CheckRooms {
  readonly #sessions: Pick<Sessions, 'findParticipant' | 'closeRoom'>;
  readonly #places: Pick<CheckPlaces, 'occupy' | 'free'>;
  readonly #clock: Clock;
  readonly #timers = new Map<RoomId, NodeJS.Timeout>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(
    sessions: Pick<Sessions, 'events' | 'findParticipant' | 'closeRoom'>,
    places: Pick<CheckPlaces, 'occupy' | 'free'>,
    clock: Clock,
  ) {
    this.#sessions = sessions;
    this.#places = places;
    this.#clock = clock;
    this.#unsubscribe = [
      sessions.events.on('roomChanged', ({ roomId, change }) => {
        if (change.type === 'participantJoined') {
          this.#limit(roomId, change.participant.participantId);
        }
      }),
      sessions.events.on('roomDeserted', ({ roomId }) => this.#forget(roomId)),
    ];
  }

  /** Ends no room any more. */
  close(): void {
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
    for (const roomId of [...this.#timers.keys()]) {
      this.#forget(roomId);
    }
  }

  #limit(roomId: RoomId, participantId: ParticipantId): void {
    const ticket = this.#sessions.findParticipant(participantId)?.ticket;
    const endsAt = ticket?.checkEndsAt;
    if (ticket !== undefined && endsAt !== undefined && !this.#timers.has(roomId)) {
      const end = (): void => this.#sessions.closeRoom(roomId);
      this.#places.occupy(ticket);
      this.#timers.set(roomId, setTimeout(end, endsAt - this.#clock()));
    }
  }

  #forget(roomId: RoomId): void {
    this.#places.free(roomId);
    clearTimeout(this.#timers.get(roomId));
    this.#timers.delete(roomId);
  }
}
