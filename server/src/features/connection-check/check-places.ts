import type { RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { RoomTicket } from '../../kernel/route.ts';

/** In this process: all of them together take as much of the line as one meeting. */
const MAX_RUNNING = 20;
/** Who shares an address may check at the same time, but nobody meets for nothing. */
const MAX_RUNNING_IN_NETWORK = 4;
/** For who was let in to enter the room, and between one part of a check and the next. */
const COMING_MS = 10_000;
/** Checks come and go within seconds. */
const RETRY_AFTER_MS = 10_000;

interface Place {
  readonly network: string;
  /** Until when it is kept for who is coming; Infinity while somebody is there. */
  keptUntil: number;
}

/** How many connection checks run at once, over all and for each network. */
export class CheckPlaces {
  readonly #clock: Clock;
  readonly #places = new Map<RoomId, Place>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Keeps a place for the room of this ticket, if it has none.
   *
   * @throws AppError `rate_limited` where too many checks are running.
   */
  admit({ roomId, checkNetwork = '' }: RoomTicket): void {
    const now = this.#clock();
    for (const [id, { keptUntil }] of this.#places) {
      if (keptUntil <= now) this.#places.delete(id);
    }
    const place = this.#places.get(roomId);
    if (place !== undefined) {
      place.keptUntil = Math.max(place.keptUntil, now + COMING_MS);
      return;
    }
    const ofNetwork = [...this.#places.values()].filter(({ network }) => network === checkNetwork);
    if (this.#places.size >= MAX_RUNNING || ofNetwork.length >= MAX_RUNNING_IN_NETWORK) {
      throw new AppError('rate_limited', undefined, { retryAfterMs: RETRY_AFTER_MS });
    }
    this.#places.set(roomId, { network: checkNetwork, keptUntil: now + COMING_MS });
  }

  /** Somebody is in the room. */
  occupy({ roomId, checkNetwork = '' }: RoomTicket): void {
    this.#places.set(roomId, { network: checkNetwork, keptUntil: Number.POSITIVE_INFINITY });
  }

  /** Nobody is in the room any more. They may come back at once. Nothing for other rooms. */
  free(roomId: RoomId): void {
    const place = this.#places.get(roomId);
    if (place !== undefined) place.keptUntil = this.#clock() + COMING_MS;
  }
}
