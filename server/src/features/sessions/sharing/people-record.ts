import type { ParticipantId, ParticipantInfo, RoomId } from '@balai/protocol';
import { controlLeaseKey, roomPeopleKey } from '../../../store/redis/keys.ts';
import type { RedisStore } from '../../../store/redis/redis.ts';

/**
 * How long the people of a process outlive the last that was heard of it: in that time they may
 * go on with another one, as they could with the same one after they lost it.
 */
export const PROCESS_LEASE_MS = 23_000;
/** The record of a room outlives its last renewal by this. */
const RECORD_LIFETIME_MS = 60_000;

/** Somebody in a room, and in which process their stay is. */
export interface RecordedPerson {
  readonly processId: string;
  readonly info: ParticipantInfo;
}

/** Everybody in a room, as all processes wrote it. */
export interface RecordedPeople {
  /** Counts what was written; 0 where nothing was. */
  readonly version: number;
  readonly people: ReadonlyMap<ParticipantId, RecordedPerson>;
}

/**
 * Who is in which room, over all processes, and which of them are alive. Every method
 * throws AppError `unavailable` when Redis does not answer.
 */
export interface PeopleRecord {
  read(roomId: RoomId): Promise<RecordedPeople>;

  /**
   * Writes how people of this process are now; null for who is gone.
   *
   * @returns the version that the record has with it.
   */
  write(
    roomId: RoomId,
    people: ReadonlyMap<ParticipantId, ParticipantInfo | null>,
  ): Promise<number>;

  /** Takes out who is there as of a process that is gone. */
  forget(roomId: RoomId, processId: string, people: readonly ParticipantId[]): Promise<void>;

  /** Keeps the record of a room. @returns its version. */
  renew(roomId: RoomId): Promise<number>;

  /** Says that this process is alive. @returns whether that was still known. */
  renewLease(): Promise<boolean>;

  /** The processes of which nobody knows that they are alive. */
  findGone(processIds: readonly string[]): Promise<readonly string[]>;

  /** This process is about to end. */
  endLease(): Promise<void>;
}

/** No participant has this id: theirs are UUIDs. */
const VERSION = 'version';

/** ARGV: lifetime, then id and text of each person; '' for who is gone. */
const WRITE = `
for i = 2, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
local version = redis.call('HINCRBY', KEYS[1], '${VERSION}', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return version
`;

/** ARGV: the process with a space, then people. They may be of another process by now. */
const FORGET = `
local isChanged = false
for i = 2, #ARGV do
  local text = redis.call('HGET', KEYS[1], ARGV[i])
  if text and string.sub(text, 1, #ARGV[1]) == ARGV[1] then
    redis.call('HDEL', KEYS[1], ARGV[i])
    isChanged = true
  end
end
if isChanged then
  redis.call('HINCRBY', KEYS[1], '${VERSION}', 1)
end
return 1
`;

/**
 * @param processId Of this process; without spaces.
 * @param leaseMs Tests make it short.
 */
export function createPeopleRecord(
  redis: RedisStore,
  processId: string,
  leaseMs = PROCESS_LEASE_MS,
): PeopleRecord {
  return {
    async read(roomId) {
      const { [VERSION]: version, ...texts } = await redis.run((client) =>
        client.hgetall(roomPeopleKey(roomId)),
      );
      const people = Object.entries(texts).map(([id, text]) => [id, personOf(text)] as const);
      return { version: Number(version ?? 0), people: new Map(people) };
    },
    async write(roomId, people) {
      const args = [...people].flatMap(([participantId, info]) => [
        participantId,
        info === null ? '' : `${processId} ${JSON.stringify(info)}`,
      ]);
      return (await redis.run((client) =>
        client.eval(WRITE, 1, roomPeopleKey(roomId), RECORD_LIFETIME_MS, ...args),
      )) as number;
    },
    async forget(roomId, gone, people) {
      await redis.run((client) =>
        client.eval(FORGET, 1, roomPeopleKey(roomId), `${gone} `, ...people),
      );
    },
    async renew(roomId) {
      const key = roomPeopleKey(roomId);
      const [version] = await redis.run((client) =>
        Promise.all([client.hget(key, VERSION), client.pexpire(key, RECORD_LIFETIME_MS)]),
      );
      return Number(version ?? 0);
    },
    async renewLease() {
      const before = await redis.run((client) =>
        client.set(controlLeaseKey(processId), '1', 'PX', leaseMs, 'GET'),
      );
      return before !== null;
    },
    async findGone(processIds) {
      const found = await redis.run((client) =>
        Promise.all(processIds.map((id) => client.exists(controlLeaseKey(id)))),
      );
      return processIds.filter((_, index) => found[index] === 0);
    },
    async endLease() {
      await redis.run((client) => client.del(controlLeaseKey(processId)));
    },
  };
}

function personOf(text: string): RecordedPerson {
  const end = text.indexOf(' ');
  return {
    processId: text.slice(0, end),
    info: JSON.parse(text.slice(end + 1)) as ParticipantInfo,
  };
}
