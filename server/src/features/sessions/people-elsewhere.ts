import type { Identity, RoomId } from '@balai/protocol';
import type { Logger } from '../../kernel/logger.ts';
import type { RoomTicket, UserId } from '../../kernel/route.ts';
import type { Inquiries, Topic } from '../../store/redis/inquiries.ts';
import type { Seats } from './seats.ts';
import type { Sessions } from './sessions.ts';

/** By what somebody in a room is known. */
export type Whom = { readonly identity: Identity } | { readonly userId: UserId };

/** Somebody who is in a room, in another process. */
export type PersonElsewhere = Pick<
  RoomTicket,
  'userId' | 'bearerId' | 'identity' | 'name' | 'grants'
>;

/** Who is in the rooms of the other processes. */
export interface PeopleElsewhere {
  /**
   * Somebody in a room, whose arrival is written down by now.
   *
   * @throws AppError `unavailable` where nobody can say.
   */
  find(roomId: RoomId, whom: Whom): Promise<PersonElsewhere | undefined>;

  /** As `find`, for who may well be nowhere: who has no seat is not asked for. */
  findSeated(roomId: RoomId, userId: UserId): Promise<PersonElsewhere | undefined>;

  /** Makes sure that the arrival of who is in the room is written down. Never rejects. */
  settleArrival(roomId: RoomId, whom: Whom): Promise<void>;

  /** @throws AppError `unavailable`. */
  isAnybodyIn(roomId: RoomId): Promise<boolean>;
}

export interface PeopleElsewhereOptions {
  readonly inquiries: Inquiries;
  readonly sessions: Pick<Sessions, 'findRoom' | 'findStay' | 'findStayOf' | 'recordArrival'>;
  readonly seats: Pick<Seats, 'findAbsent'>;
  readonly logger: Logger;
}

const PERSON: Topic<{ readonly roomId: RoomId; readonly whom: Whom }, PersonElsewhere> = {
  name: 'person',
};
const PRESENCE: Topic<RoomId, true> = { name: 'presence' };

/** Asks the other processes for their people, and answers for those of this one. */
export function createPeopleElsewhere(options: PeopleElsewhereOptions): PeopleElsewhere {
  const { inquiries, sessions, seats, logger } = options;

  inquiries.answer(PERSON, async ({ roomId, whom }) => {
    const stay =
      'identity' in whom
        ? sessions.findStay(roomId, whom.identity)
        : sessions.findStayOf(roomId, whom.userId);
    if (stay === undefined) {
      return undefined;
    }
    await sessions.recordArrival(stay);
    const { userId, bearerId, identity, name, grants } = stay.ticket;
    return { userId, identity, name, grants, ...(bearerId === undefined ? {} : { bearerId }) };
  });
  inquiries.answer(PRESENCE, async (roomId) =>
    sessions.findRoom(roomId)?.stays().length ? true : undefined,
  );

  const find: PeopleElsewhere['find'] = (roomId, whom) => inquiries.find(PERSON, { roomId, whom });
  const findSeated: PeopleElsewhere['findSeated'] = async (roomId, userId) =>
    (await seats.findAbsent(roomId, [userId])).length > 0
      ? undefined
      : await find(roomId, { userId });

  return {
    find,
    findSeated,
    async settleArrival(roomId, whom) {
      try {
        await ('userId' in whom ? findSeated(roomId, whom.userId) : find(roomId, whom));
      } catch (error) {
        logger.warn({ err: error, roomId }, 'an arrival in another process may not be written');
      }
    },
    isAnybodyIn: async (roomId) => (await inquiries.find(PRESENCE, roomId)) !== undefined,
  };
}
