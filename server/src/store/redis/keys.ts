/** What one family of Redis keys is, for readers, reviewers and operators. */
export interface KeySpec {
  /**
   * The key, with `{placeholders}`. Braces around one, `{{roomId}}`, are in the key: in a
   * Redis Cluster keys with the same text between braces are on the same server, as all
   * keys of one script have to be.
   */
  readonly pattern: string;
  readonly type: 'string' | 'hash' | 'set' | 'sorted set' | 'list' | 'stream';
  /** When it goes away by itself. Every key does. */
  readonly lifetime: string;
  /** The files under `src/` whose code writes it; nobody else does. */
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
  failures: {
    pattern: 'failures:{{limit}:{subject}}',
    type: 'string',
    lifetime: 'the window of the limit',
    owner: 'store/redis/failure-limit.ts',
    purpose: 'How often a subject (an address, an account) got something wrong: a password.',
  },
  attempts: {
    pattern: 'attempts:{{limit}:{subject}}',
    type: 'sorted set',
    lifetime: '30 s after the last attempt began',
    owner: 'store/redis/failure-limit.ts',
    purpose: 'Attempts under way, each with the moment (ms since 1970) its lease ends.',
  },
  apiRateLimit: {
    pattern: 'api_rate_limit:{userId}:{endpoint}',
    type: 'string',
    lifetime: '60 s after the first request',
    owner: 'store/redis/rate-limit.ts',
    purpose: 'Requests of a user to one endpoint (method and path of the route) in this minute.',
  },
  wsRateLimit: {
    pattern: 'ws_rate_limit:{userId}:{roomId}',
    type: 'string',
    lifetime: '10 s after the first message',
    owner: 'store/redis/rate-limit.ts',
    purpose: 'Messages of a user in a room over all their sockets and all processes.',
  },
  userSession: {
    pattern: 'user_sessions:{tokenHash}',
    type: 'hash',
    lifetime: '24 h after the last sign-in or refresh; 15 min once it is revoked',
    owner: 'features/accounts/session-cache.ts',
    purpose:
      'A signed-in session that was found in the database, or that it is revoked. The hash is the SHA-256 of what all its refresh tokens have in common.',
  },
  userSessionIndex: {
    pattern: 'user_sessions:{userId}',
    type: 'set',
    lifetime: '24 h after the last sign-in or refresh',
    owner: 'features/accounts/session-cache.ts',
    purpose: 'The hashes of the sessions of a user that are in the cache.',
  },
  userProfile: {
    pattern: 'user_profile:{userId}',
    type: 'hash',
    lifetime: '1 h after it was written; 30 s while it is being read or changed',
    owner: 'features/accounts/profiles.ts',
    purpose: 'Name, picture and status of a user. Written when read, dropped when changed.',
  },
  userCurrentRoom: {
    pattern: 'user_current_room:{userId}',
    type: 'string',
    lifetime: '30 s after the last heartbeat of the user in a room',
    owner: 'features/sessions/current-rooms.ts',
    purpose: 'The room that a user is in: the one joined last, where there are several.',
  },
  roomParticipants: {
    pattern: 'room_participants:{{roomId}}',
    type: 'sorted set',
    lifetime: '30 s after the last heartbeat of anybody in the room',
    owner: 'features/sessions/seats.ts',
    purpose: 'Seats: each user in the room, with the moment (ms since 1970) its lease ends.',
  },
  roomParticipantOwners: {
    pattern: 'room_participant_owners:{{roomId}}',
    type: 'hash',
    lifetime: '30 s after the last heartbeat of anybody in the room',
    owner: 'features/sessions/seats.ts',
    purpose: 'Which stay (participant id) holds the seat of each user.',
  },
  roomInfo: {
    pattern: 'room_info:{roomId}',
    type: 'hash',
    lifetime: '30 min after it was written; 30 s while it is being read or changed',
    owner: 'features/rooms/room-cache.ts',
    purpose: 'What everybody may know of a room. Written when it is read, dropped when it changes.',
  },
  roomCodecs: {
    pattern: 'room_codecs:{roomId}',
    type: 'hash',
    lifetime: '30 min after it was written; 30 s while it is being read or changed',
    owner: 'features/rooms/room-codecs.ts',
    purpose:
      'In which codecs a room would have its video sent. Written when it is read, dropped when it changes.',
  },
  roomRules: {
    pattern: 'room_rules:{roomId}',
    type: 'hash',
    lifetime: '30 min after it was written; 30 s while it is being read or changed',
    owner: 'features/moderation/room-rules.ts',
    purpose:
      'Lock, spotlight, lobby and stage of a room, and what people may show there. Written when it is read, dropped when it changes.',
  },
  revokedIdentity: {
    pattern: 'revoked_identities:{roomId}:{userId}',
    type: 'string',
    lifetime: '24 h after the person was sent out',
    owner: 'features/moderation/revocations.ts',
    purpose:
      'When somebody was sent out of a room (ms since 1970): their tokens for it from before are void.',
  },
  lobbyAdmission: {
    pattern: 'lobby_admission:{roomId}:{userId}',
    type: 'string',
    lifetime: '12 h after the person was let in',
    owner: 'features/lobby/admissions.ts',
    purpose: 'Somebody was let in from the lobby of a room, and does not wait there again.',
  },
  deniedToken: {
    pattern: 'denied_tokens:{projectId}:{tokenId}',
    type: 'string',
    lifetime: '24 h, or until the token expires, if that is later',
    owner: 'features/application-tokens/denied-tokens.ts',
    purpose: 'An application took back a room token that it had signed; the id is its `jti`.',
  },
  webrtcOffers: {
    pattern: 'webrtc_offers:{{roomId}}:{userId}:sfu',
    type: 'hash',
    lifetime: '5 min after the last change, or the last minute of the stay',
    owner: 'features/sessions/negotiations.ts',
    purpose:
      'What client and SFU offered each other: the stay, the transports of the SFU by direction, the tracks of the client.',
  },
  webrtcAnswers: {
    pattern: 'webrtc_answers:{{roomId}}:{userId}:sfu',
    type: 'hash',
    lifetime: 'as webrtc_offers',
    owner: 'features/sessions/negotiations.ts',
    purpose: 'DTLS parameters with which the client answered, by transport.',
  },
  webrtcIceCandidates: {
    pattern: 'webrtc_ice_candidates:{{roomId}}:{userId}:sfu',
    type: 'list',
    lifetime: 'as webrtc_offers',
    owner: 'features/sessions/negotiations.ts',
    purpose: 'Addresses at which the SFU expects the client.',
  },
  mediaNodes: {
    pattern: 'media_nodes:{{cluster}}',
    type: 'sorted set',
    lifetime: '60 s after the last report of any media node',
    owner: 'cluster/registry.ts',
    purpose:
      'Media nodes, each with the moment (ms since 1970) its lease ends: 2.8 s after its last report. The name of the cluster is `nodes`.',
  },
  mediaNode: {
    pattern: 'media_node:{{cluster}}:{nodeId}',
    type: 'hash',
    lifetime: '60 s after its last report',
    owner: 'cluster/registry.ts',
    purpose:
      'A media node: what it is, its load as it was measured, what was reserved there since, whether it is being drained.',
  },
  roomNodes: {
    pattern: 'room_nodes:{{roomId}}',
    type: 'hash',
    lifetime: '30 s after the last replica with people in the room renewed it',
    owner: 'cluster/redis-room-places.ts',
    purpose:
      'On which media nodes a room has people: for each node and control replica their number, and the moment (ms since 1970) that is good until.',
  },
  roomTracks: {
    pattern: 'room_tracks:{{roomId}}',
    type: 'hash',
    lifetime: 'as room_nodes',
    owner: 'cluster/redis-room-places.ts',
    purpose: 'On which media node each track of a room is published.',
  },
  roomPeople: {
    pattern: 'room_people:{{roomId}}',
    type: 'hash',
    lifetime: '60 s after a control replica with people in the room renewed it',
    owner: 'features/sessions/sharing/people-record.ts',
    purpose:
      'Everybody in a room as the others see them, each with the control replica where their stay is, and how often that was written.',
  },
  controlLease: {
    pattern: 'control_lease:{processId}',
    type: 'string',
    lifetime: '23 s after the last heartbeat',
    owner: 'features/sessions/sharing/people-record.ts',
    purpose: 'A control replica is alive: without it, its people are gone for the others.',
  },
  stay: {
    pattern: 'stay:{{roomId}}:{participantId}',
    type: 'string',
    lifetime: '2 min after the last that was heard of the stay',
    owner: 'features/sessions/resuming/stay-records.ts',
    purpose: 'A stay as its control replica has it, for the one that goes on with it.',
  },
  stayClaim: {
    pattern: 'stay_claim:{{roomId}}:{participantId}',
    type: 'string',
    lifetime: '15 s, or until the stay goes on',
    owner: 'features/sessions/resuming/stay-records.ts',
    purpose: 'A control replica is about to go on with a stay: no other one does meanwhile.',
  },
  probe: {
    pattern: 'probe',
    type: 'string',
    lifetime: '10 s',
    owner: 'store/redis/redis.ts',
    purpose: 'Written to see whether Redis takes writes: `/readyz`.',
  },
  housekeepingTurn: {
    pattern: 'housekeeping:{job}',
    type: 'string',
    lifetime: 'until the next run is due; at least 30 s while it runs',
    owner: 'features/housekeeping/turns.ts',
    purpose: 'Which process has run the job last, or runs it: nobody else does meanwhile.',
  },
} as const satisfies Record<string, KeySpec>;

