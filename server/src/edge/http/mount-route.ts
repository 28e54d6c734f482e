import express, { type Express, type Request, type Response } from 'express';
import { AppError } from '../../kernel/app-error.ts';
import type {
  Answer,
  Cookie,
  RequestContext,
  Route,
  RouteAuth,
  RouteLimit,
} from '../../kernel/route.ts';
import { authenticate, type TokenChecks } from './authenticate.ts';
import { normalizeAddress, toNetwork } from './client-address.ts';
import { sendFile } from './file-answer.ts';
import { answerOnce, type IdempotentRoutes } from './idempotent-route.ts';
import { findCookie } from './request-cookie.ts';
import { getRequestOrigin } from './request-origin.ts';
import { readUpload } from './upload.ts';
import { validate } from './validate.ts';

const BODY_LIMIT_BYTES = 64 * 1024;
/** Backends send metadata and data, which JSON makes longer. */
const BODY_LIMIT_OF_BACKEND_BYTES = 512 * 1024;
/** The server waits longer for a whole request, because files may be large. */
const BODY_TIMEOUT_MS = 30_000;

/** Far more than a person's clicks, or an application in a person's name, need of one route. */
const REQUESTS_PER_MINUTE = 600;
/** The backend of an application asks for all of its people. */
const REQUESTS_PER_MINUTE_OF_KEY = 6_000;

export interface MountOptions extends TokenChecks, IdempotentRoutes {
  /** Uses one request of a limit. @throws AppError `rate_limited`, `unavailable`. */
  readonly useLimit: (limit: RouteLimit, subject: string) => Promise<void>;
  /**
   * Uses one request of those that a user, or an API key, may send to one endpoint within a minute.
   *
   * @param endpoint Method and path of the route.
   * @throws AppError `rate_limited`, `unavailable`.
   */
  readonly useUserLimit: (userOrKeyId: string, endpoint: string, requests: number) => Promise<void>;
  readonly publicUrl: string | undefined;
  readonly corsOrigins: '*' | readonly string[];
}

const parseJson = express.json({ limit: BODY_LIMIT_BYTES, strict: true });
const parseBackendJson = express.json({ limit: BODY_LIMIT_OF_BACKEND_BYTES, strict: true });

/** Serves a route: limit, token, body, validation, in this order; then its answer. */
export function mountRoute(app: Express, route: Route, options: MountOptions): void {
  if ((route.auth === 'project') !== (route.scope !== undefined)) {
    throw new TypeError(`${route.path} must have a scope if it is for backends, and else none`);
  }
  const method = route.method.toLowerCase() as 'get' | 'post' | 'patch' | 'put' | 'delete';
  app[method](route.path, async (request, response) => {
    const address = normalizeAddress(request.ip);
    const network = toNetwork(address);
    if (route.limit !== undefined) {
      await options.useLimit(route.limit, network);
    }
    const { roomId } = request.params;
    const { caller, ticket, project } = await authenticate(
      route,
      request.headers.authorization,
      options,
      typeof roomId === 'string' ? roomId : undefined,
    );
    const endpoint = `${route.method} ${route.path}`;
    if (caller !== null) {
      const { requestsPerMinute = REQUESTS_PER_MINUTE } = route;
      await options.useUserLimit(caller.userId, endpoint, requestsPerMinute);
    }
    if (project !== null) {
      const { requestsPerMinute = REQUESTS_PER_MINUTE_OF_KEY } = route;
      await options.useUserLimit(project.keyId, endpoint, requestsPerMinute);
    }
    const file = route.upload === undefined ? undefined : readUpload(request, route.upload);
    const input = {
      params: validate('params', route.params, request.params),
      query: validate('query', route.query, request.query),
      body:
        route.method === 'GET' || file !== undefined
          ? undefined
          : validate('body', route.body, await readBody(request, response, project !== null)),
    };
    const origin = getRequestOrigin(request, options.publicUrl);
    const context: RequestContext<RouteAuth> = {
      // Each route's own context type follows from its auth, and so do these values.
      caller: caller as null,
      ticket: ticket as null,
      project: project as null,
      address,
      network,
      userAgent: request.get('user-agent') ?? null,
      requestId: String(request.id),
      openFile() {
        if (file === undefined) {
          throw new TypeError('This route takes no file');
        }
        return file;
      },
      cookie: (name) => findCookie(request, name, options.corsOrigins),
      origin,
    };
    const handle = () => route.handle(input, context);
    const sender = project === null ? caller : { userId: project.serviceUserId, sessionId: null };
    const answer =
      route.isIdempotent === true && sender !== null
        ? await answerOnce(request, response, sender, options, handle)
        : await handle();
    await send(response, answer, origin.startsWith('https:'));
  });
}

async function readBody(
  request: Request,
  response: Response,
  isOfBackend: boolean,
): Promise<unknown> {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined ||
    Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody) {
    return undefined;
  }
  if (!request.is('application/json')) {
    throw new AppError('invalid_request', undefined, {
      details: ['header.content-type: must be application/json'],
    });
  }
  const parsing = new Promise<void>((resolve, reject) => {
    const parse = isOfBackend ? parseBackendJson : parseJson;
    parse(request, response, (error?: unknown) => (error ? reject(error) : resolve()));
  });
  // A body that trickles in would hold the connection for as long as a file may take.
  const timer = setTimeout(() => request.destroy(), BODY_TIMEOUT_MS);
  try {
    await parsing;
  } finally {
    clearTimeout(timer);
  }
  return request.body;
}

async function send(response: Response, answer: Answer<unknown>, isSecure: boolean): Promise<void> {
  for (const cookie of answer.cookies ?? []) {
    setCookie(response, cookie, isSecure);
  }
  response.set(
    'Cache-Control',
    answer.cacheForMs === undefined
      ? 'no-store'
      : `public, max-age=${Math.floor(answer.cacheForMs / 1_000)}`,
  );
  response.status(answer.status);
  if (answer.file !== undefined) {
    await sendFile(response, answer.file);
    return;
  }
  if (answer.body === undefined) {
    response.end();
  } else {
    response.json(answer.body);
  }
}

function setCookie(response: Response, cookie: Cookie, isSecure: boolean): void {
  const attributes = {
    path: cookie.path,
    httpOnly: true,
    sameSite: 'strict',
    secure: isSecure,
  } as const;
  if (cookie.value === null) {
    response.clearCookie(cookie.name, attributes);
  } else {
    response.cookie(cookie.name, cookie.value, { ...attributes, maxAge: cookie.maxAgeMs });
  }
}
