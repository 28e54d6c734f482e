import {
  type DtlsParameters,
  type IceCandidate,
  type ParticipantId,
  type RoomId,
  TRACK_SOURCES,
  type TrackInfo,
  type TransportId,
  type TransportInfo,
} from '@balai/protocol';
import { z } from 'zod';
import type { UserId } from '../../kernel/route.ts';
import { negotiationKeys } from '../../store/redis/keys.ts';
import type { RedisStore } from '../../store/redis/redis.ts';

/** How long a negotiation outlives the last that was heard of it. */
export const NEGOTIATION_LIFETIME_MS = 5 * 60_000;

/** What a stay and the SFU have offered and answered each other so far. */
export interface Negotiation {
  readonly participantId: ParticipantId;
  /** Offered by the SFU; null for a direction that the stay may not use. */
  readonly transports: {
    readonly send: TransportInfo | null;
    readonly receive: TransportInfo | null;
  };
  /** The client's answers, by transport. */
  readonly answers: ReadonlyMap<TransportId, DtlsParameters>;
  /** Offered by the client, and taken. */
  readonly tracks: readonly OfferedTrack[];
}

export type OfferedTrack = Pick<TrackInfo, 'source' | 'name' | 'isMuted'>;

/** What is left of the negotiation of a stay that was lost. */
export interface PendingNegotiation {
  readonly participantId: ParticipantId;
  readonly tracks: readonly OfferedTrack[];
  /** Whether every transport that was offered was answered. */
  readonly isAnswered: boolean;
  /** Where the SFU expected the client. */
  readonly candidates: readonly IceCandidate[];
}

/**
 * Keeps negotiations over lost sockets and stopped servers. Every method throws
 * AppError `unavailable` when Redis does not answer.
 *
 * What it costs: each change of a stay (joining, answering, publishing, muting,
 * leaving) is one round trip that writes the whole negotiation of that one stay, some
 * kilobytes, whose size depends on the transports and at most one track a source, and
 * not on how many people are in the room. So the cost grows with what people do, not
 * with its square. Beside that each stay costs three PEXPIRE a minute, batched.
 */
export interface Negotiations {
  /**
   * Writes down how far a negotiation is: as the last one, where it begins; else unless
   * a later stay of the person, perhaps on another server, has begun one since.
   */
  write(
    roomId: RoomId,
    userId: UserId,
    negotiation: Negotiation,
    isBeginning: boolean,
  ): Promise<void>;

  /** Keeps those of stays that go on. */
  refresh(stays: readonly (readonly [RoomId, UserId])[]): Promise<void>;

  /** What the last stay of the person in the room left; null for nothing. */
  find(roomId: RoomId, userId: UserId): Promise<PendingNegotiation | null>;

  /** Drops what a stay left, unless a later stay has begun another one. */
  forget(roomId: RoomId, userId: UserId, participantId: ParticipantId): Promise<void>;
}

const PARTICIPANT = 'participant';
const TRACK = 'track:';
/** Stays in one go to Redis. */
const BATCH = 500;

const track = z.object({
  source: z.enum(TRACK_SOURCES),
  name: z.string(),
  isMuted: z.boolean(),
});

/**
 * KEYS: offers, answers, candidates. ARGV: participant, whether it begins, lifetime,
 * how many texts are offers and how many are answers; then those, and the candidates.
 */
const WRITE = `
local holder = redis.call('HGET', KEYS[1], '${PARTICIPANT}')
if ARGV[2] ~= '1' and holder and holder ~= ARGV[1] then
  return 0
end
redis.call('DEL', unpack(KEYS))
local offers = 5 + tonumber(ARGV[4])
local answers = offers + tonumber(ARGV[5])
redis.call('HSET', KEYS[1], '${PARTICIPANT}', ARGV[1], unpack(ARGV, 6, offers))
if answers > offers then
  redis.call('HSET', KEYS[2], unpack(ARGV, offers + 1, answers))
end
if #ARGV > answers then
  redis.call('LPUSH', KEYS[3], unpack(ARGV, answers + 1))
end
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, ARGV[3])
end
return 1
`;

const FORGET = `
if redis.call('HGET', KEYS[1], '${PARTICIPANT}') ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
`;

/** Negotiations in Redis. */
export function createNegotiations(redis: RedisStore): Negotiations {
  return {
    async write(roomId, userId, negotiation, isBeginning) {
      const { participantId, transports, answers, tracks } = negotiation;
      const { send, receive } = transports;
      const offered: string[] = [];
      for (const [direction, transport] of Object.entries({ send, receive })) {
        if (transport !== null) {
          const { transportId, iceParameters, dtlsParameters } = transport;
          const offer = JSON.stringify({ transportId, iceParameters, dtlsParameters });
          offered.push(direction, offer);
        }
      }
      for (const { source, name, isMuted } of tracks) {
        offered.push(`${TRACK}${source}`, JSON.stringify({ source, name, isMuted }));
      }
      const answered = [...answers].flatMap(([id, dtls]) => [id, JSON.stringify(dtls)]);
      const candidates = new Set(
        [send, receive]
          .flatMap((transport) => transport?.iceCandidates ?? [])
          .map((candidate) => JSON.stringify(candidate)),
      );
      await redis.run((client) =>
        client.eval(
          WRITE,
          3,
          ...negotiationKeys(roomId, userId),
          participantId,
          isBeginning ? 1 : 0,
          NEGOTIATION_LIFETIME_MS,
          offered.length,
          answered.length,
          ...offered,
          ...answered,
          ...candidates,
        ),
      );
    },

    async refresh(stays) {
      for (let start = 0; start < stays.length; start += BATCH) {
        const keys = stays
          .slice(start, start + BATCH)
          .flatMap(([roomId, userId]) => negotiationKeys(roomId, userId));
        // No pipeline: in a cluster the rooms are on several servers.
        await redis.run((client) =>
          Promise.all(keys.map((key) => client.pexpire(key, NEGOTIATION_LIFETIME_MS))),
        );
      }
    },

    async find(roomId, userId) {
      const [offersKey, answersKey, candidatesKey] = negotiationKeys(roomId, userId);
      const [offers, answered, candidates] = await redis.run((client) =>
        Promise.all([
          client.hgetall(offersKey),
          client.hkeys(answersKey),
          client.lrange(candidatesKey, 0, -1),
        ]),
      );
      const participantId = offers[PARTICIPANT];
      if (participantId === undefined) {
        return null;
      }
      return {
        participantId,
        tracks: Object.entries(offers).flatMap(([field, text]) =>
          field.startsWith(TRACK) ? [track.parse(JSON.parse(text))] : [],
        ),
        isAnswered: ['send', 'receive']
          .flatMap((direction) => offers[direction] ?? [])
          .every((text) => answered.includes((JSON.parse(text) as TransportInfo).transportId)),
        // Only this module writes them.
        candidates: candidates.map((text) => JSON.parse(text) as IceCandidate),
      };
    },

    async forget(roomId, userId, participantId) {
      await redis.run((client) =>
        client.eval(FORGET, 3, ...negotiationKeys(roomId, userId), participantId),
      );
    },
  };
}
