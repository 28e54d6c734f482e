import type { ParticipantId, RoomId } from '@balai/protocol';
import { AppError } from '../../../kernel/app-error.ts';
import type { UserId } from '../../../kernel/route.ts';
import type { Attendance, AttendanceEntry } from '../attendance.ts';
import type { Negotiations } from '../negotiations.ts';
import type { Seat, Seats, TakenSeat } from '../seats.ts';

/** Seats without leases, in memory. */
export class FakeSeats implements Seats {
  /** Set while nobody answers. */
  isAway = false;
  readonly #rooms = new Map<RoomId, Map<UserId, ParticipantId>>();

  holders(roomId: RoomId): Map<UserId, ParticipantId> {
    const holders = this.#rooms.get(roomId) ?? new Map<UserId, ParticipantId>();
    this.#rooms.set(roomId, holders);
    return holders;
  }

  async take(
    seat: Seat,
    maxUsers: number,
    _findHeld?: () => readonly Seat[],
    mayTakeOver = true,
  ): Promise<TakenSeat> {
    this.#assertHere();
    const holders = this.holders(seat.roomId);
    const takenFrom = holders.get(seat.userId) ?? null;
    if (takenFrom !== null && !mayTakeOver) {
      throw new AppError('identity_taken');
    }
    if (takenFrom === null && holders.size >= maxUsers) {
      throw new AppError('room_full');
    }
    holders.set(seat.userId, seat.participantId);
    return { ...seat, takenFrom };
  }

  async giveBack(seat: TakenSeat, isPreviousHolderHere: boolean): Promise<void> {
    this.#assertHere();
    const holders = this.holders(seat.roomId);
    if (holders.get(seat.userId) !== seat.participantId) {
      return;
    }
    if (isPreviousHolderHere && seat.takenFrom !== null) {
      holders.set(seat.userId, seat.takenFrom);
    } else {
      holders.delete(seat.userId);
    }
  }

  async release(seat: Seat): Promise<void> {
    await this.giveBack({ ...seat, takenFrom: null }, false);
  }

  async refresh(roomId: RoomId, seats: readonly Seat[]): Promise<readonly Seat[]> {
    this.#assertHere();
    const holders = this.holders(roomId);
    return seats.filter(({ userId, participantId }) => {
      const holder = holders.get(userId) ?? participantId;
      holders.set(userId, holder);
      return holder !== participantId;
    });
  }

  async findAbsent(roomId: RoomId, userIds: readonly UserId[]): Promise<readonly UserId[]> {
    this.#assertHere();
    return userIds.filter((userId) => !this.holders(roomId).has(userId));
  }

  async count(roomId: RoomId): Promise<number> {
    this.#assertHere();
    return this.holders(roomId).size;
  }

  async hasSeat(roomId: RoomId, userId: UserId, maxUsers: number): Promise<boolean> {
    this.#assertHere();
    const holders = this.holders(roomId);
    return holders.has(userId) || holders.size < maxUsers;
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
  #gate = Promise.resolve();

  /** What is looked for is not answered until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  write(): Promise<void> {
    return this.#done;
  }

  refresh(): Promise<void> {
    return this.#done;
  }

  async find(): Promise<null> {
    await this.#gate;
    return null;
  }

  forget(): Promise<void> {
    return this.#done;
  }
}

/** Attendance in memory, as lines of text. */
export class FakeAttendance implements Attendance {
  readonly lines: string[] = [];

  async open({ userId }: AttendanceEntry): Promise<void> {
    this.lines.push(`${userId} joined`);
  }

  async close({ userId }: AttendanceEntry): Promise<void> {
    this.lines.push(`${userId} left`);
  }

  async hide({ userId, isHidden = false }: AttendanceEntry): Promise<void> {
    this.lines.push(`${userId} ${isHidden ? 'hid' : 'showed up'}`);
  }
}
