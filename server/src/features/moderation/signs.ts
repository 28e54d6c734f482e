import type { ParticipantId, Reaction, RoomId, Timestamp } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import { TokenBucket } from '../../kernel/token-bucket.ts';
import type { Broadcast } from '../sessions/connection.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { RoomRelay } from '../sessions/sharing/room-relay.ts';
import type { Stay } from '../sessions/stay.ts';
import { assertAllowed, assertAllowedOn, isAllowed } from './policy.ts';
import type { RoomRules, RoomRulesDesk } from './room-rules.ts';

/** Reactions of a whole room: each goes to everybody, and nobody sees more of them. */
const REACTIONS = { capacity: 60, refillPerSecond: 20 };

export interface SignsOptions {
  readonly sessions: Sessions;
  readonly broadcast: Broadcast;
  /** Default: nobody is in another process. */
  readonly relay?: RoomRelay;
  readonly rules: Pick<RoomRulesDesk, 'find'>;
  readonly clock: Clock;
}

/** What people show without a word: raised hands, which last as long as the stay, and reactions. */
export class Signs {
  readonly #options: SignsOptions;
  readonly #paces = new Map<RoomId, TokenBucket>();
  readonly #unsubscribe: () => void;

  constructor(options: SignsOptions) {
    this.#options = options;
    this.#unsubscribe = options.sessions.events.on('roomDeserted', ({ roomId }) => {
      this.#paces.delete(roomId);
    });
  }

  /**
   * Raises one's own hand, or lowers it. A hand that is up stays up since when it was raised.
   *
   * @returns since when; null for a hand that is down.
   * @throws AppError `forbidden`, also where the room's settings say so, and for who is hidden.
   */
  async raise(stay: Stay, isRaised: boolean): Promise<Timestamp | null> {
    assertAllowed('raiseHand', stay.ticket);
    if (!isRaised) {
      this.#lower(stay);
      return null;
    }
    await this.#assertShown(stay, ({ hasHandRaising }) => hasHandRaising);
    const since = this.#raisedAt(stay);
    if (since !== null) {
      return since;
    }
    const raisedAt = new Date(this.#options.clock()).toISOString();
    const { participantId } = stay;
    this.#options.sessions.record(stay, { type: 'handChanged', participantId, raisedAt });
    return raisedAt;
  }

  /** Lowers somebody else's hand. @throws AppError `not_found`, `forbidden`. */
  lower(actor: Stay, participantId: ParticipantId): void {
    const target = this.#options.sessions.findParticipant(participantId);
    if (target?.ticket.roomId !== actor.ticket.roomId || target.ticket.grants.hidden) {
      throw new AppError('not_found', 'There is no such participant in the room');
    }
    assertAllowedOn('lowerHand', actor.ticket, target.ticket);
    this.lowerFor(target, actor.ticket.identity);
  }

  /** Lowers a hand, and tells whose it is that it was not them. */
  lowerFor(stay: Stay, by: string): void {
    if (this.#lower(stay)) {
      stay.connection.send('handLowered', { by });
    }
  }

  /** @throws AppError `forbidden` as `raise`, `rate_limited` where the whole room sends too many. */
  async react(stay: Stay, reaction: Reaction): Promise<void> {
    assertAllowed('react', stay.ticket);
    await this.#assertShown(stay, ({ hasReactions }) => hasReactions);
    if (stay.isOver) {
      return;
    }
    const { roomId } = stay.ticket;
    const pace = this.#paces.get(roomId) ?? new TokenBucket(REACTIONS, this.#options.clock);
    this.#paces.set(roomId, pace);
    const retryAfterMs = pace.take();
    if (retryAfterMs > 0) {
      throw new AppError('rate_limited', undefined, { retryAfterMs });
    }
    const { participantId } = stay;
    this.#options.broadcast(roomId, 'reacted', { participantId, reaction }, []);
    this.#options.relay?.broadcast(roomId, 'reacted', { participantId, reaction });
  }

  close(): void {
    this.#unsubscribe();
  }

  #lower(stay: Stay): boolean {
    const wasRaised = this.#raisedAt(stay) !== null;
    if (wasRaised) {
      const { participantId } = stay;
      this.#options.sessions.record(stay, { type: 'handChanged', participantId, raisedAt: null });
    }
    return wasRaised;
  }

  #raisedAt({ ticket, participantId }: Stay): Timestamp | null {
    const room = this.#options.sessions.findRoom(ticket.roomId);
    return room?.infoOf(participantId)?.handRaisedAt ?? null;
  }

  async #assertShown({ ticket }: Stay, isOn: (rules: RoomRules) => boolean): Promise<void> {
    if (ticket.grants.hidden) {
      throw new AppError('forbidden', 'Nobody knows that you are here');
    }
    if (
      !isOn(await this.#options.rules.find(ticket.roomId)) &&
      !isAllowed('speakWhereSilent', ticket)
    ) {
      throw new AppError('forbidden', 'Only the host and moderators may do this here');
    }
  }
}
