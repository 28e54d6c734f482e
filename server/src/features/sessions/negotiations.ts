import {
  type DtlsParameters,
  type IceCandidate,
  type Identity,
  type ParticipantId,
  type RoomId,
  TRACK_SOURCES,
  type TrackInfo,
  type TransportId,
  type TransportInfo,
} from '@balai/protocol';
import { z } from 'zod';
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
 */
export interface Negotiations {
  /** Writes down how far a negotiation is. */
  write(roomId: RoomId, identity: Identity, negotiation: Negotiation): Promise<void>;

  /** Keeps those of stays that go on. */
  refresh(stays: readonly (readonly [RoomId, Identity])[]): Promise<void>;

  /** What the last stay of the person in the room left; null for nothing. */
  find(roomId: RoomId, identity: Identity): Promise<PendingNegotiation | null>;

  /** Drops what a stay left, unless a later stay has begun another one. */
  forget(roomId: RoomId, identity: Identity, participantId: ParticipantId): Promise<void>;
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

const FORGET = `
if redis.call('HGET', KEYS[1], '${PARTICIPANT}') ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
`;

/** Negotiations in Redis. */
export function createNegotiations(redis: RedisStore): Negotiations {
  return {
    async write(roomId, identity, { participantId, transports, answers, tracks }) {
      const keys = negotiationKeys(roomId, identity);
      const [offersKey, answersKey, candidatesKey] = keys;
      const { send, receive } = transports;
      const offers: Record<string, string> = { [PARTICIPANT]: participantId };
      for (const [direction, transport] of Object.entries({ send, receive })) {
        if (transport !== null) {
          const { transportId, iceParameters, dtlsParameters } = transport;
          offers[direction] = JSON.stringify({ transportId, iceParameters, dtlsParameters });
        }
      }
      for (const { source, name, isMuted } of tracks) {
        offers[`${TRACK}${source}`] = JSON.stringify({ source, name, isMuted });
      }
      const candidates = new Set(
        [send, receive]
          .flatMap((transport) => transport?.iceCandidates ?? [])
          .map((candidate) => JSON.stringify(candidate)),
      );
      await redis.run(async (client) => {
        const transaction = client
          .multi()
          .del(...keys)
          .hset(offersKey, offers);
        if (answers.size > 0) {
          transaction.hset(
            answersKey,
            Object.fromEntries([...answers].map(([id, dtls]) => [id, JSON.stringify(dtls)])),
          );
        }
        if (candidates.size > 0) {
          transaction.lpush(candidatesKey, ...candidates);
        }
        for (const key of keys) {
          transaction.pexpire(key, NEGOTIATION_LIFETIME_MS);
        }
        await transaction.exec();
      });
    },

    async refresh(stays) {
      for (let start = 0; start < stays.length; start += BATCH) {
        const keys = stays
          .slice(start, start + BATCH)
          .flatMap(([roomId, identity]) => negotiationKeys(roomId, identity));
        await redis.run(async (client) => {
          const pipeline = client.pipeline();
          for (const key of keys) {
            pipeline.pexpire(key, NEGOTIATION_LIFETIME_MS);
          }
          await pipeline.exec();
        });
      }
    },

    async find(roomId, identity) {
      const [offersKey, answersKey, candidatesKey] = negotiationKeys(roomId, identity);
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

    async forget(roomId, identity, participantId) {
      await redis.run((client) =>
        client.eval(FORGET, 3, ...negotiationKeys(roomId, identity), participantId),
      );
    },
  };
}
