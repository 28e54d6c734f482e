import type { ParticipantId, RoomId } from '@balai/protocol';
import type { Clock } from '../../kernel/clock.ts';
import type { Sessions } from '../sessions/sessions.ts';

/** Ends the rooms of connection checks when their time is over. */
export class CheckRooms {
  readonly #sessions: Pick<Sessions, 'findParticipant' | 'closeRoom'>;
  readonly #clock: Clock;
  readonly #timers = new Map<RoomId, NodeJS.Timeout>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(sessions: Pick<Sessions, 'events' | 'findParticipant' | 'closeRoom'>, clock: Clock) {
    this.#sessions = sessions;
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
    const endsAt = this.#sessions.findParticipant(participantId)?.ticket.checkEndsAt;
    if (endsAt !== undefined && !this.#timers.has(roomId)) {
      const end = (): void => this.#sessions.closeRoom(roomId);
      this.#timers.set(roomId, setTimeout(end, endsAt - this.#clock()));
    }
  }

  #forget(roomId: RoomId): void {
    clearTimeout(this.#timers.get(roomId));
    this.#timers.delete(roomId);
  }
}
