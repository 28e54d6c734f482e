import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { WaitingLine } from '../../kernel/waiting-line.ts';
import type { Attendance, AttendanceEntry } from './attendance.ts';
import { KeyedQueue } from './keyed-queue.ts';
import type { Stay } from './stay.ts';

/**
 * Writes down stays behind the back of those who come and go: nobody waits for
 * the database, and a stay is closed after it was opened. What the database
 * refuses is logged, and tried again when somebody needs it.
 */
export class AttendanceLog {
  readonly #attendance: Attendance;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lines = new KeyedQueue();
  /** Nobody waits for these, so a crowd that comes at once is let in before it is written down. */
  readonly #arrivals = new WaitingLine({ atOnce: 2, waiting: Number.POSITIVE_INFINITY });
  /** Stays that the database has. Those of a connection check are not written. */
  readonly #written = new WeakSet<Stay>();

  constructor(attendance: Attendance, clock: Clock, logger: Logger) {
    this.#attendance = attendance;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Never rejects. */
  joined(stay: Stay): Promise<void> {
    return this.#attempt(stay, () => this.#arrivals.run(() => this.ensure(stay)));
  }

  /** Never rejects. */
  left(stay: Stay): Promise<void> {
    if (isCheck(stay)) return Promise.resolve();
    const leftAt = new Date(this.#clock());
    return this.#attempt(stay, () =>
      this.#lines.run(stay.participantId, async () => {
        // What was never opened could not be closed.
        await this.#open(stay);
        await this.#attendance.close(entryOf(stay), leftAt);
      }),
    );
  }

  /** Somebody is hidden now, or no longer. Never rejects. */
  hid(stay: Stay): Promise<void> {
    if (isCheck(stay)) return Promise.resolve();
    return this.#attempt(stay, () =>
      this.#lines.run(stay.participantId, async () => {
        await this.#open(stay);
        await this.#attendance.hide(entryOf(stay));
      }),
    );
  }

  /** Settles when the database has the stay. @throws what the database threw. */
  async ensure(stay: Stay): Promise<void> {
    if (!this.#written.has(stay) && !isCheck(stay)) {
      await this.#lines.run(stay.participantId, () => this.#open(stay));
    }
  }

  async #open(stay: Stay): Promise<void> {
    if (!this.#written.has(stay)) {
      await this.#attendance.open(entryOf(stay));
      this.#written.add(stay);
    }
  }

  async #attempt(stay: Stay, work: () => Promise<void>): Promise<void> {
    const { participantId, ticket } = stay;
    const { roomId, userId } = ticket;
    try {
      await work();
    } catch (error) {
      this.#logger.error(
        { err: error, roomId, userId, participantId },
        'the attendance of a participant was not written',
      );
    }
  }
}

function entryOf({ joinedAt, ticket }: Stay): AttendanceEntry {
  const { roomId, userId, role, grants } = ticket;
  return { roomId, userId, role, joinedAt, isHidden: grants.hidden };
}

function isCheck({ ticket }: Stay): boolean {
  return ticket.checkEndsAt !== undefined;
}
