import { randomUUID } from 'node:crypto';
import type { RoomId } from '@balai/protocol';
import type { Logger } from '../../../kernel/logger.ts';
import { openChannel } from '../../../store/redis/channel.ts';
import type { RedisStore } from '../../../store/redis/redis.ts';
import { HandedOnLately } from './handed-on-lately.ts';
import { createPeopleRecord, PROCESS_LEASE_MS } from './people-record.ts';
import type { ShareRoom } from './room-sharing.ts';
import { SharedRoom, type ToldChanges } from './shared-room.ts';

const CHANNEL = 'room_changes';
const HEARTBEAT_MS = 1_000;
const RENEWAL_INTERVAL_MS = 10_000;

/** The rooms of this process and those of the others as one. */
export interface SharedPresence {
  /** Of this process, for the others. */
  readonly processId: string;
  readonly shareRoom: ShareRoom;
  /** Settles when the others know of everybody who left here. Call it after `Sessions.drain`. */
  close(): Promise<void>;
}

/**
 * Opens the channel over which processes tell each other who comes, goes and does what in
 * their rooms. The people of a process that was not heard of for its lease are gone for the others.
 *
 * @param leaseMs Default 23 s. Tests make it short.
 * @throws AppError `unavailable`.
 */
export async function openSharedPresence(
  redis: RedisStore,
  logger: Logger,
  leaseMs = PROCESS_LEASE_MS,
): Promise<SharedPresence> {
  const processId = randomUUID();
  const record = createPeopleRecord(redis, processId, leaseMs);
  const rooms = new Map<RoomId, SharedRoom>();
  /** Rooms of which something may still be to be written. */
  const ending = new Map<RoomId, { readonly room: SharedRoom; readonly end: Promise<void> }>();

  const handedOn = new HandedOnLately();
  let isLeavingPeople = false;

  const reconcileAll = async (): Promise<void> => {
    await Promise.all([...rooms.values()].map((room) => room.reconcile()));
  };

  const hear = (text: string): void => {
    // Most rooms are not here: their changes need not be read.
    const end = text.indexOf(' ');
    rooms.get(text.slice(0, end))?.hear(JSON.parse(text.slice(end + 1)) as ToldChanges);
  };
  const channel = await openChannel(
    redis,
    CHANNEL,
    { message: hear, restored: () => void reconcileAll() },
    logger,
  );

  /** Leases and what depends on them: never later because there are many rooms. */
  const beat = async (): Promise<void> => {
    if (!(await record.renewLease())) {
      // The others may have given up the people of this process.
      void reconcileAll();
    }
    const processIds = new Set([...rooms.values()].flatMap((room) => [...room.processes()]));
    for (const gone of processIds.size === 0 ? [] : await record.findGone([...processIds])) {
      logger.warn({ processId: gone }, 'a control replica is gone, and its people with it');
      await Promise.all([...rooms.values()].map((room) => room.drop(gone)));
    }
    await Promise.all([...rooms.values()].map((room) => room.mend()));
    for (const [roomId, { room }] of ending) {
      await room.mend();
      if (!room.isAstray) {
        ending.delete(roomId);
      }
    }
  };

  const renewAll = async (): Promise<void> => {
    for (const room of [...rooms.values()]) {
      await room.renew();
    }
  };

  try {
    await record.renewLease();
  } catch (error) {
    await channel.close();
    throw error;
  }
  const timers = [
    every(Math.min(HEARTBEAT_MS, leaseMs / 3), beat, logger),
    // Records are kept, and looked at for what was missed.
    every(RENEWAL_INTERVAL_MS, renewAll, logger),
  ];

  return {
    processId,
    shareRoom(view) {
      const { roomId } = view;
      const previous = ending.get(roomId)?.room;
      // What it could not write any more is found when the record is read.
      ending.delete(roomId);
      const room = new SharedRoom({
        room: view,
        processId,
        record,
        logger,
        handedOn,
        before: previous?.settled() ?? Promise.resolve(),
        leavesPeople() {
          isLeavingPeople = true;
        },
        async tell(told) {
          await channel.publish(`${roomId} ${JSON.stringify(told)}`);
        },
        closed() {
          if (rooms.get(roomId) === room) {
            rooms.delete(roomId);
          }
          const end = room.settled().then(() => {
            if (ending.get(roomId)?.room === room && !room.isAstray) {
              ending.delete(roomId);
            }
          });
          ending.set(roomId, { room, end });
        },
      });
      rooms.set(roomId, room);
      return room;
    },
    async close() {
      for (const stop of timers) stop();
      handedOn.close();
      await Promise.all([...ending.values()].map(({ end }) => end));
      // Others go on with the people of this process, who are there until then.
      if (isLeavingPeople) {
        await channel.close();
        return;
      }
      await record.endLease().catch((error: unknown) => {
        logger.warn({ err: error }, 'the others learn only later that this process has ended');
      });
      await channel.close();
    },
  };
}

/** Again and again, never twice at a time. @returns what ends it. */
function every(intervalMs: number, task: () => Promise<void>, logger: Logger): () => void {
  let isRunning = false;
  const run = async (): Promise<void> => {
    if (isRunning) {
      return;
    }
    isRunning = true;
    try {
      await task();
    } catch (error) {
      logger.warn({ err: error }, 'presence could not be renewed; trying again soon');
    } finally {
      isRunning = false;
    }
  };
  const timer = setInterval(() => void run(), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
