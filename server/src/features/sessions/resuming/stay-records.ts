import { randomUUID } from 'node:crypto';
import type {
  DtlsParameters,
  ParticipantId,
  ParticipantInfo,
  RoomId,
  Timestamp,
  TrackId,
  TransportId,
} from '@balai/protocol';
import type { RoomTicket } from '../../../kernel/route.ts';
import { stayClaimKey, stayKey } from '../../../store/redis/keys.ts';
import type { RedisStore } from '../../../store/redis/redis.ts';
import type { Stay, Transports } from '../stay.ts';

/** How long a record outlives the last that was heard of its stay. */
export const RECORD_LIFETIME_MS = 2 * 60_000;

/** Longer than it takes to go on with a stay: the claim of a process that dies ends by itself. */
const CLAIM_LIFETIME_MS = 15_000;

const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
`;

/** All that another process needs to go on with a stay, besides its media. Survives JSON. */
export interface StayRecord {
  readonly participantId: ParticipantId;
  readonly ticket: RoomTicket;
  readonly joinedAt: Timestamp;
  readonly graceMs: number;
  readonly canMove: boolean;
  /** As the others see them, or would if they were not hidden. */
  readonly info: ParticipantInfo;
  /** Of their media, as `AdoptableMedia.locate` says it. */
  readonly location: string;
  readonly transports: Transports;
  readonly answers: readonly (readonly [TransportId, DtlsParameters])[];
  readonly clientTrackIds: readonly (readonly [TrackId, string])[];
  /** As it was when the record was written: what a process told just before it was killed is missing. */
  readonly told: readonly (readonly [string, readonly string[]])[];
  readonly shownIn: readonly (readonly [RoomId, ParticipantId])[];
  readonly withheld: readonly TrackId[];
}

export function recordOf(stay: Stay, info: ParticipantInfo, location: string): StayRecord {
  const { participantId, ticket, joinedAt, connection, canMove, transports } = stay;
  return {
    participantId,
    ticket,
    joinedAt: joinedAt.toISOString(),
    graceMs: connection.graceMs,
    canMove,
    info,
    location,
    transports,
    answers: [...stay.answers],
    clientTrackIds: [...stay.clientTrackIds],
    told: [...stay.told],
    shownIn: [...stay.shownIn],
    withheld: [...stay.withheld],
  };
}

/**
 * Stays as processes have them that may die. Every method throws AppError `unavailable` when
 * Redis does not answer.
 *
 * What it costs: one SET of some kilobytes for each change of a stay, whatever the size of the
 * room, and one a minute.
 */
export interface StayRecords {
  write(record: StayRecord): Promise<void>;
  find(roomId: RoomId, participantId: ParticipantId): Promise<StayRecord | null>;
  forget(roomId: RoomId, participantId: ParticipantId): Promise<void>;
  /**
   * Has one process at a time go on with a stay, for as long as that may take.
   *
   * @returns what another one may do so after; undefined while one does.
   */
  claim(roomId: RoomId, participantId: ParticipantId): Promise<(() => Promise<void>) | undefined>;
  /** Calls this when records may have been lost. @returns what ends that. */
  onLoss(listener: () => void): () => void;
}

/** In Redis. */
export function createStayRecords(redis: RedisStore): StayRecords {
  return {
    async write(record) {
      const key = stayKey(record.ticket.roomId, record.participantId);
      await redis.run((client) =>
        client.set(key, JSON.stringify(record), 'PX', RECORD_LIFETIME_MS),
      );
    },
    async find(roomId, participantId) {
      const text = await redis.run((client) => client.get(stayKey(roomId, participantId)));
      // Only this module writes them.
      return text === null ? null : (JSON.parse(text) as StayRecord);
    },
    async forget(roomId, participantId) {
      await redis.run((client) => client.del(stayKey(roomId, participantId)));
    },
    async claim(roomId, participantId) {
      const key = stayClaimKey(roomId, participantId);
      const claim = randomUUID();
      const isMine = await redis.run((client) =>
        client.set(key, claim, 'PX', CLAIM_LIFETIME_MS, 'NX'),
      );
      if (isMine === null) return undefined;
      return async () => {
        await redis.run((client) => client.eval(RELEASE, 1, key, claim));
      };
    },
    onLoss: (listener) => redis.onReturn(listener),
  };
}
