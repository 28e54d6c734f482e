import type { Identity, ParticipantId, RoomId, TrackId } from './ids.ts';
import type {
  Grants,
  ParticipantRole,
  Timestamp,
  TrackInfo,
  TrackSource,
  VideoCodec,
} from './models.ts';

/*
 * What an application's backend can ask for, under `/v1/service`, with a token that one of the
 * project's API keys signed. Rooms are named by their names, people by the application's own
 * identities.
 *
 *   POST   /v1/service/rooms                                      CreateServiceRoomRequest → ServiceRoom
 *   GET    /v1/service/rooms?cursor&limit&names&status&prefix     → Page<ServiceRoom>
 *   GET    /v1/service/rooms/:room                                → ServiceRoom
 *   PATCH  /v1/service/rooms/:room                                RoomConfiguration → ServiceRoom
 *   DELETE /v1/service/rooms/:room                                ends it, for everybody
 *   GET    /v1/service/rooms/:room/participants?cursor&limit      → Page<ServiceParticipant>, who is there
 *   GET    /v1/service/rooms/:room/participants/:identity         → ServiceParticipant
 *   PATCH  /v1/service/rooms/:room/participants/:identity         UpdateServiceParticipantRequest → ServiceParticipant
 *   DELETE /v1/service/rooms/:room/participants/:identity?ban&reason   sends out, voids their tokens
 *   POST   /v1/service/rooms/:room/participants/:identity/mute    MuteRequest → TrackInfo
 *   POST   /v1/service/rooms/:room/participants/:identity/subscriptions  UpdateSubscriptionsRequest
 *   POST   /v1/service/rooms/:room/participants/:identity/rpc     PerformRpcRequest → PerformRpcAnswer
 *   POST   /v1/service/rooms/:room/participants/:identity/move    { room } → null
 *   POST   /v1/service/rooms/:room/participants/:identity/forward { room } → null
 *   DELETE /v1/service/rooms/:room/participants/:identity/forward?room
 *   POST   /v1/service/rooms/:room/data                           SendDataRequest
 *   POST   /v1/service/tokens/deny                               DenyTokenRequest → null
 *   GET    /v1/service/rooms/:room/bans → RoomBan[] ; DELETE /v1/service/rooms/:room/bans/:identity
 */

/** What somebody may do who joins with an identity that is in the room already. */
export const DUPLICATE_IDENTITY_POLICIES = ['replace', 'reject', 'allow'] as const;
export type DuplicateIdentityPolicy = (typeof DUPLICATE_IDENTITY_POLICIES)[number];

/** How a room is to be. What is absent has its default, or stays as it is. */
export interface RoomConfiguration {
  /** Seconds that a room stays open in which nobody was yet. Default 300; null: for ever. */
  readonly emptyTimeoutS?: number | null | undefined;
  /** Seconds that a room stays open after the last one left. Default 20; null: for ever. */
  readonly departureTimeoutS?: number | null | undefined;
  /** 1 to 10,000. Default 100. */
  readonly maxParticipants?: number | undefined;
  /** Free text that everybody in the room sees. At most 64 KiB. Default empty. */
  readonly metadata?: string | undefined;
  readonly videoCodecs?: readonly VideoCodec[] | undefined;
  readonly lastN?: number | undefined;
  readonly loudestN?: number | undefined;
  /** People wait until somebody lets them in. Default false. */
  readonly lobby?: boolean | undefined;
  /** 1 to 200 characters; null for none. Asked of who joins without a token of the application. */
  readonly password?: string | null | undefined;
  /** Whether people may join by the room's link, without a token of the application. Default false. */
  readonly guests?: boolean | undefined;
  readonly duplicateIdentity?: DuplicateIdentityPolicy | undefined;
}

export interface CreateServiceRoomRequest extends RoomConfiguration {
  /** 1 to 255 characters. Where a room of this name is open, that one is answered, as it is. */
  readonly name: string;
}

/** A room of a project, as the application's backend sees it. */
export interface ServiceRoom {
  readonly id: RoomId;
  readonly name: string;
  readonly status: 'active' | 'ended' | 'cancelled';
  readonly metadata: string;
  readonly emptyTimeoutS: number | null;
  readonly departureTimeoutS: number | null;
  readonly maxParticipants: number;
  readonly videoCodecs: readonly VideoCodec[];
  readonly lastN: number;
  readonly loudestN: number;
  readonly lobby: boolean;
  readonly isLocked: boolean;
  readonly hasPassword: boolean;
  readonly guests: boolean;
  readonly duplicateIdentity: DuplicateIdentityPolicy;
  /** Who is there now, those who are hidden included. */
  readonly numParticipants: number;
  readonly numPublishers: number;
  readonly createdAt: Timestamp;
  readonly endedAt: Timestamp | null;
}

