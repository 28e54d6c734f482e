import type { ParticipantId, RoomId } from '@balai/protocol';
import { AppError } from '../../kernel/app-error.ts';
import type { UserId } from '../../kernel/route.ts';
import { roomParticipantOwnersKey, roomParticipantsKey } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';
import { createCurrentRooms } from './current-rooms.ts';

/** How long a seat outlives the last heartbeat of its holder. */
export const SEAT_LEASE_MS = 30_000;
/** A lease outlives two lost heartbeats. */
export const SEAT_HEARTBEAT_MS = 10_000;
/** Seats refreshed or looked at in one go: Redis does nothing else meanwhile. */
const REFRESH_BATCH = 250;

/** A seat that one stay holds. */
export interface Seat {
  readonly roomId: RoomId;
  readonly userId: UserId;
  readonly participantId: ParticipantId;
}

/** A seat as `take` leaves it; `giveBack` undoes that. */
export interface TakenSeat extends Seat {
  /** Stay of the same person that held the seat until now. */
  readonly takenFrom: ParticipantId | null;
}

/**
 * Who sits where, over all processes. A seat belongs to a person and is held
 * by one stay, under a lease: the seat of a process that died is free again
 * when its lease ends. The time is Redis's own.
 *
 * Every method throws AppError `unavailable` when Redis does not answer.
 */
export interface Seats {
  /**
   * Takes a seat, or takes over the one that the person has.
   *
   * @param findHeld The seats of the room that this process's stays hold. Where Redis
   * has fewer, it has lost some: they come back before anybody else gets one.
   * @param mayTakeOver Whether another stay of the person gives way. Default true.
   * @throws AppError `room_full`, `identity_taken`.
   */
  take(
    seat: Seat,
    maxUsers: number,
    findHeld?: () => readonly Seat[],
    mayTakeOver?: boolean,
  ): Promise<TakenSeat>;

  /** Undoes `take`: whoever held the seat holds it again, if they are still there. */
  giveBack(seat: TakenSeat, isPreviousHolderHere: boolean): Promise<void>;

  /** Frees a seat, unless somebody else took it over. */
  release(seat: Seat): Promise<void>;

  /**
   * Renews the leases of these seats of one room. A seat that Redis has lost
   * comes back.
   *
   * @returns those that another stay has taken over.
   */
  refresh(roomId: RoomId, seats: readonly Seat[]): Promise<readonly Seat[]>;

  /** Those of the people that have no seat in the room, or one whose lease is over. */
  findAbsent(roomId: RoomId, userIds: readonly UserId[]): Promise<readonly UserId[]>;

  /** How many seats of a room are held now. */
  count(roomId: RoomId): Promise<number>;

  /** Whether the person could enter now: it has a seat, or one is free. */
  hasSeat(roomId: RoomId, userId: UserId, maxUsers: number): Promise<boolean>;
}

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

const EXTEND = `
redis.call('PEXPIRE', KEYS[1], lease)
redis.call('PEXPIRE', KEYS[2], lease)
`;

const IS_TAKEN = 1;
const IS_LOSS = 2;
const IS_HELD = 3;

/**
 * ARGV: user, participant, seats of the room, lease, seats that are known to be
 * held, whether another stay gives way. Returns whether, and from whom.
 */
const TAKE = `
${NOW}
local userId, participant, seats, lease = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], gone)
  redis.call('HDEL', KEYS[2], gone)
end
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[5]) then
  return {${IS_LOSS}, ''}
end
local isSeated = redis.call('ZSCORE', KEYS[1], userId)
if isSeated and ARGV[6] == '0' then
  return {${IS_HELD}, ''}
end
if not isSeated and redis.call('ZCARD', KEYS[1]) >= seats then
  return {0, ''}
end
local previous = redis.call('HGET', KEYS[2], userId) or ''
redis.call('ZADD', KEYS[1], now + lease, userId)
redis.call('HSET', KEYS[2], userId, participant)
${EXTEND}
return {${IS_TAKEN}, previous}
`;

/** ARGV: user, participant, previous participant or ''. */
const GIVE_BACK = `
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then
  return 0
end
if ARGV[3] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
end
return 1
`;

/** ARGV: lease, then user and participant of each seat. Returns people that lost theirs. */
const REFRESH = `
${NOW}
local lease = ARGV[1]
local lost = {}
for i = 2, #ARGV, 2 do
  local holder = redis.call('HGET', KEYS[2], ARGV[i])
  if holder and holder ~= ARGV[i + 1] then
    lost[#lost + 1] = ARGV[i]
  else
    redis.call('ZADD', KEYS[1], now + lease, ARGV[i])
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
end
${EXTEND}
return lost
`;

