import type { RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Queryable } from '../../store/postgres/postgres.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { type BreakoutRecord, listBreakouts, lockMainRoom } from './breakout-rows.ts';

export interface BreakoutBookOptions {
  readonly database: Database;
  readonly rooms: Pick<Rooms, 'get'>;
  readonly sessions: Pick<Sessions, 'findRoom'>;
}

/** What is written down of the breakout rooms of rooms, and what this process knows of that. */
export class BreakoutBook {
  readonly #options: BreakoutBookOptions;
  /** Of rooms in which somebody of this process is. */
  readonly #known = new Map<RoomId, Promise<readonly BreakoutRecord[]>>();

  constructor(options: BreakoutBookOptions) {
    this.#options = options;
  }

  /** One after the other, while the meeting goes on. @throws AppError `room_ended`. */
  change<T>(mainId: RoomId, work: (db: Queryable) => Promise<T>): Promise<T> {
    return this.write(mainId, async (db) => {
      if (!(await lockMainRoom(db, mainId))) {
        throw new AppError('room_ended');
      }
      return await work(db);
    });
  }

  /** In the name of the host of the room: who may say so, the policy has answered. */
  async write<T>(mainId: RoomId, work: (db: Queryable) => Promise<T>): Promise<T> {
    const { hostId } = await this.#options.rooms.get(mainId);
    return await this.#options.database.asUser(hostId, work);
  }

  /** As it is in the database now. */
  load(mainId: RoomId): Promise<readonly BreakoutRecord[]> {
    return this.write(mainId, (db) => listBreakouts(db, mainId));
  }

  /** As it is in the database now, for later too. */
  read(mainId: RoomId): Promise<readonly BreakoutRecord[]> {
    this.forget(mainId);
    return this.recall(mainId);
  }

  /** As it was when this process last heard of it. */
  recall(mainId: RoomId): Promise<readonly BreakoutRecord[]> {
    const present = this.#known.get(mainId);
    if (present !== undefined || this.#options.sessions.findRoom(mainId) === undefined) {
      return present ?? this.load(mainId);
    }
    const known = this.load(mainId);
    this.#known.set(mainId, known);
    known.catch(() => this.forget(mainId));
    return known;
  }

  /** Whether it was read since this process last heard of a change. */
  knows(mainId: RoomId): boolean {
    return this.#known.has(mainId);
  }

  forget(mainId: RoomId): void {
    this.#known.delete(mainId);
  }
}
