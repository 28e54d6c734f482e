import type { ParticipantId, Resume } from '@balai/protocol';
import type { Stay } from '../../features/sessions/stay.ts';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { TokenBucket } from '../../kernel/token-bucket.ts';
import type { Client } from './client.ts';
import type { IoSocket } from './io-types.ts';
import type { Line } from './line.ts';

/** A client on a bad network; what it missed is sent again each time. */
const RESUMPTIONS = { capacity: 30, refillPerSecond: 0.5 };

/** One client that was let in: its stay, over whatever socket. */
export interface Presence {
  readonly stay: Stay;
  readonly line: Line;
  readonly client: Client;
}

interface Entry extends Presence {
  readonly pace: TokenBucket;
}

/** The clients of this process that may come back after a lost socket. */
export class Presences {
  readonly #clock: Clock;
  readonly #entries = new Map<ParticipantId, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a client of this process may come back with this stay. */
  has(participantId: ParticipantId): boolean {
    return this.#entries.get(participantId)?.stay.isElsewhere === false;
  }

  /** Once its line is closed, a presence is kept for whoever missed the goodbye, and then dropped. */
  add(presence: Presence): void {
    const { stay, line } = presence;
    if (line.graceMs === 0) {
      return;
    }
    const pace = new TokenBucket(RESUMPTIONS, this.#clock);
    this.#entries.set(stay.participantId, { ...presence, pace });
    const drop = () => {
      // The stay may be back from another process by then.
      if (this.#entries.get(stay.participantId)?.stay === stay) {
        this.#entries.delete(stay.participantId);
      }
    };
    void line.closed.then(() => setTimeout(drop, line.graceMs).unref());
  }

  /**
   * Carries a stay on over another socket. A stay that is over by now is carried
   * on to its goodbye.
   *
   * @param ticket Of the token that came along: a stay is carried on for its owner only.
   * @throws AppError `stay_over`, `rate_limited`.
   */
  resume(socket: IoSocket, ticket: RoomTicket, { participantId, received }: Resume): Presence {
    const entry = this.#entries.get(participantId);
    if (
      entry === undefined ||
      entry.stay.isElsewhere ||
      (entry.stay.ticket.bearerId ?? entry.stay.ticket.userId) !==
        (ticket.bearerId ?? ticket.userId) ||
      entry.stay.ticket.roomId !== ticket.roomId ||
      !entry.line.canResumeFrom(received)
    ) {
      throw new AppError('stay_over');
    }
    const retryAfterMs = entry.pace.take();
    if (retryAfterMs > 0) {
      throw new AppError('rate_limited', undefined, { retryAfterMs });
    }
    entry.line.resume(socket, received);
    return entry;
  }
}
