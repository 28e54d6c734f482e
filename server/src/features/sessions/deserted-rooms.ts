import type { RoomId } from '@balai/protocol';
import type { Logger } from '../../kernel/logger.ts';
import type { UserId } from '../../kernel/route.ts';
import type { Database } from '../../store/postgres/database.ts';
import type { Job } from '../housekeeping/housekeeping.ts';
import type { Seats } from './seats.ts';

const PAGE = 200;
/** Comes before every UUID. */
const NIL = '00000000-0000-0000-0000-000000000000';
/** A room lives longer than it has to by this much at most. */
const INTERVAL_MS = 5_000;

interface DesertedRoom {
  readonly id: RoomId;
  readonly host_id: UserId;
}

export interface DesertedRoomsDependencies {
  readonly database: Database;
  readonly seats: Pick<Seats, 'count'>;
  /** Ends a room in the name of its host. */
  readonly endRoom: (roomId: RoomId, hostId: UserId) => Promise<unknown>;
  readonly logger: Logger;
}

/**
 * Ends the rooms of applications in which nobody has been for as long as the application
 * wants. Since when that is stands in the database, so that it does not matter which
 * server looks, nor whether it was restarted; who has just come has a seat before that
 * is written down.
 */
export function createDesertedRoomsJob(dependencies: DesertedRoomsDependencies): Job {
  const { database, seats, endRoom, logger } = dependencies;

  const end = async ({ id, host_id }: DesertedRoom): Promise<number> => {
    try {
      if ((await seats.count(id)) > 0) {
        return 0;
      }
      await endRoom(id, host_id);
      return 1;
    } catch (error) {
      logger.warn({ err: error, roomId: id }, 'a room that everybody left was not ended');
      return 0;
    }
  };

  return {
    name: 'end-deserted-rooms',
    intervalMs: INTERVAL_MS,
    async run() {
      let ended = 0;
      let after = NIL;
      for (;;) {
        const page = await database.call<DesertedRoom>('find_deserted_rooms', [after, PAGE]);
        for (const room of page) {
          ended += await end(room);
        }
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) {
          return ended === 0 ? undefined : { ended };
        }
        after = last.id;
      }
    },
  };
}
