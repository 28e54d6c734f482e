import type { WireError } from './errors.ts';
import type { Identity, RoomId } from './ids.ts';
import type { Grants, Timestamp } from './models.ts';
import type { IceServer, RtpCapabilities } from './rtp.ts';

/*
 * The REST API's bodies: JSON objects; unknown fields are faults. Which request takes
 * which stands in `/openapi.json` of a running server.
 */

/** Body of every REST answer with a status of 400 and above. */
export interface ErrorAnswer {
  readonly error: WireError;
}

/** An account, as its owner sees it. */
export interface User {
  readonly id: Identity;
  readonly email: string;
  readonly isEmailVerified: boolean;
  readonly firstName: string;
  readonly lastName: string;
  /** Path of the picture on this server; null for none. Another picture has another path. */
  readonly avatarUrl: string | null;
  /** Whether the operator's endpoints are open to them. */
  readonly isAdmin: boolean;
  readonly createdAt: Timestamp;
}

/**
 * Where a refresh token is to be kept. `body`: in the answer, for apps and
 * servers. `cookie`: in an HttpOnly, SameSite=Strict cookie, for web pages,
 * whose scripts then never see it.
 */
export type TokenDelivery = 'body' | 'cookie';

/** An account to be made. Whoever registers is signed in with it. */
export interface RegisterRequest {
  readonly email: string;
  /** 8 to 200 characters. */
  readonly password: string;
  readonly firstName: string;
  readonly lastName: string;
  /** Default `body`. */
  readonly tokenDelivery?: TokenDelivery;
}

/** Who signs in. */
export interface SignInRequest {
  readonly email: string;
  readonly password: string;
  /** Default `body`. */
  readonly tokenDelivery?: TokenDelivery;
}

/** `refreshToken` may be left out where the cookie holds it. */
export interface RefreshRequest {
  readonly refreshToken?: string;
}

/** A session of an account on one device, as `refresh` continues it. */
export interface SignedIn {
  readonly user: User;
  /** EdDSA JWT, for `Authorization: Bearer`. */
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Timestamp;
  /**
   * Opaque; only with `tokenDelivery: 'body'`. Each one can be used once. For 10 s after that
   * it still returns the same next one, so that a lost answer or a second tab does no harm;
   * then its use revokes the session, with `refresh_token_reused`.
   */
  readonly refreshToken?: string;
}

/** Answer of `/.well-known/jwks.json` (RFC 7517, RFC 8037): Ed25519 keys that sign tokens. */
export interface JwkSet {
  readonly keys: readonly {
    readonly kty: 'OKP';
    readonly crv: 'Ed25519';
    readonly x: string;
    readonly kid: string;
    readonly alg: 'EdDSA';
    readonly use: 'sig';
  }[];
}

/** What can become of a room. Only an active one can be joined. */
export const ROOM_STATUSES = ['active', 'ended', 'cancelled'] as const;
/** One of {@link ROOM_STATUSES}. */
export type RoomStatus = (typeof ROOM_STATUSES)[number];

/** A room to be made. */
export interface CreateRoomRequest {
  /** 1 to 255 characters. */
  readonly name: string;
  /** At most 2,000 characters. */
  readonly description?: string;
  /** 1 to 200 characters; absent for a room without password. */
  readonly password?: string;
  /** Seats, 1 to 10,000; default 10. */
  readonly maxUsers?: number;
  /** Default true. */
  readonly guestsAllowed?: boolean;
  /** When the meeting is to start, in the future; absent for one that starts now. */
  readonly scheduledAt?: Timestamp;
}

/** A room, as everybody may see it who knows its id. */
export interface Room {
  readonly id: RoomId;
  readonly name: string;
  readonly description: string | null;
  readonly hostId: Identity;
  readonly status: RoomStatus;
  readonly hasPassword: boolean;
  readonly guestsAllowed: boolean;
  readonly maxUsers: number;
  readonly createdAt: Timestamp;
  /** When the meeting is to start; null for one that started when the room was made. */
  readonly scheduledAt: Timestamp | null;
  /** When the meeting was ended or cancelled. */
  readonly endedAt: Timestamp | null;
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Asks for the next page; null on the last. */
  readonly nextCursor: string | null;
}

/** Who joins, and with what. */
export interface JoinRequest {
  /** For a room with password. The host needs none. */
  readonly password?: string;
  /** How others see the person, 1 to 100 characters. Required for guests. */
  readonly name?: string;
}

/** What a client needs to know about the media plane before its socket opens. */
export interface JoinInfo {
  /** Origin of the signalling endpoint, for example `https://meet.example.org`. */
  readonly url: string;
  readonly iceServers: readonly IceServer[];
  /** The same for every room of a deployment. */
  readonly routerCapabilities: RtpCapabilities;
}

/** The way into a room: a token, and what to know before the socket opens. */
export interface JoinAnswer extends JoinInfo {
  /** Room token: EdDSA JWT for the signalling handshake. */
  readonly token: string;
  readonly tokenExpiresAt: Timestamp;
  readonly room: Room;
  readonly identity: Identity;
  readonly name: string;
  readonly grants: Grants;
}

/** Two ways into a room that exists for one check of the connection only. */
export interface ConnectionCheckAccess extends JoinInfo {
  /** Room token of who sends. */
  readonly publisherToken: string;
  /** Room token of who receives. */
  readonly receiverToken: string;
  /** Until then the room is open. */
  readonly endsAt: Timestamp;
}

/** Answer of `/healthz`. */
export interface Liveness {
  readonly status: 'ok';
}

/** Answer of `/readyz`: 200 where every check is true, else 503. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: {
    readonly database: boolean;
    readonly redis: boolean;
    readonly workers: boolean;
  };
}
