import { AppError } from '../../kernel/app-error.ts';
import type { Caller, RoomTicket, RouteAuth } from '../../kernel/route.ts';

/** How tokens are told from forgeries. */
export interface TokenChecks {
  /** @throws AppError `token_expired`, `unauthorized`. */
  readonly verifyAccessToken: (token: string) => Promise<Caller>;
  /** @throws AppError `token_expired`, `unauthorized`. */
  readonly verifyRoomToken: (token: string) => Promise<RoomTicket>;
}

/** Who sent a request; at most one of the two is there. */
export interface Authenticated {
  readonly caller: Caller | null;
  readonly ticket: RoomTicket | null;
}

const BEARER = /^Bearer +([\w~+/.=-]+) *$/i;
const NOBODY: Authenticated = { caller: null, ticket: null };

/**
 * Finds out who sends a request, from its Authorization header (RFC 6750).
 *
 * @throws AppError `unauthorized`, `token_expired`; also where a token is optional
 * and a wrong one was sent, so that nobody is a guest by mistake.
 */
export async function authenticate(
  auth: RouteAuth,
  authorization: string | undefined,
  checks: TokenChecks,
): Promise<Authenticated> {
  if (auth === 'none' || (auth === 'optional' && authorization === undefined)) {
    return NOBODY;
  }
  const token = BEARER.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    throw new AppError('unauthorized');
  }
  return auth === 'room'
    ? { caller: null, ticket: await checks.verifyRoomToken(token) }
    : { caller: await checks.verifyAccessToken(token), ticket: null };
}
