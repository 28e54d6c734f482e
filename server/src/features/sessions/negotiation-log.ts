import type { DisconnectReason, RoomId } from '@balai/protocol';
import type { Logger } from '../../kernel/logger.ts';
import type { UserId } from '../../kernel/route.ts';
import { KeyedQueue } from './keyed-queue.ts';
import type { Negotiations, OfferedTrack, PendingNegotiation } from './negotiations.ts';
import type { Stay } from './stay.ts';

/** Well within the life of what is kept. */
const REFRESH_INTERVAL_MS = 60_000;

/** How a stay ends that the client may want to go on with. */
const RESUMABLE: ReadonlySet<DisconnectReason> = new Set([
  'signal_close',
  'server_shutdown',
  'media_failure',
]);

export interface NegotiationLogOptions {
  readonly negotiations: Negotiations;
  /** What a stay publishes now. */
  readonly tracksOf: (stay: Stay) => readonly OfferedTrack[];
  /** The stays of this process. */
  readonly stays: () => readonly Stay[];
  readonly logger: Logger;
}

/**
 * Writes down how far the negotiations of stays are, behind the back of those who
 * negotiate: nobody waits for Redis. What it did not take is logged; then a client
 * that comes back starts anew.
 */
export class NegotiationLog {
  readonly #options: NegotiationLogOptions;
  readonly #lines = new KeyedQueue();
  readonly #timer: NodeJS.Timeout;

  constructor(options: NegotiationLogOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#refresh(), REFRESH_INTERVAL_MS);
    this.#timer.unref();
  }

  /** The stay was let in: what an earlier one of the person left is past. Never rejects. */
  began(stay: Stay): Promise<void> {
    return this.#inLine(stay, () => this.#write(stay, this.#options.tracksOf(stay), true));
  }

  /** The stay and the SFU have come one step further. Never rejects. */
  advanced(stay: Stay): Promise<void> {
    return this.#inLine(stay, async () => {
      if (!stay.isOver) {
        await this.#write(stay, this.#options.tracksOf(stay), false);
      }
    });
  }

  /**
   * Keeps, or drops, what there is of a stay that ends. Never rejects.
   *
   * @param tracks What it published.
   */
  ended(stay: Stay, reason: DisconnectReason, tracks: readonly OfferedTrack[]): Promise<void> {
    const { roomId, userId } = stay.ticket;
    return this.#inLine(stay, () =>
      RESUMABLE.has(reason)
        ? this.#write(stay, tracks, false)
        : this.#options.negotiations.forget(roomId, userId, stay.participantId),
    );
  }

  /** What the person's last stay in the room left; null for nothing, and without Redis. */
  async recall(roomId: RoomId, userId: UserId): Promise<PendingNegotiation | null> {
    const { negotiations, logger } = this.#options;
    try {
      return await this.#lines.run(lineOf(roomId, userId), () => negotiations.find(roomId, userId));
    } catch (error) {
      logger.warn({ err: error, roomId, userId }, 'a client that may be back starts anew');
      return null;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #write(stay: Stay, tracks: readonly OfferedTrack[], isBeginning: boolean): Promise<void> {
    const { ticket, participantId, transports, answers } = stay;
    const negotiation = { participantId, transports, answers, tracks };
    return this.#options.negotiations.write(ticket.roomId, ticket.userId, negotiation, isBeginning);
  }

  async #inLine(stay: Stay, work: () => Promise<void>): Promise<void> {
    const { participantId, ticket } = stay;
    const { roomId, userId } = ticket;
    try {
      await this.#lines.run(lineOf(roomId, userId), work);
    } catch (error) {
      this.#options.logger.warn(
        { err: error, roomId, userId, participantId },
        'a negotiation was not written down',
      );
    }
  }

  async #refresh(): Promise<void> {
    const { negotiations, stays, logger } = this.#options;
    try {
      await negotiations.refresh(
        stays().map(({ ticket }) => [ticket.roomId, ticket.userId] as const),
      );
    } catch (error) {
      logger.warn({ err: error }, 'negotiations were not kept; trying again in a minute');
    }
  }
}

function lineOf(roomId: RoomId, userId: UserId): string {
  return `${roomId} ${userId}`;
}
