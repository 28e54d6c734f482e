import type { Grants, Identity, ParticipantRole, RoomId } from '@balai/protocol';
import type { z } from 'zod';

/** Who sends an HTTP request. */
export interface Caller {
  readonly userId: Identity;
}

/** The stay that a room token allows. */
export interface RoomTicket {
  readonly roomId: RoomId;
  readonly identity: Identity;
  readonly name: string;
  readonly role: ParticipantRole;
  readonly grants: Grants;
}

/** What a route knows about a request besides its input. */
export interface RequestContext<Auth extends RouteAuth> {
  readonly caller: Auth extends 'user' ? Caller : Auth extends 'optional' ? Caller | null : null;
  readonly ticket: Auth extends 'room' ? RoomTicket : null;
  /** IP address of the client; an IPv4 address in its own form. */
  readonly address: string;
  /** Whom a rate limit is to count: the address, or the /64 network of an IPv6 address. */
  readonly network: string;
  readonly userAgent: string | null;
  readonly requestId: string;
  /** Value of a request cookie. */
  readonly cookie: (name: string) => string | undefined;
  /** Origin under which the client reached the server, for example `http://localhost:3000`. */
  readonly origin: string;
}

/** Whose token a route wants: nobody's, a user's if there is one, a user's, or a room token. */
export type RouteAuth = 'none' | 'optional' | 'user' | 'room';

/** A cookie as the edge sets it: HttpOnly, SameSite=Strict, and Secure over https. */
export interface Cookie {
  readonly name: string;
  /** Null removes the cookie. */
  readonly value: string | null;
  readonly path: string;
  /** Meaningless for a cookie that is removed. */
  readonly maxAgeMs: number;
}

/** What a route answers when nothing went wrong. Failures are thrown. */
export interface Answer<Body> {
  readonly status: number;
  /** Undefined answers without a body, as 204 wants. */
  readonly body: Body;
  readonly cookies?: readonly Cookie[];
  /** How long anybody may keep the answer, in milliseconds. Absent forbids keeping it. */
  readonly cacheForMs?: number;
}

/** How often one address may call a route. */
export interface RouteLimit {
  /** Routes of one name share their count. */
  readonly name: string;
  readonly requests: number;
  readonly windowMs: number;
}

/** One REST route. Input that its schemas do not take is answered `invalid_request`. */
export interface RouteSpec<
  Auth extends RouteAuth,
  PathSchema extends z.ZodType,
  QuerySchema extends z.ZodType,
  BodySchema extends z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Express path, for example `/v1/rooms/:roomId`. */
  readonly path: string;
  readonly summary: string;
  readonly auth: Auth;
  readonly params?: PathSchema;
  readonly query?: QuerySchema;
  readonly body?: BodySchema;
  readonly limit?: RouteLimit;
  readonly handle: (
    input: {
      readonly params: z.output<PathSchema>;
      readonly query: z.output<QuerySchema>;
      readonly body: z.output<BodySchema>;
    },
    context: RequestContext<Auth>,
  ) => Promise<Answer<unknown>>;
}

/** A route with its types erased, as the edge mounts it. */
export type Route = RouteSpec<RouteAuth, z.ZodType, z.ZodType, z.ZodType>;

/** Declares one REST route: the edge authenticates and validates, then calls `handle`. */
export function defineRoute<
  Auth extends RouteAuth,
  PathSchema extends z.ZodType = z.ZodUndefined,
  QuerySchema extends z.ZodType = z.ZodUndefined,
  BodySchema extends z.ZodType = z.ZodUndefined,
>(spec: RouteSpec<Auth, PathSchema, QuerySchema, BodySchema>): Route {
  // The edge parses the input with these very schemas before it calls handle.
  return spec as unknown as Route;
}
