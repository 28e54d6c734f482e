import type { SignedIn } from '@balai/protocol';
import type { JWK } from 'jose';
import { z } from 'zod';
import { AppError } from '../../kernel/app-error.ts';
import {
  type Answer,
  type Cookie,
  defineRoute,
  type RequestContext,
  type Route,
  type RouteAuth,
} from '../../kernel/route.ts';
import { typedLine } from '../../kernel/text.ts';
import { email, givenPassword, newPassword, signedInSchema } from './account-schemas.ts';
import { type Accounts, type OpenSession, SESSION_LIFETIME_MS } from './accounts.ts';
import type { Device } from './session-rows.ts';

const REFRESH_COOKIE = 'balai_refresh';
const COOKIE_PATH = '/v1/auth';
const JWKS_CACHE_MS = 5 * 60_000;
const MINUTE_MS = 60_000;

const name = typedLine(1, 100);
const tokenDelivery = z.enum(['body', 'cookie']).default('body');

const registerBody = z.strictObject({
  email,
  password: newPassword,
  firstName: name,
  lastName: name,
  tokenDelivery,
});

const signInBody = z.strictObject({
  email,
  password: givenPassword,
  tokenDelivery,
});

const jwksSchema = z
  .strictObject({ keys: z.array(z.record(z.string(), z.unknown())) })
  .meta({ id: 'JwkSet' });

/** A browser may send no body at all: its cookie says everything. */
const refreshBody = z
  .strictObject({ refreshToken: z.string().max(200).optional() })
  .optional()
  .transform((body) => body ?? {});

export interface SignInRoutesDependencies {
  readonly accounts: Accounts;
  /** Called when somebody has made an account. Must not throw. */
  readonly onRegistered: (userId: string) => void;
  /** The public halves of the keys that sign tokens. */
  readonly publicJwks: readonly JWK[];
}

/** REST over signing in. */
export function signInRoutes({
  accounts,
  onRegistered,
  publicJwks,
}: SignInRoutesDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/auth/register',
      summary: 'Make an account and sign in.',
      auth: 'none',
      answers: { 201: signedInSchema },
      errors: ['email_taken'],
      body: registerBody,
      limit: { name: 'register', requests: 60, windowMs: 10 * MINUTE_MS },
      async handle({ body: { tokenDelivery: delivery, ...registration } }, context) {
        const session = await accounts.register(registration, deviceOf(context));
        onRegistered(session.user.id);
        return answer(201, session, delivery);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/auth/sign-in',
      summary: 'Sign in with e-mail and password.',
      auth: 'none',
      answers: { 200: signedInSchema },
      errors: ['invalid_credentials', 'rate_limited'],
      body: signInBody,
      async handle({ body }, context) {
        const session = await accounts.signIn(body.email, body.password, deviceOf(context));
        return answer(200, session, body.tokenDelivery);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/auth/refresh',
      summary: 'Exchange a refresh token, of the body or the cookie, for the next one.',
      auth: 'none',
      answers: { 200: signedInSchema },
      errors: ['unauthorized', 'token_expired', 'refresh_token_reused'],
      body: refreshBody,
      limit: { name: 'refresh', requests: 300, windowMs: MINUTE_MS },
      async handle({ body }, context) {
        const { text, delivery } = findRefreshToken(body.refreshToken, context);
        if (text === undefined) {
          throw new AppError('unauthorized', 'No refresh token was sent');
        }
        const session = await accounts.refresh(text, deviceOf(context));
        return answer(200, session, delivery);
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/auth/sign-out',
      summary: 'End the session of a refresh token, of the body or the cookie.',
      auth: 'none',
      answers: { 204: null },
      body: refreshBody,
      limit: { name: 'refresh', requests: 300, windowMs: MINUTE_MS },
      async handle({ body }, context) {
        const { text } = findRefreshToken(body.refreshToken, context);
        if (text !== undefined) {
          await accounts.signOut(text);
        }
        return { status: 204, body: undefined, cookies: [refreshCookie(null)] };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/.well-known/jwks.json',
      summary: 'The keys with which tokens can be checked (RFC 7517).',
      auth: 'none',
      answers: { 200: jwksSchema },
      async handle() {
        return { status: 200, body: { keys: publicJwks }, cacheForMs: JWKS_CACHE_MS };
      },
    }),
  ];
}

function deviceOf(context: RequestContext<RouteAuth>): Device {
  return { address: context.address, network: context.network, userAgent: context.userAgent };
}

/** The next token goes where this one came from. */
function findRefreshToken(
  fromBody: string | undefined,
  context: RequestContext<RouteAuth>,
): { readonly text: string | undefined; readonly delivery: 'body' | 'cookie' } {
  return fromBody === undefined
    ? { text: context.cookie(REFRESH_COOKIE), delivery: 'cookie' }
    : { text: fromBody, delivery: 'body' };
}

function answer<Status extends number>(
  status: Status,
  session: OpenSession,
  delivery: 'body' | 'cookie',
): Answer<SignedIn> & { readonly status: Status } {
  const { user, accessToken, refreshToken } = session;
  const body: SignedIn = {
    user,
    accessToken: accessToken.token,
    accessTokenExpiresAt: accessToken.expiresAt.toISOString(),
  };
  return delivery === 'cookie'
    ? { status, body, cookies: [refreshCookie(refreshToken)] }
    : { status, body: { ...body, refreshToken } };
}

function refreshCookie(value: string | null): Cookie {
  return { name: REFRESH_COOKIE, value, path: COOKIE_PATH, maxAgeMs: SESSION_LIFETIME_MS };
}