/** ARGV: user, seats of the room. */
const HAS_SEAT = `
${NOW}
local leaseEnd = redis.call('ZSCORE', KEYS[1], ARGV[1])
if leaseEnd and tonumber(leaseEnd) > now then
  return 1
end
if redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf') < tonumber(ARGV[2]) then
  return 1
end
return 0
`;

const COUNT = `
${NOW}
return redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf')
`;

/** ARGV: people. Returns those without a living seat. */
const FIND_ABSENT = `
${NOW}
local absent = {}
for i = 1, #ARGV do
  local leaseEnd = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if not leaseEnd or tonumber(leaseEnd) <= now then
    absent[#absent + 1] = ARGV[i]
  end
end
return absent
`;

/** @param leaseMs Tests make it short. */
export function createSeats(redis: RedisStore, leaseMs: number = SEAT_LEASE_MS): Seats {
  const evaluate = (script: string, roomId: RoomId, args: readonly (string | number)[]) =>
    redis.run((client) =>
      client.eval(
        script,
        2,
        roomParticipantsKey(roomId),
        roomParticipantOwnersKey(roomId),
        ...args,
      ),
    );
  const currentRooms = createCurrentRooms(redis, leaseMs);

  /** Nobody waits: a seat counts without it, and the next heartbeat writes what was lost. */
  const mention = (work: Promise<void>): void => {
    work.catch(ignoreLoss);
  };

  const tryToTake = async (
    seat: Seat,
    maxUsers: number,
    heldCount: number,
    mayTakeOver: boolean,
  ) => {
    const { roomId, userId, participantId } = seat;
    const args = [userId, participantId, maxUsers, leaseMs, heldCount, mayTakeOver ? 1 : 0];
    return (await evaluate(TAKE, roomId, args)) as [outcome: number, previous: string];
  };

  const seats: Seats = {
    async take(seat, maxUsers, findHeld = () => [], mayTakeOver = true) {
      const { roomId, userId } = seat;
      let [outcome, previous] = await tryToTake(seat, maxUsers, findHeld().length, mayTakeOver);
      if (outcome === IS_LOSS) {
        // Who has left meanwhile is not among them: their release came before this.
        await seats.refresh(roomId, findHeld());
        [outcome, previous] = await tryToTake(seat, maxUsers, 0, mayTakeOver);
      }
      if (outcome !== IS_TAKEN) {
        throw new AppError(outcome === IS_HELD ? 'identity_taken' : 'room_full');
      }
      mention(currentRooms.enter(roomId, userId));
      return { ...seat, takenFrom: previous === '' ? null : previous };
    },
    async giveBack({ roomId, userId, participantId, takenFrom }, isPreviousHolderHere) {
      const previous = isPreviousHolderHere ? (takenFrom ?? '') : '';
      const isFreed = await evaluate(GIVE_BACK, roomId, [userId, participantId, previous]);
      if (isFreed === 1 && previous === '') {
        mention(currentRooms.leave(roomId, userId));
      }
    },
    async release({ roomId, userId, participantId }) {
      const isFreed = await evaluate(GIVE_BACK, roomId, [userId, participantId, '']);
      if (isFreed === 1) {
        mention(currentRooms.leave(roomId, userId));
      }
    },
    async refresh(roomId, seats) {
      const lost = new Set<UserId>();
      for (let start = 0; start < seats.length; start += REFRESH_BATCH) {
        const batch = seats.slice(start, start + REFRESH_BATCH);
        const args = batch.flatMap(({ userId, participantId }) => [userId, participantId]);
        const answer = await evaluate(REFRESH, roomId, [leaseMs, ...args]);
        for (const userId of answer as UserId[]) {
          lost.add(userId);
        }
        const kept = batch.map(({ userId }) => userId).filter((userId) => !lost.has(userId));
        await currentRooms.refresh(roomId, kept);
      }
      return seats.filter(({ userId }) => lost.has(userId));
    },
    async findAbsent(roomId, userIds) {
      const absent: UserId[] = [];
      for (let start = 0; start < userIds.length; start += REFRESH_BATCH) {
        const batch = userIds.slice(start, start + REFRESH_BATCH);
        absent.push(...((await evaluate(FIND_ABSENT, roomId, batch)) as UserId[]));
      }
      return absent;
    },
    async count(roomId) {
      return (await evaluate(COUNT, roomId, [])) as number;
    },
    async hasSeat(roomId, userId, maxUsers) {
      return (await evaluate(HAS_SEAT, roomId, [userId, maxUsers])) === 1;
    },
  };
  return seats;
}

function ignoreLoss(): undefined {
  return undefined;
}
