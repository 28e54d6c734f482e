import type { Readable } from 'node:stream';
import type {
  Attributes,
  ErrorCode,
  Grants,
  Identity,
  KeyScope,
  ParticipantRole,
  RoomId,
} from '@balai/protocol';
import type { z } from 'zod';

/** The id of a row of `users`: of an account, a guest, or somebody whom an application vouches for. */
export type UserId = string;

/** Who sends an HTTP request. */
export interface Caller {
  readonly userId: UserId;
  /** The signed-in session; null for somebody who only has a room token. */
  readonly sessionId: string | null;
  /** What the room token allows that came with the request, in place of one of the account. */
  readonly grants?: Grants;
}

/** The stay that a room token allows. */
export interface RoomTicket {
  /** The application that the room and the person belong to; null for this server's own. */
  readonly projectId: string | null;
  /** Who they are in the database, in Redis, for limits and for bans. */
  readonly userId: UserId;
  /** The signed-in session that it was issued to; null for guests. With it the stay ends. */
  readonly sessionId: string | null;
  readonly roomId: RoomId;
  /** Who they are for clients: what the application calls them; for our own accounts and guests `userId`. */
  readonly identity: Identity;
  readonly name: string;
  readonly role: ParticipantRole;
  readonly grants: Grants;
  /** What their application lets them do at most, whatever role they are given. Absent: all that the role has. */
  readonly limits?: GrantLimits;
  /** Free text of the application that the others see. */
  readonly metadata: string;
  readonly attributes: Attributes;
  /** Of the token, its `jti`; null where it has none. */
  readonly tokenId: string | null;
  /** When the token was issued, in milliseconds since 1970. */
  readonly issuedAt: number;
  /**
   * Whose token it was, where the room lets an identity in twice and this is not the
   * first: then `userId` is somebody else, in whose name this stay goes on.
   */
  readonly bearerId?: UserId;
  /** Somebody who may sends them to the room: neither its lock nor its lobby keeps them out. */
  readonly isExpected?: boolean;
  /**
   * When the room ends, in milliseconds since 1970, where it is one that exists for a check of
   * the connection only: in no table, and with nobody in it but who checks.
   */
  readonly checkEndsAt?: number;
  /** From where the check was opened: address or network. */
  readonly checkNetwork?: string;
}

/** Bounds of what a role gives somebody. */
export type GrantLimits = Pick<Grants, 'publish' | 'subscribe' | 'data' | 'updateSelf'>;

/** The backend of an application, which asks with one of its project's API keys. */
export interface ProjectCaller {
  readonly projectId: string;
  /** As whom it acts: the host of every room of the project. */
  readonly serviceUserId: UserId;
  readonly keyId: string;
  /** What it may do; of a request only what its token asked for. */
  readonly scopes: readonly KeyScope[];
}

/** What a route knows about a request besides its input. */
export interface RequestContext<Auth extends RouteAuth> {
  readonly caller: Auth extends 'user' | 'admin' | 'member'
    ? Caller
    : Auth extends 'optional'
      ? Caller | null
      : null;
  readonly ticket: Auth extends 'room' ? RoomTicket : null;
  readonly project: Auth extends 'project' ? ProjectCaller : null;
  /** IP address of the client; an IPv4 address in its own form. */
  readonly address: string;
  /** Whom a rate limit is to count: the address, or the /64 network of an IPv6 address. */
  readonly network: string;
  readonly userAgent: string | null;
  readonly requestId: string;
  /** The body of a route with `upload`. @throws Error where the route takes none. */
  readonly openFile: () => UploadedFile;
  /** Value of a request cookie. A page of another site, though a browser sends its cookies, has none. */
  readonly cookie: (name: string) => string | undefined;
  /** Origin under which the client reached the server, for example `http://localhost:3000`. */
  readonly origin: string;
}

/**
 * Whose token a route wants: nobody's, a user's if there is one, a user's, an
 * administrator's, a room token; or, for a member, a user's or a room token: guests
 * have a room token only. With it they are the room's own: it opens no other `:roomId`.
 * For `project` it is the token of an application's backend, with the `scope` of the route.
 */
export type RouteAuth = 'none' | 'optional' | 'user' | 'admin' | 'room' | 'member' | 'project';

/** A file that a request brings as its body. */
export interface UploadedFile {
  /** Fails with AppError `payload_too_large` where there is more than the route takes. */
  readonly content: Readable;
  /** Media type without parameters, in lower case; one of those the route takes. */
  readonly type: string;
}

