import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import {
  type IssuedToken,
  issueToken,
  type TokenKey,
  type TokenKind,
  verifyToken,
} from '../../kernel/token.ts';

/** An access token outlives the session that it came from by at most this, on paper. */
export const ACCESS_TOKEN_LIFETIME_MS = 15 * 60_000;

const claims = z.object({ sid: z.string().regex(/^[0-9a-f]{64}$/) });

const ACCESS_TOKEN: TokenKind<z.output<typeof claims>> = {
  type: 'at+jwt',
  audience: 'balai:api',
  lifetimeMs: ACCESS_TOKEN_LIFETIME_MS,
  claims,
};

/** Who an access token was issued to. */
export interface TokenHolder {
  readonly userId: string;
  /** Hash of the session's token family: it names the session and opens nothing. */
  readonly sessionId: string;
}

/** Issues and checks access tokens: EdDSA JWTs, good for 15 minutes, that say who calls. */
export interface AccessTokens {
  issue(holder: TokenHolder): Promise<IssuedToken>;
  /**
   * Knows nothing of the session: it may have ended since.
   *
   * @throws AppError `token_expired`, `unauthorized`.
   */
  verify(token: string): Promise<TokenHolder>;
}

/** Tokens signed with this key. */
export function createAccessTokens(key: TokenKey, clock: Clock): AccessTokens {
  return {
    issue: ({ userId, sessionId }) =>
      issueToken(ACCESS_TOKEN, key, clock, userId, { sid: sessionId }),
    async verify(token) {
      const { subject, claims: said } = await verifyToken(ACCESS_TOKEN, key, clock, token);
      return { userId: subject, sessionId: said.sid };
    },
  };
}
