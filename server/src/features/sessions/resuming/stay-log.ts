import type { ParticipantId, ParticipantInfo } from '@balai/protocol';
import type { Logger } from '../../../kernel/logger.ts';
import type { AdoptableMedia } from '../../../media/adoptable-media.ts';
import { KeyedQueue } from '../keyed-queue.ts';
import type { Stay } from '../stay.ts';
import { RECORD_LIFETIME_MS, recordOf, type StayRecord, type StayRecords } from './stay-records.ts';

export interface StayLogOptions {
  readonly records: StayRecords;
  readonly media: Pick<AdoptableMedia, 'locate'>;
  /** As the others see somebody, or would. */
  readonly infoOf: (stay: Stay) => ParticipantInfo | undefined;
  /** The stays of this process. */
  readonly stays: () => readonly Stay[];
  readonly logger: Logger;
}

/**
 * Writes stays down for other processes, behind the back of those whose they are: nobody waits
 * for Redis. What it did not take is logged; then a client that loses this process joins anew.
 */
export class StayLog {
  readonly #options: StayLogOptions;
  readonly #lines = new KeyedQueue();
  /** Changes that come in one go are written once. */
  readonly #due = new Set<Stay>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopListening: () => void;

  constructor(options: StayLogOptions) {
    this.#options = options;
    const noteAll = (): void => {
      for (const stay of options.stays()) void this.noted(stay);
    };
    this.#timer = setInterval(noteAll, RECORD_LIFETIME_MS / 2);
    this.#timer.unref();
    this.#stopListening = options.records.onLoss(noteAll);
  }

  /** How a stay is now; undefined for one that nobody else can go on with. */
  recordOf(stay: Stay): StayRecord | undefined {
    const { media, infoOf } = this.#options;
    const { ticket, connection, participantId } = stay;
    if (connection.graceMs === 0 || ticket.checkEndsAt !== undefined) return undefined;
    const location = media.locate(participantId);
    const info = infoOf(stay);
    return location === undefined || info === undefined
      ? undefined
      : recordOf(stay, info, location);
  }

  /** The stay began, or is another one now. Never rejects. */
  async noted(stay: Stay): Promise<void> {
    if (this.#due.has(stay)) return;
    this.#due.add(stay);
    await this.#inLine(stay, async () => {
      this.#due.delete(stay);
      if (stay.isOver) return;
      const record = this.recordOf(stay);
      // While its media moves nobody else can go on with it.
      await (record === undefined ? this.#forget(stay) : this.#options.records.write(record));
    });
  }

  /** Settles when a stay is written as it is now, or could not be. Never rejects. */
  async written(stay: Stay): Promise<void> {
    await this.noted(stay);
    // It may have been due already, and somebody else waits for that.
    await this.settled(stay.participantId);
  }

  /** Never rejects. */
  async ended(stay: Stay): Promise<void> {
    await this.#inLine(stay, () => this.#forget(stay));
  }

  /** Settles when what was to be written of a stay, or forgotten, is. */
  async settled(participantId: ParticipantId): Promise<void> {
    await this.#lines.run(participantId, () => Promise.resolve());
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stopListening();
  }

  async #forget({ ticket, participantId }: Stay): Promise<void> {
    await this.#options.records.forget(ticket.roomId, participantId);
  }

  async #inLine(stay: Stay, work: () => Promise<void>): Promise<void> {
    const { participantId, ticket } = stay;
    try {
      await this.#lines.run(participantId, work);
    } catch (error) {
      const { roomId } = ticket;
      this.#options.logger.warn(
        { err: error, roomId, participantId },
        'a stay was not written down',
      );
    }
  }
}
