/** What one family of Redis keys is, for readers, reviewers and operators. */
export interface KeySpec {
  /** The key, with `{placeholders}`. */
  readonly pattern: string;
  readonly type: 'string' | 'hash' | 'set' | 'sorted set' | 'list' | 'stream';
  /** When it goes away by itself. Every key does. */
  readonly lifetime: string;
  /** The folder under `src/` whose code writes it; nobody else does. */
  readonly owner: string;
  readonly purpose: string;
}

/**
 * Every key that Balai writes into Redis. A key that is not in this list does
 * not exist.
 */
export const REDIS_KEYS = {
  rateLimit: {
    pattern: 'rate:{limit}:{subject}',
    type: 'string',
    lifetime: 'the window of the limit',
    owner: 'store/redis/rate-limit.ts',
    purpose: 'Points that a subject (an address, an account) has used of a limit.',
  },
  roomParticipants: {
    pattern: 'room_participants:{roomId}',
    type: 'sorted set',
    lifetime: '30 s after the last heartbeat of anybody in the room',
    owner: 'features/sessions/seats.ts',
    purpose: 'Seats: each identity in the room, with the moment (ms since 1970) its lease ends.',
  },
  roomParticipantOwners: {
    pattern: 'room_participant_owners:{roomId}',
    type: 'hash',
    lifetime: '30 s after the last heartbeat of anybody in the room',
    owner: 'features/sessions/seats.ts',
    purpose: 'Which stay (participant id) holds the seat of each identity.',
  },
  roomInfo: {
    pattern: 'room_info:{roomId}',
    type: 'hash',
    lifetime: '30 min after it was written; 30 s while it is being read or changed',
    owner: 'features/rooms/room-cache.ts',
    purpose: 'What everybody may know of a room. Written when it is read, dropped when it changes.',
  },
  housekeepingTurn: {
    pattern: 'housekeeping:{job}',
    type: 'string',
    lifetime: 'the interval of the job; longer while it runs',
    owner: 'features/housekeeping/turns.ts',
    purpose: 'Which process has run the job last, or runs it: nobody else does meanwhile.',
  },
} as const satisfies Record<string, KeySpec>;

/** Prefix under which a limit counts its subjects. */
export function rateLimitPrefix(limit: string): string {
  return `rate:${limit}`;
}

/** Seats of a room. Braces keep both keys of a room on one node of a Redis Cluster. */
export function roomParticipantsKey(roomId: string): string {
  return `room_participants:{${roomId}}`;
}

/** Holders of the seats of a room. */
export function roomParticipantOwnersKey(roomId: string): string {
  return `room_participant_owners:{${roomId}}`;
}

/** What is known of a room. */
export function roomInfoKey(roomId: string): string {
  return `room_info:${roomId}`;
}

/** The turn of a job that one process runs for all. */
export function housekeepingTurnKey(job: string): string {
  return `housekeeping:${job}`;
}
