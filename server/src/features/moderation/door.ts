import type { Grants, ParticipantRole, RoomId, Standing } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { RoomTicket } from '../../kernel/route.ts';
import { limitGrants } from '../sessions/grants.ts';
import type { Bans, EntryFacts } from './bans.ts';
import { isAllowed } from './policy.ts';
import type { RoomRulesDesk } from './room-rules.ts';

/** Somebody who wants to come in. */
export interface Comer extends Standing {
  readonly roomId: RoomId;
  readonly userId: string;
  readonly bearerId?: string;
  readonly isExpected?: boolean;
}

/** Whether somebody may come into a room as it is now, and as what. */
export interface Door {
  /**
   * Asked when somebody asks for a token.
   *
   * @throws AppError `banned`, `room_locked`.
   */
  assertAdmissible(comer: Comer): Promise<void>;

  /**
   * Asked when somebody waits in the lobby, and when they join.
   *
   * @param isPresent They are in the room already: a lock does not concern them.
   * @returns the ticket as `settle` does.
   * @throws AppError `banned`, `room_locked`.
   */
  admit(ticket: RoomTicket, isPresent: boolean): Promise<RoomTicket>;

  /** The ticket, with the role that its bearer was given after it was issued: an old one gives nothing back. */
  settle(ticket: RoomTicket): Promise<RoomTicket>;
}

export interface DoorDependencies {
  readonly bans: Pick<Bans, 'findEntry'>;
  readonly rules: Pick<RoomRulesDesk, 'find'>;
  /** Whether the person was sent out of the room: then they are new to it. */
  readonly wasSentOut: (roomId: RoomId, userId: string) => Promise<boolean>;
  /** What a role that was given lets its bearer do. */
  readonly grantsOf: (role: ParticipantRole) => Grants;
}

/** The door of rooms: bans, the lock, and roles that were given. */
export function createDoor({ bans, rules, wasSentOut, grantsOf }: DoorDependencies): Door {
  const check = async (
    comer: Comer,
    { isBanned, isRecent }: EntryFacts,
    isPresent: boolean,
  ): Promise<void> => {
    const { roomId, userId, bearerId = userId } = comer;
    // A host is never banned: that is not to shut them out of their own room.
    if (isBanned && comer.role !== 'host') {
      throw new AppError('banned');
    }
    const { isLocked } = await rules.find(roomId);
    if (!isLocked || isPresent || comer.isExpected || isAllowed('passLock', comer)) {
      return;
    }
    if (!isRecent || (await wasSentOut(roomId, bearerId))) {
      throw new AppError('room_locked');
    }
  };

  /** A ban is about the person, whatever stay of theirs the token came from. */
  const findEntry = async ({ roomId, userId, bearerId }: RoomTicket): Promise<EntryFacts> => {
    const entry = await bans.findEntry(roomId, userId);
    if (bearerId === undefined) {
      return entry;
    }
    const { isBanned } = await bans.findEntry(roomId, bearerId);
    return { ...entry, isBanned: entry.isBanned || isBanned };
  };

  return {
    async assertAdmissible(comer) {
      await check(comer, await bans.findEntry(comer.roomId, comer.userId), false);
    },

    async admit(ticket, isPresent) {
      const entry = await findEntry(ticket);
      const settled = withRole(ticket, entry, grantsOf);
      await check(settled, entry, isPresent);
      return settled;
    },

    settle: async (ticket) =>
      withRole(ticket, await bans.findEntry(ticket.roomId, ticket.userId), grantsOf),
  };
}

function withRole(
  ticket: RoomTicket,
  { given }: EntryFacts,
  grantsOf: DoorDependencies['grantsOf'],
): RoomTicket {
  if (
    given === null ||
    given.at < ticket.issuedAt ||
    given.role === ticket.role ||
    ticket.role === 'host'
  ) {
    return ticket;
  }
  const { hidden } = ticket.grants;
  const grants = limitGrants(grantsOf(given.role), ticket.limits);
  return { ...ticket, role: given.role, grants: { ...grants, hidden } };
}
