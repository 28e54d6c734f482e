import type { Identity, ParticipantId, RoomId } from '@balai/protocol';
import { AppError } from '../../../kernel/app-error.ts';
import type { Attendance, AttendanceEntry } from '../attendance.ts';
import type { Negotiations } from '../negotiations.ts';
import type { Seat, Seats, TakenSeat } from '../seats.ts';

/** Seats without leases, in memory. */
export class FakeSeats implements Seats {
  /** Set while nobody answers. */
  isAway = false;
  readonly #rooms = new Map<RoomId, Map<Identity, ParticipantId>>();

  holders(roomId: RoomId): Map<Identity, ParticipantId> {
    const holders = this.#rooms.get(roomId) ?? new Map<Identity, ParticipantId>();
    this.#rooms.set(roomId, holders);
    return holders;
  }

  async take(seat: Seat, maxUsers: number): Promise<TakenSeat> {
    this.#assertHere();
    const holders = this.holders(seat.roomId);
    const takenFrom = holders.get(seat.identity) ?? null;
    if (takenFrom === null && holders.size >= maxUsers) {
      throw new AppError('room_full');
    }
    holders.set(seat.identity, seat.participantId);
    return { ...seat, takenFrom };
  }

  async giveBack(seat: TakenSeat, isPreviousHolderHere: boolean): Promise<void> {
    this.#assertHere();
    const holders = this.holders(seat.roomId);
    if (holders.get(seat.identity) !== seat.participantId) {
      return;
    }
    if (isPreviousHolderHere && seat.takenFrom !== null) {
      holders.set(seat.identity, seat.takenFrom);
    } else {
      holders.delete(seat.identity);
    }
  }

  async release(seat: Seat): Promise<void> {
    await this.giveBack({ ...seat, takenFrom: null }, false);
  }

  async refresh(roomId: RoomId, seats: readonly Seat[]): Promise<readonly Seat[]> {
    this.#assertHere();
    const holders = this.holders(roomId);
    return seats.filter(({ identity, participantId }) => {
      const holder = holders.get(identity) ?? participantId;
      holders.set(identity, holder);
      return holder !== participantId;
    });
  }

  async findAbsent(roomId: RoomId, identities: readonly Identity[]): Promise<readonly Identity[]> {
    this.#assertHere();
    return identities.filter((identity) => !this.holders(roomId).has(identity));
  }

  async hasSeat(roomId: RoomId, identity: Identity, maxUsers: number): Promise<boolean> {
    this.#assertHere();
    const holders = this.holders(roomId);
    return holders.has(identity) || holders.size < maxUsers;
  }

  #assertHere(): void {
    if (this.isAway) {
      throw new AppError('unavailable');
    }
  }
}

/** Negotiations that nobody keeps. */
export class FakeNegotiations implements Negotiations {
  readonly #done = Promise.resolve();

  write(): Promise<void> {
    return this.#done;
  }

  refresh(): Promise<void> {
    return this.#done;
  }

  async find(): Promise<null> {
    return null;
  }

  forget(): Promise<void> {
    return this.#done;
  }
}

/** Attendance in memory, as lines of text. */
export class FakeAttendance implements Attendance {
  readonly lines: string[] = [];

  async open({ identity }: AttendanceEntry): Promise<void> {
    this.lines.push(`${identity} joined`);
  }

  async close({ identity }: AttendanceEntry): Promise<void> {
    this.lines.push(`${identity} left`);
  }
}