/** Prefix under which a limit counts its subjects. */
export function rateLimitPrefix(limit: string): string {
  return `rate:${limit}`;
}

/** Written to see whether that works. */
export const PROBE_KEY = 'probe';

/** What a subject got wrong. */
export function failuresKey(limit: string, subject: string): string {
  return `failures:{${limit}:${subject}}`;
}

/** What a subject is trying. */
export function attemptsKey(limit: string, subject: string): string {
  return `attempts:{${limit}:${subject}}`;
}

/** Prefix of the counts of a user's requests. */
export const API_RATE_LIMIT_PREFIX = 'api_rate_limit';

/** Prefix of the counts of a user's messages in a room. */
export const WS_RATE_LIMIT_PREFIX = 'ws_rate_limit';

/** A session, by the hash of its token family. */
export function userSessionKey(familyHash: string): string {
  return `user_sessions:${familyHash}`;
}

/** The sessions of a user. */
export function userSessionIndexKey(userId: string): string {
  return `user_sessions:${userId}`;
}

/** What others may know of a user. */
export function userProfileKey(userId: string): string {
  return `user_profile:${userId}`;
}

/** Where a user is. */
export function userCurrentRoomKey(userId: string): string {
  return `user_current_room:${userId}`;
}

/** Seats of a room. */
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