/** Somebody who is in a room, as the application's backend sees them. */
export interface ServiceParticipant {
  readonly participantId: ParticipantId;
  readonly identity: Identity;
  readonly name: string;
  readonly metadata: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly role: ParticipantRole;
  readonly grants: Grants;
  readonly joinedAt: Timestamp;
  readonly handRaisedAt: Timestamp | null;
  readonly tracks: readonly TrackInfo[];
}

/** Absent fields stay as they are. An attribute with an empty value goes. */
export interface UpdateServiceParticipantRequest {
  readonly name?: string | undefined;
  readonly metadata?: string | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  readonly role?: Exclude<ParticipantRole, 'host'> | undefined;
  /** Take effect on what runs at once. */
  readonly grants?: Partial<Grants> | undefined;
}

export interface MuteTrackRequest {
  readonly trackId: TrackId;
  /** False is refused unless the track's owner muted nothing themselves: nobody is unmuted from afar. */
  readonly isMuted: boolean;
}

export interface UpdateSubscriptionsRequest {
  readonly trackIds: readonly TrackId[];
  readonly isSubscribed: boolean;
}

export interface PerformRpcRequest {
  readonly method: string;
  readonly payload: string;
  /** 1,000 to 60,000; default 15,000. */
  readonly responseTimeoutMs?: number | undefined;
}

export interface SendDataRequest {
  /** Base64. */
  readonly payload: string;
  readonly topic?: string | undefined;
  readonly kind?: 'reliable' | 'lossy' | undefined;
  /** Absent: everybody. */
  readonly destinationIdentities?: readonly Identity[] | undefined;
}

/** Scopes of an API key, and of a request token that it signs. */
export const KEY_SCOPES = [
  'tokens',
  'rooms:read',
  'rooms:write',
  'participants:read',
  'participants:write',
  'data',
] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** A project: the rooms and people of one application. */
export interface Project {
  readonly id: string;
  readonly name: string;
  /** Where the application publishes the keys that it signs room tokens with; null: API keys only. */
  readonly jwksUrl: string | null;
  /** `iss` of tokens that are signed with them. */
  readonly issuer: string | null;
  readonly createdAt: Timestamp;
}

/** An API key, without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly createdAt: Timestamp;
  /** Null if never. Written down once a minute at most. */
  readonly lastUsedAt: Timestamp | null;
  readonly revokedAt: Timestamp | null;
}

/** A key that was just made: the only time that its secret is told. */
export interface CreatedApiKey extends ApiKey {
  readonly secret: string;
}

/** A project to be made. */
export interface CreateProjectRequest {
  /** 1 to 255 characters. */
  readonly name: string;
  /** https. Goes with `issuer`. Default null. */
  readonly jwksUrl?: string | null | undefined;
  /** 1 to 255 characters, of no other project. Goes with `jwksUrl`. Default null. */
  readonly issuer?: string | null | undefined;
}

/** What changes in a project. Absent fields stay as they are. */
export interface UpdateProjectRequest {
  readonly name?: string | undefined;
  /** Null with a null `issuer`: API keys only. */
  readonly jwksUrl?: string | null | undefined;
  readonly issuer?: string | null | undefined;
}

/** A key to be made. */
export interface CreateApiKeyRequest {
  /** 1 to 255 characters. */
  readonly name: string;
  /** At least one. Default all. */
  readonly scopes?: readonly KeyScope[] | undefined;
}

/** Takes back a room token that the application signed: nobody comes in with it any more. */
export interface DenyTokenRequest {
  /** The token's `jti`. */
  readonly jti: string;
  /** The token's `exp`: seconds since 1970. */
  readonly exp: number;
}

/** What the application's own tokens say, under the claim `room`. */
export interface RoomGrantClaims {
  readonly name: string;
  readonly join: true;
  /** How the room is to be if it is made by this token; false: it must be there. Default: made with defaults. */
  readonly create?: RoomConfiguration | false | undefined;
  /** Default true. */
  readonly canPublish?: boolean | undefined;
  /** Default every source. */
  readonly canPublishSources?: readonly TrackSource[] | undefined;
  /** Default true. */
  readonly canSubscribe?: boolean | undefined;
  /** Default true; topics for some of it only. */
  readonly canPublishData?: boolean | readonly string[] | undefined;
  /** Default false. */
  readonly canUpdateOwnMetadata?: boolean | undefined;
  /** Default false. */
  readonly hidden?: boolean | undefined;
  /** Default `participant`. */
  readonly role?: Exclude<ParticipantRole, 'host'> | undefined;
}