/** The bodies of a route that takes a file instead of JSON. */
export interface UploadSpec {
  readonly maxBytes: number;
  /** Media types, in lower case. */
  readonly types: readonly string[];
}

/** A file as an answer. What people upload must not run here: it is saved, and shown only as a picture. */
export interface FileAnswer {
  readonly content: Readable;
  readonly type: string;
  /** Under which the browser saves it. */
  readonly name: string;
  /** A picture that pages, also of other sites, may show: its bytes were checked to be one. Default false. */
  readonly isPicture?: boolean;
  /** Undefined where it is made while it is sent. */
  readonly sizeBytes?: number;
}

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
  /** Instead of a body. */
  readonly file?: FileAnswer;
  /** How long anybody may keep the answer, in milliseconds. Absent forbids keeping it. */
  readonly cacheForMs?: number;
}

/** What a route may answer: for each status the schema of the body, null for none, `file` for a file. */
export type AnswerSchemas = Readonly<Record<number, z.ZodType | null | 'file'>>;

/** What JSON is made of may be read-only, which schemas do not say. */
type Sent<T> = T extends (infer Item)[] | readonly (infer Item)[]
  ? readonly Sent<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Sent<T[Key]> }
    : T;

type AnswerWith<Status, Schema> = {
  readonly status: Status;
} & (Schema extends z.ZodType
  ? Omit<Answer<Sent<z.output<Schema>>>, 'status' | 'file'>
  : Schema extends 'file'
    ? Omit<Answer<undefined>, 'status' | 'file'> & { readonly file: FileAnswer }
    : Omit<Answer<undefined>, 'status' | 'file'>);

/** What the handler of a route returns: one of the answers that it declares. */
export type AnswerOf<Answers extends AnswerSchemas> = {
  [Status in keyof Answers]: AnswerWith<Status, Answers[Status]>;
}[keyof Answers];

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
  Answers extends AnswerSchemas,
> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Express path, for example `/v1/rooms/:roomId`. */
  readonly path: string;
  readonly summary: string;
  readonly auth: Auth;
  /** What the token of a backend must allow; of every `project` route, and of no other. */
  readonly scope?: KeyScope;
  readonly params?: PathSchema;
  readonly query?: QuerySchema;
  readonly body?: BodySchema;
  /** The body is a file; there is no `body` schema then. */
  readonly upload?: UploadSpec;
  /**
   * What is answered when nothing goes wrong: for each status the schema of the
   * body, null for none, `file` for a file. The documentation is made of it.
   */
  readonly answers: Answers;
  /** Failures that belong to what the route does, besides those of its token, input and limit. */
  readonly errors?: readonly ErrorCode[];
  readonly limit?: RouteLimit;
  /** Requests a minute that one user may send to this route, default 600; or one API key, default 6000. */
  readonly requestsPerMinute?: number;
  /**
   * Takes the header `Idempotency-Key`: a request that comes again with the same key
   * within 24 hours gets the first answer and has no second effect. For POST with a
   * user, or for a backend; its answer must be JSON without secrets or cookies.
   */
  readonly isIdempotent?: boolean;
  readonly handle: (
    input: {
      readonly params: z.output<PathSchema>;
      readonly query: z.output<QuerySchema>;
      readonly body: z.output<BodySchema>;
    },
    context: RequestContext<Auth>,
  ) => Promise<AnswerOf<Answers>>;
}

/** A route with its types erased, as the edge mounts it. */
export interface Route
  extends Omit<RouteSpec<RouteAuth, z.ZodType, z.ZodType, z.ZodType, AnswerSchemas>, 'handle'> {
  readonly handle: (
    input: { readonly params: unknown; readonly query: unknown; readonly body: unknown },
    context: RequestContext<RouteAuth>,
  ) => Promise<Answer<unknown>>;
}

/**
 * Declares one REST route: the edge authenticates and validates, then calls `handle`.
 * A handler whose answer is not among the declared ones does not compile.
 */
export function defineRoute<
  Auth extends RouteAuth,
  const Answers extends AnswerSchemas,
  PathSchema extends z.ZodType = z.ZodUndefined,
  QuerySchema extends z.ZodType = z.ZodUndefined,
  BodySchema extends z.ZodType = z.ZodUndefined,
>(spec: RouteSpec<Auth, PathSchema, QuerySchema, BodySchema, Answers>): Route {
  // The edge parses the input with these very schemas before it calls handle.
  return spec as unknown as Route;
}
