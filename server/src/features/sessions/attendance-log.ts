import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Attendance, AttendanceEntry } from './attendance.ts';
import { KeyedQueue } from './keyed-queue.ts';
import type { Stay } from './stay.ts';

/**
 * Writes down stays behind the back of those who come and go: nobody waits for
 * the database, and a stay is closed after it was opened. Nothing here rejects;
 * what the database refuses is logged.
 */
export class AttendanceLog {
  readonly #attendance: Attendance;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lines = new KeyedQueue();

  constructor(attendance: Attendance, clock: Clock, logger: Logger) {
    this.#attendance = attendance;
    this.#clock = clock;
    this.#logger = logger;
  }

  joined(stay: Stay): Promise<void> {
    return this.#write(stay, (entry) => this.#attendance.open(entry));
  }

  left(stay: Stay): Promise<void> {
    const leftAt = new Date(this.#clock());
    return this.#write(stay, (entry) => this.#attendance.close(entry, leftAt));
  }

  async #write(stay: Stay, work: (entry: AttendanceEntry) => Promise<void>): Promise<void> {
    const { participantId, joinedAt } = stay;
    const { roomId, identity, role } = stay.ticket;
    try {
      await this.#lines.run(participantId, () => work({ roomId, identity, role, joinedAt }));
    } catch (error) {
      this.#logger.error(
        { err: error, roomId, identity, participantId },
        'the attendance of a participant was not written',
      );
    }
  }
}