/** In which codecs a room would have its video sent. */
export function roomCodecsKey(roomId: string): string {
  return `room_codecs:${roomId}`;
}

/** What holds in a room. */
export function roomRulesKey(roomId: string): string {
  return `room_rules:${roomId}`;
}

/** When somebody was sent out of a room. */
export function revokedIdentityKey(roomId: string, userId: string): string {
  return `revoked_identities:${roomId}:${userId}`;
}

/** That somebody was let in from the lobby. */
export function lobbyAdmissionKey(roomId: string, userId: string): string {
  return `lobby_admission:${roomId}:${userId}`;
}

/** That an application took a token back. */
export function deniedTokenKey(projectId: string, tokenId: string): string {
  return `denied_tokens:${projectId}:${tokenId}`;
}

/** Which media nodes there are. */
export const MEDIA_NODES_KEY = 'media_nodes:{nodes}';

/** A media node. */
export function mediaNodeKey(nodeId: string): string {
  return `media_node:{nodes}:${nodeId}`;
}

/** On which media nodes a room is. */
export function roomNodesKey(roomId: string): string {
  return `room_nodes:{${roomId}}`;
}

/** On which media nodes the tracks of a room are. */
export function roomTracksKey(roomId: string): string {
  return `room_tracks:{${roomId}}`;
}

/** Who is in a room, in whichever process. */
export function roomPeopleKey(roomId: string): string {
  return `room_people:{${roomId}}`;
}

/** A stay, for whoever goes on with it. */
export function stayKey(roomId: string, participantId: string): string {
  return `stay:{${roomId}}:${participantId}`;
}

/** Which process is about to go on with a stay. */
export function stayClaimKey(roomId: string, participantId: string): string {
  return `stay_claim:{${roomId}}:${participantId}`;
}

/** That a control replica is alive. */
export function controlLeaseKey(processId: string): string {
  return `control_lease:${processId}`;
}

/** The turn of a job that one process runs for all. */
export function housekeepingTurnKey(job: string): string {
  return `housekeeping:${job}`;
}

/** What client and SFU have negotiated: offers, answers and candidates. */
export function negotiationKeys(
  roomId: string,
  userId: string,
): readonly [offers: string, answers: string, candidates: string] {
  const pair = `{${roomId}}:${userId}:sfu`;
  return [`webrtc_offers:${pair}`, `webrtc_answers:${pair}`, `webrtc_ice_candidates:${pair}`];
}
