import type { ParticipantId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Participants } from '../rooms/participants.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';
import { assertAllowed, assertAllowedOn } from './policy.ts';
import type { Signs } from './signs.ts';

/** Who has not come by then was called in vain. */
export const INVITATION_MS = 5 * 60_000;

interface Invitation {
  readonly inviter: Stay;
  readonly endsAt: number;
}

export interface StageOptions {
  readonly sessions: Sessions;
  readonly participants: Pick<Participants, 'giveRole'>;
  readonly signs: Pick<Signs, 'lowerFor'>;
  readonly clock: Clock;
}

/** Calls listeners up to speak: nobody is put on the stage who does not want to. */
export class Stage {
  readonly #options: StageOptions;
  readonly #invitations = new WeakMap<Stay, Invitation>();
  readonly #unsubscribe: () => void;

  constructor(options: StageOptions) {
    this.#options = options;
    // Who was made something else meanwhile has to be called anew.
    this.#unsubscribe = options.sessions.events.on('grantsChanged', ({ stay }) => {
      this.#invitations.delete(stay);
    });
  }

  /** Calls a listener up. @throws AppError `not_found`, `forbidden`, also for who is no listener. */
  invite(actor: Stay, participantId: ParticipantId): void {
    const { sessions, clock } = this.#options;
    const target = sessions.findParticipant(participantId);
    if (target?.ticket.roomId !== actor.ticket.roomId || target.ticket.grants.hidden) {
      throw new AppError('not_found', 'There is no such participant in the room');
    }
    assertAllowedOn('inviteToStage', actor.ticket, target.ticket);
    this.#invitations.set(target, { inviter: actor, endsAt: clock() + INVITATION_MS });
    target.connection.send('stageInvited', { by: actor.ticket.identity });
  }

  /**
   * The listener comes, and is a participant from now on, in the name of who called.
   *
   * @throws AppError `forbidden` for who was not called, or was too long ago, or by somebody
   * who may not do so any more.
   */
  async accept(stay: Stay): Promise<void> {
    const { inviter } = this.#take(stay);
    const { roomId, userId } = stay.ticket;
    const by = inviter.ticket;
    assertAllowedOn('inviteToStage', by, stay.ticket);
    await this.#options.sessions.recordArrival(stay);
    await this.#options.participants.giveRole(roomId, by.userId, userId, 'participant');
    this.#options.signs.lowerFor(stay, by.identity);
  }

  /** The listener does not come. @throws AppError `forbidden` as `accept`. */
  decline(stay: Stay): void {
    const { inviter } = this.#take(stay);
    inviter.connection.send('stageDeclined', { participantId: stay.participantId });
  }

  close(): void {
    this.#unsubscribe();
  }

  #take(stay: Stay): Invitation {
    assertAllowed('answerStage', stay.ticket);
    const invitation = this.#invitations.get(stay);
    this.#invitations.delete(stay);
    if (invitation === undefined || invitation.endsAt < this.#options.clock()) {
      throw new AppError('forbidden', 'Nobody called you up to the stage');
    }
    return invitation;
  }
}
