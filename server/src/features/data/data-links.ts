import type { DataKind, DataReception } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Stay } from '../sessions/stay.ts';

/** Violations of one stay that are put up with: an SDK makes none. */
const MAX_VIOLATIONS = 4;

/** Who may send data over the media plane, and who receives it. */
export class DataLinks {
  readonly #media: MediaPlane;
  readonly #sessions: Sessions;
  readonly #logger: Logger;
  readonly #violations = new WeakMap<Stay, number>();
  readonly #unsubscribe: readonly (() => void)[];

  constructor(media: MediaPlane, sessions: Sessions, logger: Logger) {
    this.#media = media;
    this.#sessions = sessions;
    this.#logger = logger;
    this.#unsubscribe = [
      media.events.on('dataClosed', ({ participantId, direction, reason }) => {
        const stay = this.#sessions.findParticipant(participantId);
        stay?.connection.send('dataClosed', { direction, reason });
        if (stay !== undefined && reason === 'protocol_violation') this.#countViolation(stay);
      }),
      sessions.events.on('grantsChanged', ({ stay }) => {
        if (!stay.ticket.grants.data) void this.#forbid(stay);
      }),
    ];
  }

  /** @throws AppError `forbidden` without the grant `data`, `conflict`, `transport_not_found`. */
  open(stay: Stay, kind: DataKind, streamId: number): Promise<void> {
    return stay.run(async () => {
      if (!stay.ticket.grants.data) {
        throw new AppError('forbidden', 'This token does not allow sending data');
      }
      await this.#media.openDataSender(stay.participantId, kind, streamId);
    });
  }

  /**
   * Settles when so many reliable messages have been passed on. Other requests of the
   * participant do not wait for it.
   *
   * @throws AppError `conflict` where there is nothing open, `timeout`.
   */
  async flush(stay: Stay, messages: number): Promise<void> {
    await this.#media.flushData(stay.participantId, messages);
  }

  /** @throws AppError `transport_not_found` without the subscribe grant. */
  subscribe(stay: Stay): Promise<DataReception> {
    return stay.run(() => this.#media.receiveData(stay.participantId));
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) {
      unsubscribe();
    }
  }

  #countViolation(stay: Stay): void {
    const violations = (this.#violations.get(stay) ?? 0) + 1;
    this.#violations.set(stay, violations);
    if (violations > MAX_VIOLATIONS) {
      this.#sessions.end(stay, 'protocol_violation', new AppError('protocol_violation'));
    }
  }

  /** Never rejects: nobody asked for this, so nobody could be told. */
  async #forbid(stay: Stay): Promise<void> {
    const { participantId } = stay;
    try {
      await stay.run(() => this.#media.closeDataSender(participantId));
      stay.connection.send('dataClosed', { direction: 'send', reason: 'forbidden' });
    } catch (error) {
      if (!stay.isOver) {
        this.#logger.error({ err: error, participantId }, 'a sender of data was not closed');
      }
    }
  }
}
