import { z } from 'zod';
import type { Clock } from '../../kernel/clock.ts';
import type { Caller } from '../../kernel/route.ts';
import {
  type IssuedToken,
  issueToken,
  type TokenKey,
  type TokenKind,
  verifyToken,
} from '../../kernel/token.ts';

const ACCESS_TOKEN: TokenKind<Record<never, never>> = {
  type: 'at+jwt',
  audience: 'balai:api',
  lifetimeMs: 15 * 60_000,
  claims: z.object({}),
};

/** Issues and checks access tokens: EdDSA JWTs, good for 15 minutes, that say who calls. */
export interface AccessTokens {
  issue(userId: string): Promise<IssuedToken>;
  /** @throws AppError `token_expired`, `unauthorized`. */
  verify(token: string): Promise<Caller>;
}

/** Tokens signed with this key. */
export function createAccessTokens(key: TokenKey, clock: Clock): AccessTokens {
  return {
    issue: (userId) => issueToken(ACCESS_TOKEN, key, clock, userId, {}),
    async verify(token) {
      const { subject } = await verifyToken(ACCESS_TOKEN, key, clock, token);
      return { userId: subject };
    },
  };
}
