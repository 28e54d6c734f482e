import type { Departures } from './departures.ts';
import type { LiveRoom } from './live-room.ts';

/** A room that somebody has in this process though nobody may be in it. */
export interface KeptRoom {
  /** Settles when it is known whom other processes have in it. @throws AppError `unavailable`. */
  ready(): Promise<void>;
  /** Idempotent. */
  release(): void;
}

/** @param room Kept already, by `LiveRooms.keep`. */
export function keptRoom(room: LiveRoom, departures: Pick<Departures, 'release'>): KeptRoom {
  let isReleased = false;
  return {
    ready: () => room.ready(),
    release() {
      if (isReleased) return;
      isReleased = true;
      departures.release(room);
    },
  };
}
