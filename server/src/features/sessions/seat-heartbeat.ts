import type { RoomId } from '@balai/protocol';
import type { Logger } from '../../kernel/logger.ts';
import type { Seat, Seats } from './seats.ts';

export interface SeatHeartbeatOptions {
  readonly seats: Seats;
  readonly intervalMs: number;
  /** The seats that this process's stays hold, room by room. */
  readonly heldSeats: () => Iterable<readonly [RoomId, readonly Seat[]]>;
  /** Called for a stay whose seat another process's stay has taken over. */
  readonly seatLost: (seat: Seat) => void;
  readonly logger: Logger;
}

/** Renews the leases of this process's seats. */
export class SeatHeartbeat {
  readonly #options: SeatHeartbeatOptions;
  readonly #timer: NodeJS.Timeout;
  #isBeating = false;

  constructor(options: SeatHeartbeatOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.beat(), options.intervalMs);
    this.#timer.unref();
  }

  /** Renews all leases once. Never rejects: what Redis did not take, the next beat tries again. */
  async beat(): Promise<void> {
    if (this.#isBeating) {
      return;
    }
    this.#isBeating = true;
    const { seats, heldSeats, seatLost, logger } = this.#options;
    try {
      for (const [roomId, held] of heldSeats()) {
        const lost = await seats.refresh(roomId, held);
        for (const seat of lost) {
          seatLost(seat);
        }
      }
    } catch (error) {
      logger.warn(
        { err: error },
        'the seats could not be renewed; trying again with the next beat',
      );
    } finally {
      this.#isBeating = false;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
