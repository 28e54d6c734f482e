import type { RoomId, Standing } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { Bans } from './bans.ts';
import { isAllowed } from './policy.ts';
import type { RoomRulesDesk } from './room-rules.ts';

/** Somebody who wants to come in. */
export interface Comer extends Standing {
  readonly roomId: RoomId;
  readonly userId: string;
}

/**
 * Whether somebody may come into a room as it is now: asked when they ask for a
 * token, before they wait in the lobby, and when they join.
 *
 * @param isPresent They are in the room already: a lock does not concern them.
 * @throws AppError `banned`, `room_locked`.
 */
export type AssertAdmissible = (comer: Comer, isPresent?: boolean) => Promise<void>;

export interface DoorDependencies {
  readonly bans: Pick<Bans, 'findEntry'>;
  readonly rules: Pick<RoomRulesDesk, 'find'>;
  /** Whether the person was sent out of the room: then they are new to it. */
  readonly wasSentOut: (roomId: RoomId, userId: string) => Promise<boolean>;
}

/** The door of rooms: bans, and the lock. */
export function createDoor({ bans, rules, wasSentOut }: DoorDependencies): AssertAdmissible {
  return async (comer, isPresent = false) => {
    const { roomId, userId } = comer;
    const [{ isLocked }, { isBanned, isRecent }] = await Promise.all([
      rules.find(roomId),
      bans.findEntry(roomId, userId),
    ]);
    // A host is never banned: that is not to shut them out of their own room.
    if (isBanned && comer.role !== 'host') {
      throw new AppError('banned');
    }
    if (!isLocked || isPresent || isAllowed('passLock', comer)) {
      return;
    }
    if (!isRecent || (await wasSentOut(roomId, userId))) {
      throw new AppError('room_locked');
    }
  };
}
