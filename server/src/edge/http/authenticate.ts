import { AppError } from '../../kernel/app-error.ts';
import type { VerifyRoomToken } from '../../kernel/room-ticket.ts';
import type { Caller, ProjectCaller, RoomTicket, Route } from '../../kernel/route.ts';

/** How tokens are told from forgeries. */
export interface TokenChecks {
  /** @throws AppError `token_expired`, `unauthorized`. */
  readonly verifyAccessToken: (token: string) => Promise<Caller>;
  readonly verifyRoomToken: VerifyRoomToken;
  /** @throws AppError `token_expired`, `unauthorized`. */
  readonly verifyServiceToken: (token: string) => Promise<ProjectCaller>;
  /** @throws AppError `forbidden` for anybody but an administrator. */
  readonly requireAdmin: (caller: Caller) => Promise<void>;
}

/** Who sent a request; at most one of the three is there. */
export interface Authenticated {
  readonly caller: Caller | null;
  readonly ticket: RoomTicket | null;
  readonly project: ProjectCaller | null;
}

const BEARER = /^Bearer +([\w~+/.=-]+) *$/i;
const NOBODY: Authenticated = { caller: null, ticket: null, project: null };

/**
 * Finds out who sends a request, from its Authorization header (RFC 6750).
 *
 * @param roomId Of the path, which a member's room token must be for.
 * @throws AppError `unauthorized`, `token_expired`, `forbidden`; also where a token is optional
 * and a wrong one was sent, so that nobody is a guest by mistake.
 */
export async function authenticate(
  { auth, scope }: Pick<Route, 'auth' | 'scope'>,
  authorization: string | undefined,
  checks: TokenChecks,
  roomId?: string,
): Promise<Authenticated> {
  if (auth === 'none' || (auth === 'optional' && authorization === undefined)) {
    return NOBODY;
  }
  const token = BEARER.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    throw new AppError('unauthorized');
  }
  switch (auth) {
    case 'room':
      return { ...NOBODY, ticket: await checks.verifyRoomToken(token, 'enter') };
    case 'member':
      return await authenticateMember(token, checks, roomId);
    case 'admin': {
      const caller = await checks.verifyAccessToken(token);
      await checks.requireAdmin(caller);
      return { ...NOBODY, caller };
    }
    case 'project': {
      const project = await checks.verifyServiceToken(token);
      if (scope === undefined || !project.scopes.includes(scope)) {
        throw new AppError('forbidden', `This needs a token, and an API key, with ${scope}`);
      }
      return { ...NOBODY, project };
    }
    default:
      return { ...NOBODY, caller: await checks.verifyAccessToken(token) };
  }
}

/** The two kinds of token differ in type, so none is taken for the other. */
async function authenticateMember(
  token: string,
  checks: TokenChecks,
  roomId: string | undefined,
): Promise<Authenticated> {
  const ticket = await checks.verifyRoomToken(token, 'act').catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'unauthorized') {
      return null;
    }
    throw error;
  });
  if (ticket === null) {
    return { ...NOBODY, caller: await checks.verifyAccessToken(token) };
  }
  if (ticket.roomId !== roomId?.toLowerCase()) {
    throw new AppError('forbidden', 'This token is for another room');
  }
  const { userId, sessionId, grants } = ticket;
  return { ...NOBODY, caller: { userId, sessionId, grants } };
}
