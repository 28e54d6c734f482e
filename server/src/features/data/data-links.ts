import { isDeepStrictEqual } from 'node:util';
import type { DataKind, DataReception } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { MediaPlane } from '../../media/media-plane.ts';
import { maySendData } from '../sessions/grants.ts';
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
      sessions.events.on('grantsChanged', ({ stay, before }) => {
        const { grants } = stay.ticket;
        if (!maySendData(grants)) void this.#forbid(stay);
        else if (!isDeepStrictEqual(grants.data, before.data)) void this.#limit(stay);
        if (before.subscribe && !grants.subscribe) void this.#withdraw(stay);
      }),
    ];
  }

  /** @throws AppError `forbidden` without the grant `data`, `conflict`, `transport_not_found`. */
  open(stay: Stay, kind: DataKind, streamId: number): Promise<void> {
    return stay.run(async () => {
      const { grants } = stay.ticket;
      if (!maySendData(grants)) {
        throw new AppError('forbidden', 'You may not send data');
      }
      if (typeof grants.data !== 'boolean') {
        await this.#media.limitData(stay.participantId, grants.data);
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

  /** @throws AppError `forbidden` without the subscribe grant, `transport_not_found`. */
  subscribe(stay: Stay): Promise<DataReception> {
    return stay.run(() => {
      if (!stay.ticket.grants.subscribe) {
        throw new AppError('forbidden', 'You may not receive anything');
      }
      return this.#media.receiveData(stay.participantId);
    });
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

  #forbid(stay: Stay): Promise<void> {
    return this.#attempt(stay, async () => {
      await this.#media.closeDataSender(stay.participantId);
      stay.connection.send('dataClosed', { direction: 'send', reason: 'forbidden' });
    });
  }

  #limit(stay: Stay): Promise<void> {
    return this.#attempt(stay, async () => {
      const { data } = stay.ticket.grants;
      await this.#media.limitData(stay.participantId, typeof data === 'boolean' ? 'all' : data);
    });
  }

  #withdraw(stay: Stay): Promise<void> {
    return this.#attempt(stay, async () => {
      await this.#media.stopData(stay.participantId);
      stay.connection.send('dataClosed', { direction: 'receive', reason: 'forbidden' });
    });
  }

  /** Never rejects: nobody asked for this, so nobody could be told. */
  async #attempt(stay: Stay, work: () => Promise<void>): Promise<void> {
    const { participantId } = stay;
    try {
      await stay.run(work);
    } catch (error) {
      if (!stay.isOver) {
        this.#logger.error({ err: error, participantId }, 'data did not follow the grants');
      }
    }
  }
}
