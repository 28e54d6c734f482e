import type { RoomId } from '@balai/protocol';
import type { Clock } from '../../kernel/clock.ts';
import type { UserId } from '../../kernel/route.ts';
import type { Database } from '../../store/postgres/database.ts';
import { SEAT_LEASE_MS, type Seats } from './seats.ts';

const PAGE = 500;
/** Comes before every UUID. */
const NIL = '00000000-0000-0000-0000-000000000000';

interface OpenStay {
  readonly id: string;
  readonly room_id: RoomId;
  readonly user_id: UserId;
}

export interface AbandonedStaysDependencies {
  readonly database: Database;
  readonly seats: Pick<Seats, 'findAbsent'>;
  readonly clock: Clock;
  /** Default: the lease of a seat. Tests make it short. */
  readonly leaseMs?: number;
}

/**
 * Closes stays whose server died before it could. Such a stay is open in the
 * history, but its seat is gone.
 *
 * A seat may be missing for a moment because Redis lost it; then the next
 * heartbeat brings it back. So a stay is closed when its seat is missing at two
 * looks that lie at least a lease apart, as of the first of them.
 */
export class AbandonedStays {
  readonly #dependencies: AbandonedStaysDependencies;
  readonly #leaseMs: number;
  /** Open stays without a seat, with the moment at which that was first seen. */
  #suspects: ReadonlyMap<string, number> = new Map();

  constructor(dependencies: AbandonedStaysDependencies) {
    this.#dependencies = dependencies;
    this.#leaseMs = dependencies.leaseMs ?? SEAT_LEASE_MS;
  }

  /**
   * Looks once.
   *
   * @returns how many stays were closed.
   * @throws AppError `unavailable` without one of the stores.
   */
  async close(): Promise<number> {
    const { clock } = this.#dependencies;
    const now = clock();
    const suspects = new Map<string, number>();
    let closed = 0;
    for await (const page of this.#openStays(new Date(now - this.#leaseMs))) {
      const gone = new Map<number, string[]>();
      for (const { id } of await this.#withoutSeat(page)) {
        const since = this.#suspects.get(id) ?? now;
        if (now - since >= this.#leaseMs) {
          gone.set(since, [...(gone.get(since) ?? []), id]);
        } else {
          suspects.set(id, since);
        }
      }
      for (const [since, ids] of gone) {
        closed += await this.#closeStays(ids, since);
      }
    }
    this.#suspects = suspects;
    return closed;
  }

  async *#openStays(beganBefore: Date): AsyncIterable<readonly OpenStay[]> {
    let after: OpenStay = { id: NIL, room_id: NIL, user_id: NIL };
    for (;;) {
      const page: readonly OpenStay[] = await this.#dependencies.database.call<OpenStay>(
        'find_open_stays',
        [beganBefore, after.room_id, after.user_id, after.id, PAGE],
      );
      const last = page.at(-1);
      if (last === undefined) {
        return;
      }
      yield page;
      after = last;
    }
  }

  async #withoutSeat(stays: readonly OpenStay[]): Promise<readonly OpenStay[]> {
    const rooms = Map.groupBy(stays, (stay) => stay.room_id);
    const found: OpenStay[] = [];
    for (const [roomId, inRoom] of rooms) {
      const userIds = inRoom.map(({ user_id }) => user_id);
      const absent = new Set(await this.#dependencies.seats.findAbsent(roomId, userIds));
      found.push(...inRoom.filter(({ user_id }) => absent.has(user_id)));
    }
    return found;
  }

  async #closeStays(ids: readonly string[], leftAt: number): Promise<number> {
    const [row] = await this.#dependencies.database.call<{ readonly close_stays: number }>(
      'close_stays',
      [ids, new Date(leftAt)],
    );
    return row?.close_stays ?? 0;
  }
}
