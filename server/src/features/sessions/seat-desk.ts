import { type DuplicateIdentityPolicy, LIMITS, type ParticipantId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { RoomTicket, UserId } from '../../kernel/route.ts';
import type { LiveRoom } from './live-room.ts';
import type { Seats, TakenSeat } from './seats.ts';
import type { Stay } from './stay.ts';

/** Stays of one identity that a room holds at once, where it holds several. */
const MAX_STAYS = 100;

export interface SeatDeskOptions {
  readonly seats: Seats;
  /**
   * The user behind an identity of an application, who is added where there is none
   * yet. Throws AppError `unavailable`.
   */
  readonly addPerson: (projectId: string, identity: string, name: string) => Promise<UserId>;
  /** Whether the socket of a stay is lost. */
  readonly isSuspended: (stay: Stay) => boolean;
  readonly logger: Logger;
}

/** A seat, and as whom its holder enters. */
export interface Placed {
  readonly ticket: RoomTicket;
  readonly seat: TakenSeat;
}

/**
 * Finds seats, also for who is in the room already: as the room wants it. A stay whose
 * socket is lost gives way to its successor in any room.
 */
export class SeatDesk {
  readonly #options: SeatDeskOptions;

  constructor(options: SeatDeskOptions) {
    this.#options = options;
  }

  /** @throws AppError `room_full`, `identity_taken`, `unavailable`. */
  async place(
    room: LiveRoom,
    ticket: RoomTicket,
    participantId: ParticipantId,
    { maxUsers, policy }: { readonly maxUsers: number; readonly policy: DuplicateIdentityPolicy },
  ): Promise<Placed> {
    if (policy === 'replace' || ticket.projectId === null) {
      return await this.#take(room, ticket, participantId, maxUsers, true);
    }
    const placed = await this.#tryToTake(room, ticket, participantId, maxUsers);
    if (placed !== undefined) {
      return placed;
    }
    for (let number = 2; policy === 'allow' && number <= MAX_STAYS; number += 1) {
      const another = await this.#findFree(room, ticket, ticket.projectId, number);
      const taken = another && (await this.#tryToTake(room, another, participantId, maxUsers));
      if (taken !== undefined) {
        return taken;
      }
    }
    throw new AppError('identity_taken');
  }

  /** Undoes `place`. Never rejects. */
  async giveBack(room: LiveRoom, seat: TakenSeat): Promise<void> {
    const { roomId, userId } = seat;
    const holder = room.findStayOf(userId);
    try {
      await this.#options.seats.giveBack(seat, holder?.participantId === seat.takenFrom);
    } catch (error) {
      this.#options.logger.warn(
        { err: error, roomId, userId },
        'the seat of a refused client was not freed; its lease will end',
      );
    }
  }

  /** The ticket as another person's, if that one is not seen in the room. */
  async #findFree(
    room: LiveRoom,
    ticket: RoomTicket,
    projectId: string,
    number: number,
  ): Promise<RoomTicket | undefined> {
    // Whose own token was from such a stay is numbered anew.
    const first =
      ticket.bearerId === undefined ? ticket.identity : ticket.identity.replace(/~\d+$/, '');
    const suffix = `~${number}`;
    const identity = [...first].slice(0, LIMITS.identity - suffix.length).join('') + suffix;
    const present = room.findStay(identity);
    if (present !== undefined && !this.#options.isSuspended(present)) {
      return undefined;
    }
    const userId = await this.#options.addPerson(projectId, identity, ticket.name);
    return { ...ticket, identity, userId, bearerId: ticket.bearerId ?? ticket.userId };
  }

  /** @returns undefined where somebody holds the seat who does not give way. */
  async #tryToTake(
    room: LiveRoom,
    ticket: RoomTicket,
    participantId: ParticipantId,
    maxUsers: number,
  ): Promise<Placed | undefined> {
    const present = room.findStayOf(ticket.userId);
    if (present !== undefined && !this.#options.isSuspended(present)) {
      return undefined;
    }
    try {
      return await this.#take(room, ticket, participantId, maxUsers, present !== undefined);
    } catch (error) {
      if (error instanceof AppError && error.code === 'identity_taken') {
        return undefined;
      }
      throw error;
    }
  }

  async #take(
    room: LiveRoom,
    ticket: RoomTicket,
    participantId: ParticipantId,
    maxUsers: number,
    mayTakeOver: boolean,
  ): Promise<Placed> {
    const { roomId, userId } = ticket;
    const seat = await this.#options.seats.take(
      { roomId, userId, participantId },
      maxUsers,
      () => room.seats(),
      mayTakeOver,
    );
    return { ticket, seat };
  }
}
