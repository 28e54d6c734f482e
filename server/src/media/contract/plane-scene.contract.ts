import { expect } from 'vitest';
import { type Attendee, type AttendOptions, Meeting } from '../../../test/rtc/meeting.ts';
import type { MediaPlane, WorkerLoad } from '../media-plane.ts';

/** Starts a plane with so many workers on this machine. Whoever asks for it closes it. */
export type MakePlane = (options: {
  readonly workerCount: number;
  /** Bits per second that each subscriber is sent at most. */
  readonly maxOutgoingBitrateBps?: number;
}) => Promise<MediaPlane>;

/** For what is not told of by an event. */
export const WAIT = { timeout: 10_000, interval: 10 };

/** Packets of a flowing stream after which one that should not flow would have shown itself. */
export const LONG_ENOUGH = 25;

const WORKERS = 2;

/** A plane with two workers and people in it, fresh for each test. */
export class PlaneScene {
  readonly makePlane: MakePlane;
  /** Whether people of one room are on different workers. */
  readonly isSpread: boolean;
  #plane: MediaPlane | undefined;
  #meeting: Meeting | undefined;

  constructor(makePlane: MakePlane, isSpread: boolean) {
    this.makePlane = makePlane;
    this.isSpread = isSpread;
  }

  get plane(): MediaPlane {
    if (this.#plane === undefined) throw new Error('the scene is not set');
    return this.#plane;
  }

  get meeting(): Meeting {
    if (this.#meeting === undefined) throw new Error('the scene is not set');
    return this.#meeting;
  }

  async open(): Promise<void> {
    this.#plane = await this.makePlane({ workerCount: WORKERS });
    this.#meeting = new Meeting(this.#plane);
  }

  async close(): Promise<void> {
    this.#meeting?.close();
    await this.#plane?.close();
  }

  /** What all living workers carry together. */
  async totalLoad(): Promise<Pick<WorkerLoad, 'routers' | 'transports' | 'consumers'>> {
    const loads = await this.plane.getLoad();
    const sum = (key: 'routers' | 'transports' | 'consumers') =>
      loads.reduce((total, load) => total + load[key], 0);
    return { routers: sum('routers'), transports: sum('transports'), consumers: sum('consumers') };
  }

  /** How many routers a room has with so many people. */
  routersOf(people: number): number {
    return this.isSpread ? Math.min(people, WORKERS) : Math.min(people, 1);
  }

  /** The worker that carries a room, as the only one that does. */
  async pidOfBusyWorker(): Promise<number> {
    const busy = (await this.plane.getLoad()).filter((load) => load.routers > 0);
    expect(busy).toHaveLength(1);
    return busy[0]?.pid ?? 0;
  }

  /** Somebody who is not on this worker; who came there instead stays. */
  async attendApartFrom(pid: number, options: AttendOptions): Promise<Attendee> {
    const count = async () =>
      (await this.plane.getLoad()).find((load) => load.pid === pid)?.transports;
    for (;;) {
      const before = await count();
      const attendee = await this.meeting.attend(options);
      if ((await count()) === before) return attendee;
    }
  }
}
